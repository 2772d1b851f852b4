// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import Host
package import Records
package import SystemPackage

/// The first real error of a build, not make's noise about it.
package struct BuildError: Error, Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable {
        case cCompiler = "the C compiler"
        case rustCompiler = "the Rust compiler"
        case assembler = "the assembler"
        case linker = "the linker"
        case bindgen = "bindgen"
        case kconfig = "Kconfig"
        case modpost = "modpost"
        case make = "make"
        case diskFull = "the file system"
        case killed = "the operating system"
        /// No line that Bessemer knows to be an error; `text` holds the last lines before make gave up.
        case unknown = "a command"
    }

    package let kind: Kind
    /// Relative to the tree where it lies in it.
    package let place: Finding.Location?
    /// The tool's own lines, at most a dozen.
    package let text: String
    package let log: FilePath

    /// The error for a person. `code` is used unless the disk was full or a process was killed.
    package func failure(_ code: String, doing what: String) -> Failure {
        switch kind {
        case .diskFull:
            Failure(
                "disk.full", "no space left on the disk while \(what)",
                advice:
                    "free space, then run this again: what is compiled already comes from the cache; the whole log is \(log)",
                underlying: text)
        case .killed:
            Failure(
                "build.killed", "a process was killed while \(what): most likely this machine ran out of memory",
                advice: "give fewer jobs (`--jobs 1`) or more memory; the whole log is \(log)", underlying: text)
        default:
            Failure(
                code, "\(what) failed: \(kind.rawValue) stopped" + (place.map { " at \($0.text)" } ?? ""),
                advice: "correct what it says; the whole log is \(log)", underlying: text)
        }
    }

    /// Finds the first real error in a finished log. Throws `Failure` with code `file.unreadable`.
    package static func first(inLog log: FilePath) throws -> BuildError {
        var reader = BuildLogReader()
        try readPieces(of: log) { reader.take($0) }
        return reader.firstError(log: log)
    }
}

/// Reads what kbuild and the compilers print, line by line: steps, warnings and the first error.
///
/// Its memory is bounded, whatever the build prints.
struct BuildLogReader {
    private(set) var steps = 0
    private(set) var lastStep: BuildStep?
    /// `file:line: text`, in the order in which they came, each once.
    private(set) var warnings: [String] = []
    private(set) var stage: BuildStage = .tools

    private struct Draft {
        var kind: BuildError.Kind
        var place: Finding.Location?
        var lines: [String]
    }

    private static let mostWarnings = 200
    private static let mostLines = 12
    private static let longestLine = 64 << 10

    private var pending: [UInt8] = []
    private var seenWarnings: Set<String> = []
    private var context: [String] = []
    private var error: Draft?
    private var collecting = false
    private var full: String?
    private var killed: String?
    /// The last lines that are neither steps nor make's own, for an error that nothing else explains.
    private var recent: [String] = []
    private var fallback: Draft?
    private var awaitsRustPlace: (isError: Bool, text: String)?

