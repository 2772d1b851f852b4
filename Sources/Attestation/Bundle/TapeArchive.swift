// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// A file of a bundle.
package struct BundleFile: Hashable, Sendable {
    /// Below the bundle's folder, with slashes: `logs/build.log`.
    package let name: String
    package let bytes: [UInt8]
    package let isExecutable: Bool
    /// Of the bytes.
    let digest: Digest

    package init(_ name: String, _ bytes: [UInt8], isExecutable: Bool = false) {
        self.init(name, bytes, isExecutable, Digest(of: bytes))
    }

    private init(_ name: String, _ bytes: [UInt8], _ isExecutable: Bool, _ digest: Digest) {
        self.name = name
        self.bytes = bytes
        self.isExecutable = isExecutable
        self.digest = digest
    }

    /// The same under another name.
    func named(_ name: String) -> BundleFile { BundleFile(name, bytes, isExecutable, digest) }

    /// As statements name it.
    var subject: Subject { Subject(name, digest) }
}

/// Plain files in a ustar archive (POSIX.1-2017, pax, § ustar Interchange Format), one way to write each.
///
/// What is read is written again and compared: so there are no links, devices or extended headers, no second file of a name,
/// and no byte in which two archives of the same files can differ.
package enum TapeArchive {
    package static let largestName = 255
    /// Files, of an archive that is read.
    package static let mostFiles = 100_000
    private static let block = 512

    /// Names in any order; the archive has them as they are given. `time` is in seconds since 1970.
    ///
    /// Throws `Failure` with code `bundle.name` where a name has no place in a header.
    package static func bytes(of files: [BundleFile], time: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(files.reduce(1024) { $0 + $1.bytes.count + 2 * block })
        for file in files {
            bytes += try header(file.name, size: file.bytes.count, isExecutable: file.isExecutable, time: time)
            bytes += file.bytes
            bytes += padding(behind: file.bytes.count)
        }
        return bytes + [UInt8](repeating: 0, count: 2 * block)
    }

    private static func padding(behind size: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: (block - size % block) % block)
    }

    private static func header(
        _ path: String, size: Int, isExecutable: Bool, time: Int
    ) throws -> [UInt8] {
        guard isName(path), let (prefix, name) = split(path) else {
            throw Failure(
                "bundle.name", "“\(path)” can't be the name of a file in a bundle", advice: "give it another name")
        }
        var header: [UInt8] = []
        func add(_ text: some Sequence<UInt8>, _ width: Int) {
            let bytes = Array(text)
            header += bytes + [UInt8](repeating: 0, count: width - bytes.count)
        }
        func add(octal value: Int, _ width: Int) {
            let digits = String(value, radix: 8)
            add((String(repeating: "0", count: max(0, width - 1 - digits.utf8.count)) + digits).utf8, width)
        }
        add(name, 100)
        add(octal: isExecutable ? 0o755 : 0o644, 8)
        add(octal: 0, 8)
        add(octal: 0, 8)
        add(octal: size, 12)
        add(octal: time, 12)
        header += [UInt8](repeating: UInt8(ascii: " "), count: 8)
        add("0".utf8, 1)
        add([], 100)
        add("ustar".utf8, 6)
        add("00".utf8, 2)
        add([], 32)
        add([], 32)
        add(octal: 0, 8)
        add(octal: 0, 8)
        add(prefix, 155)
        add([], 12)
        let sum = String(header.reduce(0) { $0 + Int($1) }, radix: 8)
        let text = String(repeating: "0", count: 6 - sum.utf8.count) + sum
        header.replaceSubrange(148..<156, with: Array(text.utf8) + [0, UInt8(ascii: " ")])
        return header
    }

    /// Where the name is parted into the two fields that it has, at the first slash that does it.
    private static func split(_ name: String) -> (prefix: [UInt8], name: [UInt8])? {
        let bytes = Array(name.utf8)
        if bytes.count <= 100 { return ([], bytes) }
        guard
            let slash = bytes.indices.first(where: {
                bytes[$0] == UInt8(ascii: "/") && bytes.count - $0 - 1 <= 100 && $0 <= 155 && $0 > 0
            })
        else { return nil }
        return (Array(bytes[..<slash]), Array(bytes[(slash + 1)...]))
    }

    /// Whether a name leads to a place below a folder, in letters that every system has.
    package static func isName(_ name: String) -> Bool {
        guard (1...largestName).contains(name.utf8.count) else { return false }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return parts.allSatisfy { part in
            !part.isEmpty && part != "." && part != ".." && !part.hasPrefix("-")
                && part.utf8.allSatisfy { $0.isWord || "+-.:@~".utf8.contains($0) }
        }
    }

    /// What an archive says of a file before its bytes come.
    package struct Announced {
        package let name: String
        package let size: Int
        package let isExecutable: Bool
        /// Of its header, in the archive as it is unpacked.
        package let offset: Int
    }

    static func failure(_ offset: Int, _ reason: String) -> Failure {
        Failure(
            "bundle.unreadable", "the archive is not one that Bessemer writes: at byte \(offset), \(reason)",
            advice: "take the bundle from where it was made")
    }

    /// Reads an archive file by file: `admit` is asked before the bytes of one are read, and throws where they are not
    /// wanted; `take` gets each file. Returns the time of all of them.
    ///
    /// Throws `Failure` with code `bundle.unreadable`, and what the two throw.
    @discardableResult
    package static func read(
        _ stream: ArchiveStream, admit: (Announced) throws -> Void, take: (BundleFile) throws -> Void
    ) throws -> Int {
        var names: Set<String> = []
        var time: Int?
        while true {
            let at = stream.offset
            var header: [UInt8] = []
            try stream.read(block, into: &header)
            guard header.count == block, header[0] != 0 else {
                try stream.read(block + 1, into: &header)
                guard header.count == 2 * block, header.allSatisfy({ $0 == 0 }) else {
                    throw failure(at, "the archive does not end with two blocks of zeros")
                }
                return time ?? 0
            }
            guard names.count < mostFiles else { throw failure(at, "there are more than \(mostFiles) files") }
            guard let (announced, moment) = announced(header, at: at), time ?? moment == moment else {
                throw failure(
                    at,
                    "“\(name(in: header))” is a link, a device, a name that leads elsewhere, or otherwise unusual")
            }
            guard names.insert(announced.name).inserted else { throw failure(at, "“\(announced.name)” is there twice") }
            time = moment
            try admit(announced)
            var bytes: [UInt8] = []
            bytes.reserveCapacity(announced.size)
            try stream.read(announced.size, into: &bytes)
            guard bytes.count == announced.size else { throw failure(at, "the file is cut off") }
            var zeros: [UInt8] = []
            let wanted = padding(behind: announced.size)
            try stream.read(wanted.count, into: &zeros)
            guard zeros == wanted else {
                throw failure(at + block + announced.size, "there are other bytes than zeros behind a file")
            }
            try take(BundleFile(announced.name, bytes, isExecutable: announced.isExecutable))
        }
    }

    private static func name(in header: [UInt8]) -> String {
        func text(_ range: Range<Int>) -> String { String(decoding: header[range].prefix { $0 != 0 }, as: UTF8.self) }
        let prefix = text(345..<500)
        return (prefix.isEmpty ? "" : prefix + "/") + text(0..<100)
    }

    /// nil for a header that is not one that `header` makes.
    private static func announced(_ bytes: [UInt8], at offset: Int) -> (Announced, time: Int)? {
        func octal(_ range: Range<Int>) -> Int? {
            let digits = bytes[range].prefix { $0 != 0 }
            return digits.isEmpty || !digits.allSatisfy({ (0x30...0x37).contains($0) })
                ? nil : Int(String(decoding: digits, as: UTF8.self), radix: 8)
        }
        let name = name(in: bytes)
        guard let size = octal(124..<136), let time = octal(136..<148), let mode = octal(100..<108),
            let own = try? header(name, size: size, isExecutable: mode == 0o755, time: time), own == bytes
        else { return nil }
        return (Announced(name: name, size: size, isExecutable: mode == 0o755, offset: offset), time)
    }
}
