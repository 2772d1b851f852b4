// SPDX-License-Identifier: Apache-2.0
internal import Guest
internal import Host

/// What one run of the drill's machine said on its console, boot by boot.
///
/// Any bytes will do. Only whole lines of printk that begin with the session's own marker are taken for the guest's
/// words; a line that was cut, or that holds something else before the marker, proves nothing.
struct DrillConsole: Sendable {
    /// A line that counts.
    struct Word: Sendable, Hashable {
        /// The first word after the marker: `kernel`, `status`, …
        let name: String
        let text: String
        let line: Int
        /// As it stands on the console, its prefix included.
        let whole: String
        /// Since the machine was switched on.
        let seconds: Double
    }

    /// From one IPL to the next.
    struct Boot: Sendable, Hashable {
        /// The load parameter that the boot firmware names; nil where it was not seen.
        var loadParameter: String?
        var words: [Word] = []
        /// What the kernel said when it died.
        var lastWords: [Word] = []

        func word(_ name: String) -> Word? { words.first { $0.name == name } }
        /// The word of that name whose text begins so.
        func word(_ name: String, _ start: String) -> Word? {
            words.first { $0.name == name && ($0.text == start || $0.text.hasPrefix(start + " ")) }
        }
        var fingerprint: Digest? { word("kernel").flatMap { Digest(hexadecimal: $0.text) } }
        /// Exit status of a command that the guest ran.
        func status(_ name: String) -> Int? {
            word("status", name).flatMap { Int($0.text.dropFirst(name.utf8.count + 1)) }
        }
        /// What that command said.
        func output(_ name: String) -> [String] {
            words.filter { $0.name == "out" && $0.text.hasPrefix(name + " ") }.map {
                String($0.text.dropFirst(name.utf8.count + 1))
            }
        }
        /// What that command said last.
        func end(of name: String) -> String { output(name).suffix(3).joined(separator: "; ") }
    }

    private static let mostWords = 4000
    /// The word for zipl's beginning to write.
    static let ziplWrites = "zipl-writes"

    private let marker: String
    private var assembler = LineAssembler()
    private var count = 0
    private(set) var boots: [Boot] = []
    /// The last line that is not empty.
    private(set) var lastLine = ""

    init(session: String) {
        marker = DrillScripts.marker(session)
    }

    var lines: Int { assembler.lines }

    /// Takes bytes as they come; returns the words in them.
    mutating func add(_ bytes: [UInt8], at seconds: Double) -> [Word] {
        var lines: [ConsoleLine] = []
        assembler.add(bytes) { lines.append($0) }
        return lines.compactMap { read($0, seconds) }
    }

    mutating func finish() {
        var lines: [ConsoleLine] = []
        assembler.finish { lines.append($0) }
        for line in lines { _ = read(line, 0) }
    }

    private mutating func read(_ line: ConsoleLine, _ seconds: Double) -> Word? {
        if !line.text.isEmpty { lastLine = line.text }
        let (isKernel, message) = line.record
        guard !line.isCut else { return nil }
        func word(_ name: String, _ text: String) -> Word {
            Word(name: name, text: text, line: line.number, whole: line.text, seconds: seconds)
        }
        if !isKernel {
            // pc-bios/s390-ccw says with which load parameter it starts; no kernel is there yet to say it.
            if message.hasPrefix("LOADPARM=["), let end = message.firstIndex(of: "]") {
                let text = message[message.index(message.startIndex, offsetBy: 10)..<end]
                boots.append(Boot(loadParameter: text.filter { $0 != " " }))
            }
            // zipl's own word before it writes the boot record: tells when to cut the power, and nothing else.
            guard message.hasPrefix("Preparing boot device") else { return nil }
            return word(Self.ziplWrites, message)
        }
        if message.hasPrefix(marker), count < Self.mostWords {
            count += 1
            let rest = message.dropFirst(marker.utf8.count)
            let name = String(rest.prefix { $0 != " " })
            let said = word(name, String(rest.dropFirst(name.count + 1)))
            if boots.isEmpty || name == "boot" && boots[boots.count - 1].word("boot") != nil { boots.append(Boot()) }
            boots[boots.count - 1].words.append(said)
            return said
        }
        let isDeath = message.contains("panicked at") || message.hasPrefix("Kernel panic - not syncing")
        if isDeath, !boots.isEmpty, boots[boots.count - 1].lastWords.count < 8 {
            boots[boots.count - 1].lastWords.append(word("death", message))
        }
        return nil
    }
}
