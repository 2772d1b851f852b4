// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Sandbox

@Suite struct IsolationAttackTests {
    private func run(_ script: String, mounts: [Mount] = []) async throws -> Outcome {
        try await RealThings.sandbox().command(Command("/bin/sh", ["-c", script]), mounts: mounts).capture()
    }

    private func python(_ script: String, mounts: [Mount] = []) async throws -> Outcome {
        try await RealThings.sandbox().command(Command("python3", ["-I", "-c", script]), mounts: mounts).capture()
    }

    @Test(.integration) func `what a process inside can see, call and write is this list and nothing else`()
        async throws
    {
        let facts = try await RealThings.sandbox().isolation()
        #expect(facts.faults == [])
        #expect(facts.capabilities == [:])
        #expect(facts.noNewPrivileges && facts.isFiltered)
        #expect(Set(facts.devices) == IsolationFacts.expectedDevices)
        #expect(facts.writableOfProc == [] && facts.readableOfProc == [])
        #expect(facts.sockets.filter { $0.value != "EPERM" } == ["AF_UNIX": "done"])
        #expect(
            facts.calls.filter { $0.value != "EPERM" } == [
                "clone3": "ENOSYS", "io_uring_setup": "ENOSYS", "open_tree_attr": "ENOSYS", "statmount": "ENOSYS",
            ])
        #expect(facts.calls.count == 39)
        #expect(facts.environment == [] && facts.interfaces == [] && facts.descriptors == [])
        // bubblewrap, and the program itself.
        #expect(facts.processes == 2)
        let writable = facts.mounts.filter { $0.value.hasPrefix("rw") }.keys.sorted()
        #expect(
            writable == [
                "/dev/full", "/dev/null", "/dev/pts", "/dev/random", "/dev/shm", "/dev/tty", "/dev/urandom",
                "/dev/zero", "/proc", "/run", "/tmp",
            ])
        #expect(facts.limits["RLIMIT_CORE"] == 0)
        #expect(facts.limits["RLIMIT_FSIZE"] == 32 << 30)
    }

    @Test(.integration) func `a process that bubblewrap alone holds is seen to be open`() async throws {
        let root = try await RealThings.sandbox()
        let outcome = try await Command(
            "bwrap",
            [
                "--ro-bind", root.path.string, "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--",
                "python3",
                "-I", "-c", SandboxRoot.isolationProbe,
            ], environment: ["PATH": "/usr/bin:/bin", "SECRET_TOKEN": "x"]
        ).capture()
        let facts = try JSONDecoder().decode(IsolationFacts.self, from: Data(outcome.output.utf8))
        #expect(facts.faults.contains("no filter of system calls is in force"))
        #expect(facts.faults.contains("socket AF_INET"))
        #expect(facts.faults.contains("call of keyctl"))
        #expect(facts.faults.contains("the size of a file has no limit"))
        if Privilege.isRoot { #expect(facts.faults.contains { $0.hasPrefix("CapEff is ") }) }
    }

    @Test(.integration) func `code inside can't mount the host's disk`() async throws {
        let outcome = try await python(
            Self.mount + """
                os.mkdir("/tmp/d")
                print(mount("none", "/tmp/d", "devtmpfs", 0), os.listdir("/tmp/d"))
                for node in ("/dev/sda", "/tmp/disk"):
                    try:
                        os.mknod(node, 0o060600, os.makedev(8, 0)); print("made")
                    except OSError as error:
                        print(error.errno)
                """)
        // EPERM, and EROFS for /dev.
        #expect(outcome.output == "1 []\n1\n1\n" || outcome.output == "1 []\n30\n1\n")
    }

    private static let mount = """
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        def mount(source, target, kind, flags):
            done = libc.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), None)
            return ctypes.get_errno() if done else 0

        """

    @Test(.integration) func `code inside can't set a sysctl of the host's`() async throws {
        let before = try Files.text("/proc/sys/kernel/core_pattern")
        let outcome = try await run("echo '|/tmp/x' > /proc/sys/kernel/core_pattern")
        #expect(!outcome.succeeded)
        #expect(try Files.text("/proc/sys/kernel/core_pattern") == before)
    }

    @Test(.integration) func `code inside can't remount the root or a folder that is shown read-only`() async throws {
        try await withTemporaryFolder { folder in
            let mounts = [Mount(folder, at: "/mnt/in")]
            // MS_REMOUNT, and MS_REMOUNT | MS_BIND.
            let outcome = try await python(
                Self.mount + """
                    print(mount("", "/", "", 32), mount("", "/", "", 32 | 4096), mount("", "/mnt/in", "", 32 | 4096))
                    for name in ("/usr/x", "/mnt/in/x", "/mnt/x"):
                        try:
                            open(name, "w"); print("made")
                        except OSError as error:
                            print(error.errno)
                    """, mounts: mounts)
            #expect(outcome.output == "1 1 1\n30\n30\n30\n")
            #expect(Files.names(in: folder) == [])
        }
    }

    @Test(.integration) func `a caller's variables can't be read, neither of the process nor of what started it`()
        async throws
    {
        // As CI hands over tokens: in the environment of the whole program.
        var environment = ProcessInfo.processInfo.environment
        environment["BESSEMER_TEST_TOKEN"] = "tok-12345"
        let outcome = try await exec(
            ["/bin/sh", "-c", "cat /proc/*/environ | tr '\\0' '\\n'; env"], environment: environment)
        #expect(!outcome.output.contains("tok-12345"))
        #expect(outcome.output.contains("HOME=/tmp"))
    }

    /// What `bessemer sandbox exec` runs inside.
    private func exec(_ command: [String], environment: [String: String]? = nil) async throws -> Outcome {
        try await withTemporaryFolder { folder in
            try AtomicFile.write(json: try RealThings.lock(), to: folder.appending("lock.json"))
            return try await Command(
                RealThings.program.string,
                ["sandbox", "exec", "--lock", folder.appending("lock.json").string, "--"] + command,
                environment: environment
            ).capture()
        }
    }

    @Test(.integration)
    func `more processes than the limit are refused where a control group counts them, and all end with the command`()
        async throws
    {
        let confinement = try Confinement.ofProcess()
        guard confinement.controlGroup?.contains("pids") == true else { return }
        // In a program of its own, and so in a control group of its own: this one counts what other tests run, too.
        let script = """
            import os, time
            made = 0
            try:
                while made < 100000:
                    if os.fork() == 0:
                        time.sleep(1000)
                    made += 1
            except OSError as error:
                print(error.errno, made < \(confinement.limits.processes))
            """
        let outcome = try await exec(["python3", "-I", "-c", script])
        #expect(outcome.output == "11 True\n")
        #expect(try await run("ls -d /proc/[0-9]* | wc -l").output.count < 4)
    }

    @Test(.integration) func `a file over the limit, and more in /tmp than it holds, end with an error`() async throws {
        let limits = try Confinement.ofProcess().limits
        try await withTemporaryFolder { folder in
            let outcome = try await run(
                "truncate -s \(limits.fileSize + 1) /mnt/out/sparse; truncate -s \(limits.fileSize) /mnt/out/sparse && echo ok",
                mounts: [Mount(folder, at: "/mnt/out", writable: true)])
            #expect(outcome.output == "ok\n")
        }
        let full = try await run("head -c 80M /dev/zero > /run/x; stat -c %s /run/x")
        #expect(full.error.contains("No space left on device"))
        #expect(Int(full.output.trimmingCharacters(in: .whitespacesAndNewlines)).map { $0 <= 64 << 20 } == true)
    }

    @Test(.integration) func `a set-user-ID program that a build leaves gains nothing inside`() async throws {
        try await withTemporaryFolder { folder in
            let outcome = try await run(
                "cp /usr/bin/id /mnt/out/id; chmod 4755 /mnt/out/id; grep ' /mnt/out ' /proc/self/mounts; grep NoNew /proc/self/status",
                mounts: [Mount(folder, at: "/mnt/out", writable: true)])
            #expect(outcome.output.contains("nosuid"))
            #expect(outcome.output.contains("NoNewPrivs:\t1"))
        }
    }

    @Test func `the filter is the same program each time, and code of another architecture is killed`() throws {
        let (first, second) = (try SyscallFilter.program(), try SyscallFilter.program())
        defer {
            try? first.file.close()
            try? second.file.close()
        }
        #expect(first.bytes == second.bytes)
        // struct sock_filter has 8 bytes; its first instruction loads seccomp_data.arch, at offset 4.
        #expect(first.bytes.count % 8 == 0)
        #expect(first.bytes.prefix(8) == [0x20, 0, 0, 0, 4, 0, 0, 0])
    }

    #if arch(x86_64)
        @Test(.integration) func `a call made as a 32-bit or an x32 program makes it ends the process`() async throws {
            let outcome = try await python(
                """
                import subprocess
                open("/tmp/call.c", "w").write(r'''
                #include <unistd.h>
                #include <sys/syscall.h>
                int main(int count, char **words) {
                    long result = 0;
                    if (*words[1] == 'i') __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory");
                    else result = syscall((*words[1] == 'x' ? 0x40000000 : 0) + SYS_getpid);
                    return result <= 0;
                }
                ''')
                subprocess.run(["gcc", "-o", "/tmp/call", "/tmp/call.c"], check=True)
                print([subprocess.run(["/tmp/call", word]).returncode for word in ("native", "i386", "x32")])
                """)
            // SIGSYS is signal 31.
            #expect(outcome.output == "[0, -31, -31]\n")
        }
    #endif

    @Test(.integration) func `a command inside heeds the signals that a person sends`() async throws {
        let outcome = try await exec(["grep", "SigBlk", "/proc/self/status"])
        #expect(outcome.output == "SigBlk:\t0000000000000000\n")
    }

    @Test(.integration) func `what make, compilers and shells need still works`() async throws {
        let outcome = try await python(
            """
            import multiprocessing, os, subprocess, tempfile, threading
            with tempfile.NamedTemporaryFile(suffix=".c") as source:
                source.write(b"int main(void) { return 7; }"); source.flush()
                subprocess.run(["gcc", "-pipe", "-o", "/tmp/seven", source.name], check=True)
            print(subprocess.run(["/tmp/seven"]).returncode)
            os.mkfifo("/tmp/fifo"); print(os.path.exists("/tmp/fifo"))
            with multiprocessing.Pool(2) as pool: print(pool.map(abs, [-1, -2]))
            thread = threading.Thread(target=print, args=("thread",)); thread.start(); thread.join()
            """)
        #expect(outcome.error == "")
        #expect(outcome.output == "7\nTrue\n[1, 2]\nthread\n")
    }
}
