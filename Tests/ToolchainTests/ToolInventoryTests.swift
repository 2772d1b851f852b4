// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import KernelTree
import Records
import Sandbox
import SystemPackage
import TestSupport
import Testing

@testable import Toolchain

/// Tools that people have, in a sandbox with the real ones behind them.
private struct Bench {
    let folder: FilePath
    let root: SandboxRoot
    let tree: KernelTree

    init(_ folder: FilePath) async throws {
        self.folder = folder
        root = try await RealThings.sandbox()
        tree = try await RealThings.kernelTree("7.3")
        // The sandbox's own tools but for its rustc, whose core library takes long to build.
        let rest = folder.appending("rest")
        try Files.makeDirectory(rest)
        for name in ["bindgen", "clang", "s390x-linux-gnu-gcc"] {
            try FileManager.default.createSymbolicLink(
                atPath: rest.appending(name).string, withDestinationPath: "/usr/bin/\(name)")
        }
    }

    /// The prefix of a shell in which /mnt/tools is what a case put there: a program, since a prefix has no quotes.
    var prefix: [String] {
        get throws {
            var command = root.command(
                Command("true"), mounts: [Mount(folder, at: "/mnt/tools"), Mount(tree.path, at: "/mnt/src")])
            command.arguments.removeLast()
            let program = FilePath("\(folder)-via")
            try AtomicFile.write(
                "#!/bin/sh\nexec \(command.shellText) \"$@\"\n".utf8, to: program,
                permissions: [.ownerReadWriteExecute])
            return [program.string]
        }
    }

    func put(_ tools: [String: String]) throws {
        for (name, text) in tools {
            try FileManager.default.createDirectory(
                atPath: folder.appending(name).removingLastComponent().string, withIntermediateDirectories: true)
            try AtomicFile.write(
                (name.hasPrefix("sysroot/") ? text : "#!/bin/sh\n" + text).utf8, to: folder.pushing(FilePath(name)),
                permissions: [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute])
        }
    }

    /// On a busy machine a tool that answers may take long; one that never does is not waited for with `patience`.
    func inventory(
        folders: [String] = ["/mnt/tools", "/mnt/tools/rest"], patience: Int = 100
    ) async throws -> ToolInventory {
        var place = try ToolPlace.via(try prefix.joined(separator: " "), folders: folders)
        place.patience = patience
        return try await .take(of: place, progress: { _ in })
    }

    var requirements: ToolRequirements {
        ToolRequirements(tree: "7.3", version: tree.version, minimum: tree.minimumTools(), hasSupport: true)
    }

    /// What the kernel's own check says of the tools in /mnt/tools, and of those behind them; nil where it does not end.
    func kernelSaysYes() async throws -> Bool? {
        let script = """
            PATH=/mnt/tools:/usr/bin
            export PATH RUSTC=rustc BINDGEN=bindgen CC=s390x-linux-gnu-gcc ARCH=s390 SRCARCH=s390
            /mnt/src/scripts/rust_is_available.sh &
            while kill -0 $! 2>/dev/null; do
                [ -e /tmp/hangs ] && exit 124
                sleep 0.1
            done
            wait $!
            """
        let prefix = try self.prefix
        let outcome = try await Command(prefix[0], Array(prefix.dropFirst()) + ["sh", "-c", script]).capture()
        return outcome.ending == .exited(124) ? nil : outcome.succeeded
    }
}

/// A compiler that builds the core library at once; what is looked at is elsewhere.
private let quick = """
    case "$*" in *"--crate-name core"*)
        while [ $# -gt 1 ]; do [ "$1" = -o ] && echo x >"$2"; shift; done
        exit ;;
    esac

    """
private let realRust = quick + "exec /usr/bin/rustc \"$@\"\n"

/// Says that it is another version, and is the real one otherwise.
private func rust(saying version: String, before: String = "") -> String {
    "[ \"$1\" = --version ] && echo '\(version)' && exit\n" + before + realRust
}

