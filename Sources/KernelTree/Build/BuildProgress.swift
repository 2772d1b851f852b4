// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records
internal import Synchronization
internal import SystemPackage

/// One line in which kbuild tells what it makes: `  CC [M]  fs/ext4/ext4.o`.
struct BuildStep: Hashable {
    let tool: String
    let file: String

    /// Nil for any other line.
    init?(_ bytes: [UInt8]) {
        guard bytes.count > 6, bytes.count < 4096, bytes[0] == UInt8(ascii: " "), bytes[1] == UInt8(ascii: " ") else {
            return nil
        }
        let words = bytes[2...].split(separator: UInt8(ascii: " "))
        guard words.count >= 2, let first = words.first, first.startIndex == 2, first.count >= 2,
            first.allSatisfy({ (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || $0.isDigit })
        else { return nil }
        tool = String(decoding: first, as: UTF8.self)
        file = String(decoding: words[words.count - 1], as: UTF8.self)
    }

    func stage(after stage: BuildStage) -> BuildStage {
        let here: BuildStage =
            switch tool {
            case "BINDGEN": .bindings
            case "RUSTC", "RUSTDOC", "EXPORTS", "PROCMACRO": .rust
            case "MODPOST", "KSYMS", "NM", "SORTTAB", "BTF", "BTFIDS": .link
            case "LD" where file.hasPrefix("vmlinux") || file.hasPrefix(".tmp_vmlinux"): .link
            case _ where file.hasSuffix(".ko") || file.hasSuffix(".mod.o"): .modules
            case _ where file.hasPrefix("arch/s390/boot/"): .image
            case "CC", "AS", "AR", "LD": .c
            default: .tools
            }
        // Jobs run side by side, so what is still going on from an earlier stage does not count.
        let order: [BuildStage: Int] = [.tools: 0, .bindings: 1, .rust: 2, .c: 3, .link: 4, .modules: 4, .image: 4]
        let isFinal = order[here] == 4 && (here != .image || stage == .link || stage == .modules || stage == .image)
        if isFinal { return here }
        return here != .image && (order[here] ?? 0) > (order[stage] ?? 0) ? here : stage
    }
}

/// A log file in the making, read as it is written.
final class BuildLog: Sendable {
    private let file: LogFile
    private let reader = Mutex(BuildLogReader())

    /// Starts the file anew. Throws `Failure` with code `file.unwritable` or `disk.full`.
    init(at path: FilePath) throws {
        file = try LogFile(path)
    }

    func take(_ bytes: [UInt8]) throws {
        try file.append(bytes)
        reader.withLock { $0.take(bytes) }
    }

    /// The stage, the files that were made so far, and the last of them as kbuild prints it.
    func progress(since start: ContinuousClock.Instant) -> WorkProgress {
        reader.withLock {
            WorkProgress($0.stage.rawValue, done: $0.steps, detail: $0.lastStep?.file ?? "", elapsed: .now - start)
        }
    }

    var steps: Int { reader.withLock { $0.steps } }
    var warnings: [String] { reader.withLock { $0.warnings } }
    func firstError(log: FilePath) -> BuildError { reader.withLock { $0.firstError(log: log) } }
}
