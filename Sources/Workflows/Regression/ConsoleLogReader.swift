// SPDX-License-Identifier: Apache-2.0
internal import Guest
internal import Host
package import Records

/// Reads one saved console, in pieces as they come.
package struct ConsoleLogReader {
    /// A console that is longer is not read to its end.
    package struct Limits: Sendable {
        package var bytes = 2 << 30
        package var lines = 30_000_000

        package init() {}
    }

    private let name: String
    private let limits: Limits
    private var reader = ConsoleReader()
    private var digester = Digester()
    private var bytes = 0
    private var zeros = 0
    /// Its first bytes, of which other forms than text are known.
    private var start: [UInt8] = []

    private static let startSize = 16 << 10
    private static let forms = [
        ("\"dmesg\":", "the JSON of dmesg", "dmesg"), ("\"MESSAGE\":", "the JSON of journalctl", "journalctl -k"),
        ("\"MESSAGE\" :", "the JSON of journalctl", "journalctl -k"),
        ("__REALTIME_TIMESTAMP=", "the export format of journalctl", "journalctl -k"),
        ("    _TRANSPORT=", "the verbose form of journalctl", "journalctl -k"),
        ("\"lvl\":", "the YAML of LAVA", "yq --raw-output '.[].msg'"),
        ("lvl: target", "the YAML of LAVA", "yq --raw-output '.[].msg'"),
    ].map { (mark: $0.0, name: $0.1, command: $0.2) }

    private static let compressions: [(magic: [UInt8], command: String)] = [
        ([0x1f, 0x8b], "zcat"), ([0x28, 0xb5, 0x2f, 0xfd], "zstdcat"), ([0xfd, 0x37, 0x7a, 0x58, 0x5a], "xzcat"),
        ([0x42, 0x5a, 0x68], "bzcat"),
    ]

    package init(name: String, limits: Limits = Limits()) {
        self.name = name
        self.limits = limits
    }

    /// Throws `Failure` with code `console.limit` beyond the limits.
    package mutating func add(_ piece: [UInt8]) throws {
        bytes += piece.count
        guard bytes <= limits.bytes, reader.lines <= limits.lines else {
            let limit =
                bytes > limits.bytes
                ? "\(limits.bytes >> 20) MiB" : "\(limits.lines) lines"
            throw Failure(
                "console.limit", "\(name) is longer than \(limit); reading stopped at line \(reader.lines)",
                advice: "give a part of it, such as `tail --bytes 1G FILE | bessemer console -`")
        }
        digester.add(piece)
        zeros += piece.count { $0 == 0 }
        if start.count < Self.startSize { start += piece.prefix(Self.startSize - start.count) }
        reader.add(piece)
    }

    /// The console has no more bytes. Where it wraps its lines, `again` hands over the same bytes once more; lines stay
    /// as they are where it is nil.
    ///
    /// Throws what `again` throws, and `Failure` with code `file.changed` where the bytes are others then.
    package mutating func finish(
        again: ((_ take: ([UInt8]) -> Void) throws -> Void)? = nil
    ) throws -> ConsoleReport.Log {
        var tests = reader.finish()
        let digest = digester.finish()
        var notes: [String] = []
        if let columns = reader.columns {
            if let again, var second = reader.rereader {
                var digester = Digester()
                try again { piece in
                    digester.add(piece)
                    second.add(piece)
                }
                guard digester.finish() == digest else {
                    throw Failure(
                        "file.changed", "\(name) changed while it was read", advice: "read it when it is complete")
                }
                tests = second.finish()
                reader = second
                notes.append("lines are wrapped at \(columns) columns; \(second.joinedLines) joined")
            } else {
                let reason =
                    reader.rereader == nil
                    ? "something else writes text before lines" : "the log could not be read twice: give it as a file"
                notes.append("lines are wrapped at \(columns) columns, and were not joined, since \(reason)")
            }
        }
        if bytes == 0 { notes.append("it is empty") }
        if zeros > bytes / 10 { notes.append("it is not text: one byte in ten or more is zero") }
        if let packer = Self.compressions.first(where: { start.starts(with: $0.magic) }) {
            notes.append("it is compressed: `\(packer.command) FILE | bessemer console -`")
        }
        if let form = Self.forms.first(where: { start.firstRange(of: $0.mark.utf8) != nil }) {
            tests = []
            notes.append("it is \(form.name), in which results are not read: give what `\(form.command)` prints")
        }
        if reader.starts > 1 {
            notes.append("\(reader.starts) kernels started in it; the results are of all of them")
        }
        if let prefix = reader.prefix {
            notes.append("its lines begin with what is not the kernel's, as in \"\(prefix)\"; that was taken off")
        }
        if tests.isEmpty, bytes > 0 { notes.append("no test results in the form of KTAP or TAP were found in it") }
        if !tests.isEmpty, !reader.isWhole {
            notes.append("its end is not known to be the end of the tests: others may have run, or were to run")
        }
        return ConsoleReport.Log(
            name: name, bytes: bytes, lines: reader.lines, sha256: digest, release: reader.release,
            prefix: reader.prefix,
            wrapping: reader.joinedLines == 0
                ? nil : reader.columns.map { ConsoleReport.Wrapping(columns: $0, joined: reader.joinedLines) },
            isWhole: reader.isWhole && !tests.isEmpty, documents: reader.documents, isEnded: reader.isEnded,
            events: reader.events, tests: tests,
            counts: tests.reduce(into: TestCounts()) { $0 += $1.counts }, notes: notes)
    }
}