private let withoutFlag = """
    case "$*" in *-Zpacked-stack*) echo 'error: unknown unstable option: `packed-stack`' >&2; exit 1 ;; esac

    """

@Suite(.integration) struct ToolDiagnosisTests {
    /// How our verdict stands to that of the kernel's `make rustavailable`.
    enum Agreement: Sendable {
        case same
        /// The kernel lets it pass; what it misses is in our cause.
        case stricter
        /// The kernel's check does not end.
        case kernelHangs
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let tools: [String: String]
        /// In the cause; nil: usable.
        let cause: String?
        var remediation = ""
        var agreement = Agreement.same
        var note: String?
    }

    static let cases = [
        Case(testDescription: "the sandbox's own tools", tools: ["rustc": realRust], cause: nil),
        Case(
            testDescription: "rustc 1.95, before the flag",
            tools: ["rustc": rust(saying: "rustc 1.95.0 (59807616e 2026-04-14)", before: withoutFlag)],
            cause: "rustc 1.95.0 has no -Zpacked-stack", remediation: "rustup toolchain install 1.96.0"),
        Case(
            testDescription: "a nightly of before the flag",
            tools: ["rustc": rust(saying: "rustc 1.96.0-nightly (0123456789 2026-02-01)", before: withoutFlag)],
            cause: "rustc 1.96.0 has no -Zpacked-stack", remediation: "--component rust-src", agreement: .stricter,
            note: "nightly"),
        Case(
            testDescription: "a flag that is taken and does nothing",
            tools: [
                "rustc": """
                for word; do shift; [ "$word" = -Zpacked-stack ] || set -- "$@" "$word"; done

                """ + realRust
            ], cause: "makes no packed frames", agreement: .stricter),
        Case(
            testDescription: "rustc of 1.85",
            tools: ["rustc": rust(saying: "rustc 1.85.1 (4eb161250 2025-03-15)", before: withoutFlag)],
            cause: "rustc 1.85.1 has no -Zpacked-stack"),
        Case(
            testDescription: "no rust-src",
            tools: ["rustc": "[ \"$1\" = --print ] && echo /nowhere && exit\n" + realRust],
            cause: "sources of Rust's core library, which the kernel compiles itself, are not there",
            remediation: "rust-src"),
        Case(
            testDescription: "rust-src of another version",
            tools: [
                "rustc": "[ \"$1\" = --print ] && echo /mnt/tools/sysroot && exit\n" + realRust,
                "sysroot/lib/rustlib/src/rust/library/core/src/lib.rs": "",
                "sysroot/lib/rustlib/src/rust/version": "\n1.96.0 (of another day)\n",
            ], cause: "core library are of 1.96.0, and the compiler is 1.9", agreement: .stricter),
        Case(
            testDescription: "a core library that does not build",
            tools: [
                "rustc": """
                case "$*" in *"--crate-name core"*) echo 'error[E0658]: core has moved on' >&2; exit 1 ;; esac
                exec /usr/bin/rustc "$@"

                """
            ], cause: "can't build the core library for s390: error[E0658]: core has moved on", agreement: .stricter),
        Case(
            testDescription: "a version that is not in ASCII",
            tools: [
                "rustc": """
                if [ "$1" = --version ]; then
                    set -- $(/usr/bin/rustc --version)
                    echo "rustc $2 (gebaut für größere Maschinen ☃)"
                    exit
                fi

                """ + realRust
            ],
            cause: nil),
        Case(
            testDescription: "a version in other digits",
            tools: ["rustc": "[ \"$1\" = --version ] && echo 'rustc １.９６.１' && exit\n" + realRust],
            cause: "can't read a version"),
        Case(
            testDescription: "a rustc that prints nothing", tools: ["rustc": "exit 0\n"],
            cause: "prints nothing when it is asked for its version"),
        Case(
            testDescription: "a rustc that hangs", tools: ["rustc": ": >/tmp/hangs\nsleep 100000\n"],
            cause: "does not answer in time", agreement: .kernelHangs),
        Case(
            testDescription: "rustup's shim without a toolchain",
            tools: [
                "bin/rustup": "echo 'error: rustup could not choose a version of rustc to run' >&2; exit 1\n",
                "rustc": "",
            ], cause: "which has no toolchain to run", remediation: "rustup default"),
        Case(
            testDescription: "an old bindgen",
            tools: [
                "rustc": realRust,
                "bindgen": "[ \"$1\" = --version ] && echo 'bindgen 0.60.1' && exit\nexec /usr/bin/bindgen \"$@\"\n",
            ],
            cause: "bindgen 0.60.1 is too old", remediation: "cargo install --locked bindgen-cli"),
        Case(
            testDescription: "bindgen 0.71 with libclang 22",
            tools: [
                "rustc": realRust,
                "bindgen": """
                case "$*" in
                *records.h*) while [ $# -gt 1 ]; do [ "$1" = -o ] && out=$2; shift; done
                    echo '#[repr(C)] pub struct later { pub _address: u8 }' >"$out" ;;
                *v.h*|*_libclang.h*) echo 'x.h:1:9: warning: clang version 22.1.0 [-W#pragma-messages]' >&2 ;;
                *_libclang_22.h*) echo 'pub struct S { pub _address: u8 }' ;;
                *) exec /usr/bin/bindgen "$@" ;;
                esac

                """,
            ], cause: "bindgen 0.71.1 with libclang 22.1.0 gets C records wrong", remediation: "LIBCLANG_PATH",
            agreement: .stricter),
        Case(
            testDescription: "the libclang of another time",
            tools: [
                "rustc": realRust,
                "bindgen": """
                case "$*" in
                *v.h*|*_libclang.h*) echo 'x.h:1:9: warning: clang version 14.0.6 [-W#pragma-messages]' >&2 ;;
                *) exec /usr/bin/bindgen "$@" ;;
                esac

                """,
            ], cause: "bindgen loads libclang 14.0.6", remediation: "LIBCLANG_PATH"),
        Case(
            testDescription: "no libclang at all",
            tools: [
                "rustc": realRust,
                "bindgen":
                    "[ \"$1\" = --version ] && exec /usr/bin/bindgen --version\necho 'unable to find libclang' >&2; exit 1\n",
            ], cause: "finds no libclang"),
        Case(
            testDescription: "a libclang that is not clang's",
            tools: ["rustc": realRust, "clang": "echo 'clang version 21.0.0'\n"], cause: nil,
            note: "bindgen loads libclang 19.1.7"),
        Case(
            testDescription: "an llvm-objdump that can't read Rust's objects",
            tools: [
                "rustc": realRust,
                "llvm-objdump-15": """
                [ "$1" = --version ] && printf 'LLVM (http://llvm.org/):\\n  LLVM version 15.0.7\\n' && exit
                echo 'error: unknown attribute kind (91)' >&2; exit 1

                """,
            ], cause: nil, note: "can't read what rustc writes: error: unknown attribute kind"),
    ]

