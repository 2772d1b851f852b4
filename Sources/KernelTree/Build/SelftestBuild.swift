// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import ELFKit
internal import Foundation
package import Host
package import Records
package import Sandbox
package import SystemPackage

/// The C library for s390x that programs of a guest are linked with: Debian's cross packages, which hold no program.
package struct CrossLibrary: Sendable {
    static let names = ["libc6-dev-s390x-cross", "linux-libc-dev-s390x-cross"]

    /// The packages. Throws `Failure` with code `lock.incomplete` where the lock is older than they are in it.
    package static func packages(in lock: SandboxLock) throws -> [LockedPackage] {
        try names.map { name in
            if let package = lock.fetched(name) { return package }
            throw Failure(
                "lock.incomplete", "the sandbox lock has no \(name), with which selftests are linked",
                advice: "write a new lock with `bessemer sandbox lock --output FILE`")
        }
    }

    /// Unpacks them into a folder that is made anew. Throws `Failure` with code `selftest.library`.
    package static func unpack(_ files: [FilePath], into folder: FilePath, sandbox: SandboxRoot) async throws {
        try Files.remove(folder)
        try await sandbox.unpack(files, into: folder, "selftest.library", deadline: .seconds(120))
    }
}

/// The kernel's selftests, linked statically for s390x: what of them builds with a C library and nothing else.
///
/// Which collections there are and which tests they list is what the tree's own Makefiles say; each is tried.
package struct SelftestBuild: Sendable {
    package let tree: KernelTree
    package let sandbox: SandboxRoot
    /// Unpacked by `CrossLibrary`.
    package let library: FilePath
    /// Receives what is made: `build`, and `programs` with a folder a collection.
    package let folder: FilePath
    package let jobs: Int

    /// Collections that end, change or stall the whole guest, or ask for what no guest of ours has; by name, with the
    /// reason. They are tried where they are named.
    static let unsuited: [String: String] = [
        "breakpoints": "puts the machine to sleep", "cgroup": "wants cgroup v2 mounted, and swap",
        "connector": "waits for a signal from outside", "dmabuf-heaps": "wants a device",
        "drivers/dma-buf": "wants a device", "drivers/s390x/uvdevice": "wants a device",
        "filesystems/epoll": "takes minutes", "kvm": "wants KVM inside the guest", "nci": "wants a device",
        "net": "wants a network", "net/tcp_ao": "wants a network, and takes minutes",
        "perf_events": "wants counters, which an emulated CPU has not", "ptp": "wants a device",
        "resctrl": "is for x86", "rtc": "wants a device", "tdx": "is for x86", "timers": "sets the machine's clock",
        "watchdog": "may end the machine",
    ]

    /// Why a collection is not tried unasked; nil where it is.
    private func obstacle(to name: String) -> String? {
        if let reason = Self.unsuited[name] { return reason }
        let first = name.split(separator: "/").first.map(String.init) ?? name
        let isArchitecture = tree.folder.hasFolder("arch/\(first)")
        return isArchitecture && first != Kbuild.architecture ? "is for \(first)" : nil
    }

    private static let isScript = "a script, for which the guest has no interpreter"
    private static let place = "tools/testing/selftests"
    private static let inside = "/mnt/programs"
    private static let librarySource = "/mnt/library"
    private static let runnersDeadline = 45
    private static let longestDeadline = 120

    package init(tree: KernelTree, sandbox: SandboxRoot, library: FilePath, folder: FilePath, jobs: Int) {
        self.tree = tree
        self.sandbox = sandbox
        self.library = library
        self.folder = folder
        self.jobs = jobs
    }

    private var build: FilePath { folder.appending("build") }
    private var kbuild: Kbuild { Kbuild(tree: tree, objects: build, compilerCache: nil, sandbox: sandbox) }
    /// A copy of the selftests' sources: some of their Makefiles write beside them.
    private var sources: FilePath { folder.appending("sources") }
    package var programs: FilePath { folder.appending("programs") }

    /// Builds collections: those named, all of them (`[]`), or those that suit a small guest (nil).
    ///
    /// Throws `Failure` with code `selftest.collection` for a name that the tree does not have, `selftest.headers`, and
    /// `CancellationError`. What does not build is no error.
    package func run(_ wanted: [String]?, progress: ProgressSink) async throws -> SelftestFacts {
        let all = try collections()
        if let wanted, let unknown = wanted.first(where: { !all.contains($0) }) {
            throw Failure(
                "selftest.collection", "Linux \(tree.version) has no selftests \"\(unknown)\"",
                advice: "name some of: \(all.joined(separator: ", "))")
        }
        for folder in [build, programs, sources] {
            try Files.remove(folder)
            try Files.makeDirectory(folder)
        }
        // Refused where it is a link: what it leads to would be mounted.
        _ = try tree.folder.folder(Self.place)
        try await ForeignFolder(sources).refusingSpecialFiles {
            _ = try await tree.copy(["\(Self.place)/."], to: sources, sandbox: sandbox).output(
                "selftest.copy", doing: "copying the selftests of \(tree.path)",
                advice: "look at the free space of \(folder)")
        }
        return try await ForeignFolder(build).refusingSpecialFiles {
            try await ForeignFolder(sources).refusingSpecialFiles {
                try await make(wanted, of: all, progress: progress)
            }
        }
    }

    private func make(_ wanted: [String]?, of all: [String], progress: ProgressSink) async throws -> SelftestFacts {
        progress(WorkProgress("making the kernel's headers for programs"))
        try await kbuild.make(["headers"], jobs: jobs).output(
            "selftest.headers", doing: "making the headers of Linux \(tree.version)",
            advice: "check that the source is whole and was not built in", deadline: .seconds(600))

        var built: [SelftestFacts.Collection] = []
        var leftOut: [SelftestFacts.LeftOut] = []
        let names = wanted.map { $0.isEmpty ? all : $0 } ?? all.filter { obstacle(to: $0) == nil }
        for (index, name) in names.enumerated() {
            progress(WorkProgress("building selftests", done: index, total: names.count, detail: name))
            let collection = try await collection(name)
            if collection.programs.isEmpty {
                let reasons = collection.leftOut.map(\.reason)
                let reason =
                    reasons.first { $0 != Self.isScript } ?? reasons.first ?? "it lists no test for this architecture"
                leftOut.append(.init(name: name, reason: reason))
            } else {
                built.append(collection)
            }
        }
        if wanted == nil {
            leftOut += all.compactMap { name in obstacle(to: name).map { .init(name: name, reason: $0) } }
        }
        return SelftestFacts(kernel: tree.version, collections: built, leftOut: leftOut)
    }

    /// The TARGETS of the tree's Makefile, and folders of tests inside of them that are collections of their own.
    func collections() throws -> [String] {
        let place = Self.place
        guard let makefile = tree.text("\(place)/Makefile") else {
            throw Failure(
                "selftest.absent", "\(tree.path) has no \(place)", advice: "name the whole source with --tree")
        }
        var names: [String] = []
        for line in makefile.split(separator: "\n") where line.hasPrefix("TARGETS ") || line.hasPrefix("TARGETS+") {
            guard let range = line.range(of: "=") else { continue }
            names += line[range.upperBound...].split(separator: " ").map(String.init)
        }
        var found: [String] = []
        for name in names where !name.contains("$") && !name.contains("..") && !found.contains(name) {
            found.append(name)
            for inner in tree.names(in: "\(place)/\(name)") {
                let path = "\(name)/\(inner)"
                guard !names.contains(path), let text = tree.text("\(place)/\(path)/Makefile"),
                    text.contains("lib.mk"), text.contains("TEST_GEN_PROGS")
                else { continue }
                found.append(path)
            }
        }
        return found
    }

    /// Compiles, lists, and strips what became a static program.
    private static let script = """
        name=$1
        cd \(Kbuild.source)/\(place) || exit 2
        library=\(librarySource)/usr/s390x-linux-gnu
        compiler="$COMPILER -isystem $library/include -B$library/lib/ -L$library/lib -static"
        set -- ARCH=\(Kbuild.architecture) CROSS_COMPILE=\(Kbuild.crossCompile) "CC=$compiler" O=\(Kbuild.objects) \
        USERCFLAGS=-Wno-error USERLDFLAGS=-static
        mkdir -p "\(Kbuild.objects)/kselftest/$name"
        make -k -j"$JOBS" TARGETS="$name" SKIP_TARGETS= "$@" > "\(Kbuild.objects)/log" 2>&1
        make -s --no-print-directory -C "$name" OUTPUT="\(Kbuild.objects)/kselftest/$name" COLLECTION="$name" "$@" \
        emit_tests 2> /dev/null
        """

    private func collection(_ name: String) async throws -> SelftestFacts.Collection {
        var kbuild = kbuild
        kbuild.variables = ["JOBS": "\(max(1, jobs))", "COMPILER": kbuild.sandbox.cCompiler]
        kbuild.more = [
            Mount(sources, at: "\(Kbuild.source)/\(Self.place)", writable: true),
            Mount(library, at: Self.librarySource),
        ]
        let outcome = try await kbuild.inSandbox(Command("sh", ["-c", Self.script, "sh", name]))
            .capture(deadline: .seconds(300))
        let isLate = outcome.ending == .deadline
        // What a test's Makefile put in the place of its folder is no reason to end all others.
        let made = try? ForeignFolder(build).folder("kselftest/\(name)")
        var listed: [String] = []
        for line in outcome.output.split(separator: "\n") where line.hasPrefix("\(name):") {
            let test = String(line.dropFirst(name.utf8.count + 1))
            if ForeignFolder.isName(test), !test.utf8.contains(UInt8(ascii: "/")), !listed.contains(test) {
                listed.append(test)
            }
        }
        listed += scripted(by: listed, in: name, made: made)
        let log = (try? ForeignFolder(build).text(of: "log", limit: ForeignFolder.Limit.source)) ?? ""
        var built: [String] = []
        var leftOut: [SelftestFacts.LeftOut] = []
        for test in listed {
            if let reason = Self.obstacle(test, in: made) {
                let isScript = ForeignFolder(sources).hasFile("\(name)/\(test)")
                let why =
                    isScript
                    ? Self.isScript
                    : isLate ? "the compilers did not end in time" : Self.firstError(in: log, of: test) ?? reason
                leftOut.append(.init(name: test, reason: why))
            } else {
                built.append(test)
            }
        }
        if listed.isEmpty, let error = Self.firstError(in: log, of: name) {
            leftOut.append(.init(name: name, reason: error))
        }
        let programs = try await install(built, of: name, from: made)
        return SelftestFacts.Collection(name: name, deadline: deadline(of: name), programs: programs, leftOut: leftOut)
    }

    /// Programs that a listed script runs without arguments (mm/run_vmtests.sh: `run_test ./mremap_test`).
    private func scripted(by tests: [String], in name: String, made: ForeignFolder?) -> [String] {
        var programs: [String] = []
        for test in tests where test.hasSuffix(".sh") {
            guard let text = tree.text("\(Self.place)/\(name)/\(test)") else { continue }
            for line in text.split(separator: "\n") {
                guard let range = line.range(of: "run_test ./") else { continue }
                let program = String(line[range.upperBound...]).trimmingCharacters(in: .whitespaces)
                let isPlain = program.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-.".contains($0)) }
                if isPlain, !program.isEmpty, !programs.contains(program), !tests.contains(program),
                    made?.hasFile(program) == true
                {
                    programs.append(program)
                }
            }
        }
        return programs
    }

    /// Why a file is no program for the guest; nil where it is one.
    private static func obstacle(_ name: String, in made: ForeignFolder?) -> String? {
        guard let made, let kind = try? made.kind(of: name) else { return "\(name) was not built" }
        guard case .file = kind else { return "it is not a regular file" }
        guard let elf = elf(name, in: made) else { return "it is not an ELF file" }
        guard elf.machine == .s390, elf.order == .big else { return "it is a program for another machine" }
        return elf.segments.contains(.interpreter) ? "it is linked dynamically" : nil
    }

    private static func elf(_ name: String, in made: ForeignFolder) -> ELFFile? {
        try? made.withFile(name, limit: ForeignFolder.Limit.image) { file in
            try ELFFile(MappedFile.open(descriptor: file.rawValue, name: name))
        }
    }

    /// The first error of a log that names the test, else the first of all; without the folders of the sandbox.
    static func firstError(in log: String, of test: String) -> String? {
        let stem = test.split(separator: ".").first.map(String.init) ?? test
        let errors = log.split(separator: "\n").filter { line in
            ["error: ", "undefined reference", "cannot find ", "No rule to make"].contains { line.contains($0) }
                && !BuildLogReader.isExcerpt(String(line)) && !line.hasPrefix("make") && !line.hasPrefix("collect2")
                && !line.contains("-Wno-error")
        }
        guard let line = errors.first(where: { $0.contains(stem) }) ?? errors.first else { return nil }
        let words = line.split(separator: " ").map { word in
            word.hasPrefix("/") ? word.split(separator: "/").last.map(String.init) ?? "" : String(word)
        }
        return String(words.joined(separator: " ").prefix(200))
    }

    /// Seconds (`timeout=` in the collection's settings; Documentation/dev-tools/kselftest.rst). None, or no limit, is
    /// bounded all the same.
    private func deadline(of name: String) -> Int {
        let text = tree.text("\(Self.place)/\(name)/settings") ?? ""
        for line in text.split(separator: "\n") where line.hasPrefix("timeout=") {
            if let seconds = Int(line.dropFirst(8).trimmingCharacters(in: .whitespaces)), seconds > 0 {
                return min(seconds, Self.longestDeadline)
            }
            return Self.longestDeadline
        }
        return Self.runnersDeadline
    }

    private func install(_ names: [String], of collection: String, from made: ForeignFolder?) async throws
        -> [SelftestFacts.Program]
    {
        guard !names.isEmpty, let made else { return [] }
        let place = try ForeignFolder(programs).makeFolder(collection)
        // Beside the tests, the programs that they start.
        let others = try made.names().filter { name in
            !names.contains(name) && Self.obstacle(name, in: made) == nil
                && Self.elf(name, in: made)?.type == .executable
        }
        for name in names + others {
            let strip = sandbox.command(
                Command("s390x-linux-gnu-strip", ["-o", "\(Self.inside)/\(name)", "/mnt/made/\(name)"]),
                mounts: [Mount(made.path, at: "/mnt/made"), Mount(place.path, at: Self.inside, writable: true)])
            try await place.refusingSpecialFiles {
                _ = try await strip.output(
                    "selftest.strip", doing: "taking the debug information out of \(name)", advice: "run this again",
                    deadline: .seconds(60))
            }
        }
        return try names.map { name in
            SelftestFacts.Program(
                name: name, size: try place.size(of: name) ?? 0, sha256: try place.digest(of: name))
        }
    }
}