    mutating func take(_ bytes: [UInt8]) {
        var start = bytes.startIndex
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            pending += bytes[start..<min(end, start + Self.longestLine)]
            line(pending)
            pending.removeAll(keepingCapacity: true)
            start = end + 1
        }
        if pending.count < Self.longestLine { pending += bytes[start...].prefix(Self.longestLine) }
    }

    private mutating func line(_ bytes: [UInt8]) {
        if let step = BuildStep(bytes) {
            steps += 1
            stage = step.stage(after: stage)
            lastStep = step
            return
        }
        var text = String(decoding: bytes.prefix(4096), as: UTF8.self)
        if text.hasSuffix("\r") { text.removeLast() }
        read(text)
    }

    static func shortened(_ path: some StringProtocol) -> String {
        for prefix in ["\(Kbuild.source)/", "\(Kbuild.objects)/", "./"] where path.hasPrefix(prefix) {
            return String(path.dropFirst(prefix.count))
        }
        return String(path)
    }

    /// `file:line[:column]: message` or `file:line:message`; nil for any other line.
    static func placed(_ text: some StringProtocol) -> (place: Finding.Location, message: Substring)? {
        let text = Substring(text)
        let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, !parts[0].contains(" "), let line = Int(parts[1]), line > 0 else {
            return nil
        }
        var message = parts[2]
        let digits = message.prefix(while: \.isNumber)
        if !digits.isEmpty, message.dropFirst(digits.count).hasPrefix(":") {
            message = message.dropFirst(digits.count + 1)
        }
        message = message.drop(while: { $0 == " " })
        return (Finding.Location(file: shortened(parts[0]), line: line), message)
    }

    private mutating func begin(_ kind: BuildError.Kind, _ place: Finding.Location?, _ text: String) {
        guard error == nil else {
            collecting = false
            return
        }
        error = Draft(kind: kind, place: place, lines: context + [text])
        context = []
        collecting = true
    }

    private mutating func warn(_ place: Finding.Location?, _ message: some StringProtocol) {
        guard warnings.count < Self.mostWarnings else { return }
        let text = (place.map { "\($0.text): " } ?? "") + message
        if seenWarnings.insert(text).inserted { warnings.append(text) }
    }

    private mutating func read(_ text: String) {
        if full == nil, Self.tellsOfFullDisk(text) { full = text }
        if killed == nil, Self.tellsOfKilling(text) { killed = text }
        if let message = awaitsRustPlace {
            awaitsRustPlace = nil
            let trimmed = text.drop(while: { $0 == " " })
            if trimmed.hasPrefix("--> ") {
                let place = Self.rustPlace(trimmed.dropFirst(4))
                if message.isError {
                    if collecting, error?.place == nil {
                        error?.place = place
                        error?.kind = .rustCompiler
                    }
                } else {
                    warn(place, message.text)
                }
            } else if !message.isError {
                warn(nil, message.text)
            }
        }
        if isMakesOwn(text) { return }
        remember(text)
        if recognise(text) { return }
        if collecting { continueError(text) }
    }

    /// A line of source that a compiler quotes below what it says, e.g. `   12 |     x = 1;` or `      |     ^`.
    static func isExcerpt(_ text: String) -> Bool {
        let number = text.utf8.drop { $0 == UInt8(ascii: " ") }.drop(while: \.isDigit)
        return number.drop { $0 == UInt8(ascii: " ") }.first == UInt8(ascii: "|")
    }

    /// Whether a tool says that the disk is full, rather than a source that a compiler speaks of.
    private static func tellsOfFullDisk(_ text: String) -> Bool {
        let words = "No space left on device"
        guard text.contains(words), !isExcerpt(text) else { return false }
        guard let message = placed(text)?.message else { return true }
        // Compilers name the place where they were when the file that they write could not grow.
        return message.lowercased().hasPrefix("fatal error: ")
            && (message.hasSuffix(words) || message.hasSuffix("\(words)'"))
    }

    /// Whether a shell, make or a compiler's driver says that a process was killed.
    private static func tellsOfKilling(_ text: String) -> Bool {
        guard !isExcerpt(text), placed(text) == nil else { return false }
        if text.hasPrefix("make"), text.contains(": *** [") {
            return text.hasSuffix("] Killed") || text.hasSuffix("] Error 137")
        }
        if text.hasPrefix("error: ") {
            return text.hasSuffix("signal: 9 (SIGKILL)") || text.hasSuffix("(signal: 9, SIGKILL: kill)")
        }
        return text == "Killed" || text.contains(": fatal error: Killed signal terminated program ")
            || text.contains(": internal compiler error: Killed (program ")
            || text.hasSuffix(" terminated with signal 9 [Killed]")
            || (text.contains(" Killed") && text.contains(/: line [0-9]+: +[0-9]+ Killed( |$)/))
    }

    private static func rustPlace(_ text: Substring) -> Finding.Location {
        let parts = text.split(separator: ":")
        guard parts.count >= 2, let line = Int(parts[1]) else { return Finding.Location(file: shortened(text)) }
        return Finding.Location(file: shortened(parts[0]), line: line)
    }

    private mutating func remember(_ text: String) {
        guard fallback == nil, !text.allSatisfy(\.isWhitespace) else { return }
        recent.append(text)
        if recent.count > 8 { recent.removeFirst() }
    }

    /// make's and kbuild's lines about themselves; `*** [` and `Error N` are only the echo of an error.
    private mutating func isMakesOwn(_ text: String) -> Bool {
        guard text.hasPrefix("make"), let mark = text.prefixMatch(of: #/make(\[.*?\])?: /#) else { return false }
        let body = text[mark.range.upperBound...]
        collecting = false
        guard body.hasPrefix("*** ") else { return true }
        if body.hasPrefix("*** [") {
            if fallback == nil { fallback = Draft(kind: .unknown, place: nil, lines: recent + [text]) }
            return true
        }
        if body.hasPrefix("*** Waiting for unfinished jobs") || body.hasPrefix("*** wait: No child") { return true }
        begin(.make, nil, text)
        collecting = false
        return true
    }

    /// Takes a line that starts an error or a warning; false for any other.
    private mutating func recognise(_ text: String) -> Bool {
        if Self.tellsOfKilling(text) {
            begin(.killed, nil, text)
            collecting = false
            return true
        }
        if isContext(text) {
            collecting = false
            context.append(text)
            if context.count > 4 { context.removeFirst() }
            return true
        }
        if let (place, message) = Self.placed(text), recognise(message, at: place, text) { return true }
        if recogniseTool(text) { return true }
        if text.hasPrefix("error: ") || text.hasPrefix("error[") {
            if text.hasPrefix("error: aborting due to") || text.hasPrefix("error: could not compile") {
                collecting = false
                return true
            }
            begin(.rustCompiler, nil, text)
            if collecting { awaitsRustPlace = (true, text) }
            return true
        }
        if text.hasPrefix("warning: ") {
            collecting = false
            // rustc's count of its warnings is none of them.
            if text.hasSuffix("warning emitted") || text.hasSuffix("warnings emitted") { return true }
            awaitsRustPlace = (false, String(text.dropFirst(9)))
            return true
        }
        if text.hasPrefix("WARNING: ") {
            warn(nil, text.dropFirst(9))
            collecting = false
            return true
        }
        return false
    }

    private func isContext(_ text: String) -> Bool {
        text.hasPrefix("In file included from ") || text.hasPrefix("                 from ")
            || text.hasSuffix(": Assembler messages:") || text.hasSuffix(": At top level:")
            || (text.hasSuffix("':") && (text.contains(": In function ") || text.contains(": in function `")))
    }

    private mutating func recognise(_ message: Substring, at place: Finding.Location, _ text: String) -> Bool {
        let name = place.file.split(separator: "/").last ?? ""
        if message.hasPrefix("warning:") {
            warn(place, message.dropFirst(8).drop(while: { $0 == " " }))
            context = []
            collecting = false
            return true
        }
        // `ld` puts the section between the line and what it says: `main.c:4:(.text+0xe): undefined reference to`.
        var said = message
        if said.hasPrefix("("), let end = said.range(of: "): ") { said = said[end.upperBound...] }
        let kind: BuildError.Kind
        if message.hasPrefix("*** ") {
            kind = .make
        } else if message.hasPrefix("error:") || message.hasPrefix("fatal error:") {
            kind = name.hasPrefix("Kconfig") ? .kconfig : .cCompiler
        } else if message.hasPrefix("Error: ") || message.hasPrefix("Fatal error: ") {
            kind = .assembler
        } else if said.hasPrefix("undefined reference") || said.hasPrefix("multiple definition") {
            kind = .linker
        } else if name.hasPrefix("Kconfig"), !message.hasPrefix("note") {
            kind = .kconfig
        } else {
            return false
        }
        begin(kind, place, text)
        return true
    }

    /// Errors without a place in a source file.
    private mutating func recogniseTool(_ text: String) -> Bool {
        if text.hasPrefix("ERROR: modpost: ") || text.hasPrefix("FATAL: modpost: ") {
            begin(.modpost, nil, text)
            return true
        }
        if text.hasPrefix("***") {
            if !collecting { begin(lastStep == nil ? .kconfig : .make, nil, text) } else { continueError(text) }
            return true
        }
        if text.contains("Unable to generate bindings") || text.contains("Failed to generate bindings") {
            // bindgen prints what libclang found as libclang does, and then says so itself.
            if error?.kind == .cCompiler, let first = error?.lines.last(where: { $0.contains("error: ") }),
                text.contains(first)
            {
                error?.kind = .bindgen
                return true
            }
            begin(.bindgen, nil, text)
            return true
        }
        guard let colon = text.range(of: ": ") else { return false }
        let program = text[..<colon.lowerBound].split(separator: "/").last ?? ""
        let rest = text[colon.upperBound...]
        guard !program.contains(" ") else { return false }
        if program == "ld" || program.hasSuffix("-ld") || program.hasSuffix("ld.bfd") || program.hasSuffix("ld.lld") {
            if rest.contains("warning:") {
                warn(nil, rest)
                return true
            }
            if let (place, message) = Self.placed(rest), recognise(message, at: place, text) { return true }
            begin(.linker, nil, text)
            return true
        }
        let isCompiler =
            ["cc1", "collect2", "clang", "as"].contains(program) || ["gcc", "-as"].contains(where: program.hasSuffix)
        let isCompilers = isCompiler && ["error:", "fatal error:", "Error:"].contains(where: rest.hasPrefix)
        guard isCompilers || rest.contains("undefined reference to") else { return false }
        begin(isCompilers ? .cCompiler : .linker, nil, text)
        return true
    }

    private mutating func continueError(_ text: String) {
        guard let count = error?.lines.count, count < Self.mostLines else {
            collecting = false
            return
        }
        if text.isEmpty {
            collecting = error?.kind == .kconfig
            return
        }
        error?.lines.append(text)
    }

    /// What the lines so far say of the failure.
    func firstError(log: FilePath) -> BuildError {
        func made(_ kind: BuildError.Kind, _ draft: Draft) -> BuildError {
            BuildError(
                kind: kind, place: draft.place, text: draft.lines.suffix(Self.mostLines).joined(separator: "\n"),
                log: log)
        }
        // A full disk makes compilers fail in odd ways, so it explains the others.
        if let full { return BuildError(kind: .diskFull, place: nil, text: full, log: log) }
        if let error { return made(error.kind, error) }
        if let killed { return BuildError(kind: .killed, place: nil, text: killed, log: log) }
        return made(.unknown, fallback ?? Draft(kind: .unknown, place: nil, lines: recent))
    }
}