    @Test(arguments: cases) func `a case that people hit has its cause, and agrees with the kernel's own check`(
        _ this: Case
    ) async throws {
        try await withTemporaryFolder { folder in
            let bench = try await Bench(folder)
            try bench.put(this.tools)
            if this.tools["bin/rustup"] != nil {
                let shim = bench.folder.appending("rustc").string
                try FileManager.default.removeItem(atPath: shim)
                try FileManager.default.createSymbolicLink(atPath: shim, withDestinationPath: "bin/rustup")
            }
            let patience = this.agreement == .kernelHangs ? 1 : 100
            let diagnosis = try #require(
                await bench.inventory(patience: patience).diagnoses(for: bench.requirements).first)
            #expect(diagnosis.rustc == "/mnt/tools/rustc")
            #expect(diagnosis.isUsable == (this.cause == nil))
            if let cause = this.cause { #expect(diagnosis.cause?.contains(cause) == true, "\(diagnosis.cause ?? "")") }
            #expect(
                this.remediation.isEmpty || diagnosis.remediation?.contains(this.remediation) == true,
                "\(diagnosis.remediation ?? "")")
            if let note = this.note { #expect(diagnosis.notes.contains { $0.contains(note) }, "\(diagnosis.notes)") }

            let kernel = try await bench.kernelSaysYes()
            switch this.agreement {
            case .same: #expect(kernel == diagnosis.isUsable)
            case .stricter: #expect(kernel == true && !diagnosis.isUsable)
            case .kernelHangs: #expect(kernel == nil && !diagnosis.isUsable)
            }
        }
    }

