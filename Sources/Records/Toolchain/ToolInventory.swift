// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import Host

/// The tools of one place, and what each of them can do.
package struct ToolInventory: Codable, Hashable, Sendable {
    /// Where they are: `this host`.
    package let location: String
    package let tools: [InventoriedTool]
    /// False where tools were looked for in named folders, which the PATH may not have.
    package let isOnPath: Bool

    package init(location: String, tools: [InventoriedTool], isOnPath: Bool = true) {
        self.location = location
        self.tools = tools
        self.isOnPath = isOnPath
    }

    package func tools(_ role: InventoriedTool.Role) -> [InventoriedTool] { tools.filter { $0.role == role } }
}

/// One program, as it was found and as it answers.
package struct InventoriedTool: Codable, Hashable, Sendable {
    package enum Role: String, Codable, Sendable, CaseIterable {
        case rustCompiler = "rust-compiler"
        case cargo
        case rustFormatter = "rust-formatter"
        case bindingsGenerator = "bindings-generator"
        case cCompiler = "c-compiler"
        case assembler
        case linker
        case clang
        case lld
        case llvmObjdump = "llvm-objdump"
        case debugInformation = "debug-information"
        case buildDriver = "build-driver"
        case emulator
        case compilerCache = "compiler-cache"
    }

    /// Whether it says which version it is.
    package enum Answer: String, Codable, Sendable {
        case version
        /// It ended with an error.
        case error
        /// It printed nothing.
        case silence
        /// It did not end within the time that it was given.
        case none
    }

    /// Another part of the toolchain that a program needs: the sources of Rust's core library that a compiler looks for, the
    /// library that a bindings generator loads.
    package struct Library: Codable, Hashable, Sendable {
        /// Where it is, links resolved; nil where it is not.
        package let path: String?
        /// As a file or the folder's name tells; nil where nothing does.
        package let version: String?

        package init(path: String?, version: String?) {
            self.path = path
            self.version = version
        }
    }

    package let role: Role
    /// As it was found.
    package let path: String
    /// Links resolved.
    package let file: String
    package let answer: Answer
    /// The first line of its answer: its version, or what it says instead.
    package let said: String
    package let package: String?
    package let packageVersion: String?
    /// The rustup toolchain that it belongs to.
    package let toolchain: String?
    /// The machine that a C compiler says it is for, e.g. `s390x-suse-linux`; nil where it says none.
    package var machine: String?
    /// The tools of its prefix that the kernel's build runs beside a C compiler and that are not there.
    package var missing: [String]?
    /// The program that rustup puts in a compiler's place, which chooses one when it is called.
    package let isShim: Bool
    package let sha256: Digest?
    package var rustSource: Library?
    package var libclang: Library?
    package var abilities: [Ability] = []

    package init(
        role: Role, path: String, file: String, answer: Answer, said: String, package: String?, packageVersion: String?,
        toolchain: String?, machine: String? = nil, missing: [String]? = nil, isShim: Bool, sha256: Digest?,
        rustSource: Library? = nil, libclang: Library? = nil, abilities: [Ability] = []
    ) {
        self.role = role
        self.path = path
        self.file = file
        self.answer = answer
        self.said = said
        self.package = package
        self.packageVersion = packageVersion
        self.toolchain = toolchain
        self.machine = machine
        self.missing = missing
        self.isShim = isShim
        self.sha256 = sha256
        self.rustSource = rustSource
        self.libclang = libclang
        self.abilities = abilities
    }

    /// `1.96.1`: the first number with one or two dots in its answer.
    package var version: String? { answer == .version ? Self.version(in: said) : nil }

    /// What `make` has to be given to take this C compiler, e.g. `CROSS_COMPILE=s390x-suse-linux-`; empty where it takes
    /// it by itself, nil for other tools.
    ///
    /// A compiler that only has a name with its version needs `CC`, too: make puts `gcc` behind the prefix.
    package func makeVariables(isOnPath: Bool = true) -> String? {
        guard role == .cCompiler, let name = path.split(separator: "/").last,
            let gcc = name.range(of: "gcc", options: .backwards)
        else { return nil }
        let full = isOnPath ? String(name) : path
        let version = name[gcc.upperBound...]
        let prefix = full.dropLast(3 + version.count)
        let variables = [
            prefix.isEmpty ? nil : "CROSS_COMPILE=\(prefix)", version.isEmpty ? nil : "CC=\(full)",
        ]
        return variables.compactMap(\.self).joined(separator: " ")
    }

    package static func version(in text: String) -> String? {
        text.firstMatch(of: /[0-9]+\.[0-9]+(\.[0-9]+)?/).map { String($0.output.0) }
    }

    package func ability(_ kind: Ability.Kind) -> Ability? { abilities.first { $0.kind == kind } }
}

/// Something that a tool was made to do.
package struct Ability: Codable, Hashable, Sendable {
    package enum Kind: String, Codable, Sendable, CaseIterable {
        /// rustc makes packed frames with a back chain for s390 without floating point.
        case packedRust = "packed-rust"
        /// rustc takes packed frames and the back chain without being unlocked for what is not stable.
        case stableRust = "stable-rust"
        /// rustc builds the core library for that target from its sources.
        case core
        /// bindgen's records have the size, alignment and members of their C originals.
        case records
        /// bindgen makes something that rustc takes of a packed record with an aligned member.
        case packedAligned = "packed-aligned"
        /// GCC makes packed frames with a back chain.
        case packedC = "packed-c"
        /// llvm-objdump reads what rustc wrote.
        case objectReading = "object-reading"
    }

    package enum Verdict: String, Codable, Sendable {
        case yes, no, unknown
    }

    package let kind: Kind
    package let verdict: Verdict
    /// With what, or why not; one line.
    package let note: String

    package init(_ kind: Kind, _ verdict: Verdict, _ note: String) {
        self.kind = kind
        self.verdict = verdict
        self.note = note
    }
}