    @Test func `a place without tools is told so`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await Bench(folder)
            let inventory = try await bench.inventory(folders: ["/mnt/tools"])
            #expect(inventory.tools.isEmpty)
            let diagnosis = try #require(inventory.diagnoses(for: bench.requirements).first)
            #expect(diagnosis.cause == "there is no rustc")
            #expect(diagnosis.notes.count { $0.hasPrefix("besides, there is no ") } == 2)
            #expect(try await bench.kernelSaysYes() == true, "what lies behind the folder does not count")
        }
    }

    @Test func `a tree without support is told when the tools would do`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await Bench(folder)
            try bench.put(["rustc": realRust])
            let tree = try await RealThings.kernelTree("6.12")
            let least = tree.minimumTools()
            #expect(least.rustc == "1.78.0" && least.bindgen == "0.65.1")
            let diagnosis = try #require(
                await bench.inventory().diagnoses(
                    for: .init(tree: "6.12", version: tree.version, minimum: least, hasSupport: false)
                ).first)
            #expect(!diagnosis.isUsable)
            #expect(diagnosis.remediation == "bessemer pilot --kernel 6.12")
        }
    }
}

/// Tools under the names and in the forms in which people have them installed.
@Suite struct ToolNamesTests {
    /// A C compiler that says which machine it is for, and is the sandbox's otherwise.
    private func gcc(for machine: String) -> String {
        "[ \"$1\" = -dumpmachine ] && echo '\(machine)' && exit\nexec /usr/bin/s390x-linux-gnu-gcc \"$@\"\n"
    }

    @Test(
        .integration,
        arguments: [
            ("s390x-suse-linux-gcc", "s390x-suse-linux", "CROSS_COMPILE=s390x-suse-linux-"),
            ("s390-linux-gcc", "s390-linux", "CROSS_COMPILE=s390-linux-"),
            ("s390x-redhat-linux-gcc", "s390x-redhat-linux", "CROSS_COMPILE=s390x-redhat-linux-"),
            ("s390x-linux-gcc", "s390x-buildroot-linux-gnu", "CROSS_COMPILE=s390x-linux-"),
            ("s390x-alpine-linux-musl-gcc", "s390x-alpine-linux-musl", "CROSS_COMPILE=s390x-alpine-linux-musl-"),
            ("s390x-linux-gnu-gcc-15", "s390x-linux-gnu", "CROSS_COMPILE=s390x-linux-gnu- CC=s390x-linux-gnu-gcc-15"),
            ("gcc", "s390x-redhat-linux", ""), ("gcc-14", "s390x-linux-gnu", "CC=gcc-14"),
        ])
    func `a C compiler for s390 is found by what it says, and named for make`(
        name: String, machine: String, variables: String
    ) async throws {
        try await withTemporaryFolder { folder in
            let bench = try await Bench(folder)
            try Files.remove(folder.appending("rest/s390x-linux-gnu-gcc"))
            try bench.put([name: gcc(for: machine), "rustc": realRust])
            let inventory = try await bench.inventory()
            let compilers = inventory.tools(.cCompiler)
            #expect(compilers.map(\.path) == ["/mnt/tools/\(name)"])
            #expect(compilers.first?.machine == machine)
            #expect(compilers.first?.makeVariables() == variables)
            #expect(compilers.first?.ability(.packedC)?.verdict == .yes)
            let diagnosis = try #require(inventory.diagnoses(for: bench.requirements).first)
            #expect(diagnosis.isUsable, "\(diagnosis.cause ?? "")")
            let isLacking = !["s390x-linux-gnu-gcc-15", "gcc", "gcc-14"].contains(name)
            #expect(diagnosis.notes.contains { $0.contains("also runs") && $0.contains("ld") } == isLacking)
            #expect(
                diagnosis.makeVariables?.contains("/mnt/tools/") == true, "what the PATH lacks is named with its folder"
            )
        }
    }

    @Test(
        .integration,
        arguments: [
            ("gcc", "x86_64-linux-gnu"), ("s390x-linux-gnu-gcc", "x86_64-linux-gnu"), ("s390x-elf-gcc", "s390x-elf"),
        ])
    func `a C compiler for another machine is not one for s390, whatever its name`(
        name: String, machine: String
    ) async throws {
        try await withTemporaryFolder { folder in
            let bench = try await Bench(folder)
            try Files.remove(folder.appending("rest/s390x-linux-gnu-gcc"))
            try bench.put([name: gcc(for: machine), "rustc": realRust])
            let inventory = try await bench.inventory()
            #expect(inventory.tools(.cCompiler).isEmpty)
            #expect(inventory.diagnoses(for: bench.requirements).first?.cause == "there is no C compiler for s390x")
        }
    }

    /// rustup's program: chooses the toolchain that a file of the folder, or else the default, names.
    private static let rustup =
        quick + """
            home=/mnt/tools/home/toolchains
            name=$(cat rust-toolchain 2>/dev/null || echo stable)
            case ${0##*/} in
            rustup) [ "$*" = "show active-toolchain" ] && echo "$name (overridden by '$PWD/rust-toolchain')"; exit ;;
            esac
            [ -d "$home/$name" ] || { echo "error: toolchain '$name' is not installed" >&2; exit 1; }
            case $* in
            "--print sysroot") echo "$home/$name" ;;
            *) exec "$home/$name/bin/rustc" "$@" ;;
            esac

            """

    @Test(.integration, arguments: ["link", "hard link", "copy", "wrapper", "none"])
    func `rustup is told from a compiler in every form in which it is installed`(form: String) async throws {
        try await withTemporaryFolder { folder in
            let bench = try await Bench(folder)
            try bench.put(["rustup": Self.rustup, "home/toolchains/stable/bin/rustc": realRust])
            let rustc = folder.appending("rustc").string
            switch form {
            case "link": try FileManager.default.createSymbolicLink(atPath: rustc, withDestinationPath: "rustup")
            case "hard link": try FileManager.default.linkItem(atPath: folder.appending("rustup").string, toPath: rustc)
            case "copy": try bench.put(["rustc": Self.rustup])
            case "wrapper": try bench.put(["rustc": "# a script of one's own\n" + Self.rustup])
            default: try bench.put(["rustc": realRust])
            }
            let found = try #require(await bench.inventory().tools(.rustCompiler).first)
            #expect(found.path == "/mnt/tools/rustc")
            #expect(found.isShim == (form != "none"))
            #expect(found.toolchain == (form == "none" ? nil : "stable"))
        }
    }

    @Test(.integration) func `what make takes in a tree is what rustup chooses there`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await Bench(folder)
            try bench.put([
                "rustup": Self.rustup, "rustc": Self.rustup, "home/toolchains/stable/bin/rustc": realRust,
                "home/toolchains/other/bin/rustc": rust(
                    saying: "rustc 1.85.1 (4eb161250 2025-03-15)", before: withoutFlag),
            ])
            for (name, toolchain) in [("plain", nil), ("old", "other"), ("gone", "no-such")] {
                try Files.makeDirectory(folder.appending("trees/\(name)"))
                if let toolchain {
                    try AtomicFile.write(toolchain, to: folder.appending("trees/\(name)/rust-toolchain"))
                }
            }
            let inventory = try await bench.inventory(folders: [
                "/mnt/tools", "/mnt/tools/rest", "/mnt/tools/home/toolchains/stable/bin",
                "/mnt/tools/home/toolchains/other/bin",
            ])
            func diagnoses(_ tree: String, _ variables: String = "") async throws -> [ToolDiagnosis] {
                let place = try ToolPlace.via(
                    try bench.prefix.joined(separator: " ") + " env PATH=/mnt/tools:/usr/bin \(variables)")
                let selection = try await place.rustSelection(inTree: FilePath("/mnt/tools/trees/\(tree)"))
                return inventory.diagnoses(for: bench.requirements, selection: selection)
            }
            let plain = try await diagnoses("plain")
            #expect(
                plain.filter { $0.isTaken == true }.map(\.rustc) == [
                    "/mnt/tools/rustc", "/mnt/tools/home/toolchains/stable/bin/rustc",
                ])
            #expect(plain.contains { $0.isTaken == true && $0.isUsable })
            let old = try await diagnoses("old").filter { $0.isTaken == true }
            #expect(old.map(\.rustc) == ["/mnt/tools/home/toolchains/other/bin/rustc"])
            #expect(old.first?.isUsable == false)
            #expect(old.first?.notes.contains { $0.contains("overridden by") } == true)
            let gone = try await diagnoses("gone").filter { $0.isTaken == true }
            #expect(gone.map(\.rustc) == ["/mnt/tools/rustc"])
            #expect(gone.first?.cause?.contains("toolchain 'no-such' is not installed") == true)

            let library = try await diagnoses("plain", "RUST_LIB_SRC=/nowhere").first { $0.isTaken == true }
            #expect(library?.cause == "RUST_LIB_SRC is /nowhere, which has no sources of Rust's core library")
        }
    }

    @Test func `a folder that is not there is not an empty one`() async throws {
        try await withTemporaryFolder { folder in
            let place = ToolPlace.host(folders: [folder.appending("absent").string])
            let failure = await #expect(throws: Failure.self) { try await ToolInventory.take(of: place) { _ in } }
            #expect(failure?.code == "inventory.no-such-folder")
            let empty = try await ToolInventory.take(of: .host(folders: [folder.string])) { _ in }
            #expect(empty.tools.isEmpty)
        }
    }
}

@Suite struct ToolPlaceTests {
    @Test func `a prefix that hands no standard input over gets the script as an argument`() async throws {
        try await withTemporaryFolder { folder in
            let script = folder.appending("closed")
            try AtomicFile.write(
                "#!/bin/sh\nexec \"$@\" </dev/null\n".utf8, to: script, permissions: [.ownerReadWriteExecute])
            let place = try ToolPlace.via(script.string)
            #expect(try await place.run("echo \"a  'b'\"; echo c", deadline: .seconds(100_000)) == "a  'b'\nc\n")
        }
    }

    @Test(arguments: ["false", "echo hello", "/there/is/none"])
    func `a prefix behind which no shell answers is refused`(
        prefix: String
    ) async throws {
        let error = await #expect(throws: Failure.self) {
            try await ToolPlace.via(prefix).run("echo", deadline: .seconds(100_000))
        }
        #expect(error?.code == "inventory.shell" || error?.code == "process.launch")
    }

    @Test func `no prefix at all is refused`() {
        let error = #expect(throws: Failure.self) { try ToolPlace.via("  ") }
        #expect(error?.code == "inventory.via")
    }
}
