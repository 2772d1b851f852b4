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
            bytes += try header(file, time: time)
            bytes += file.bytes
            bytes += padding(behind: file.bytes.count)
        }
        return bytes + [UInt8](repeating: 0, count: 2 * block)
    }

    private static func padding(behind size: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: (block - size % block) % block)
    }

    private static func header(_ file: BundleFile, time: Int) throws -> [UInt8] {
        guard isName(file.name), let (prefix, name) = split(file.name) else {
            throw Failure(
                "bundle.name", "“\(file.name)” can't be the name of a file in a bundle", advice: "give it another name")
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
        add(octal: file.isExecutable ? 0o755 : 0o644, 8)
        add(octal: 0, 8)
        add(octal: 0, 8)
        add(octal: file.bytes.count, 12)
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

    /// The files in the archive. Throws `Failure` with code `bundle.unreadable`.
    package static func files(of bytes: [UInt8]) throws -> (files: [BundleFile], time: Int) {
        func failure(_ offset: Int, _ reason: String) -> Failure {
            Failure(
                "bundle.unreadable", "the archive is not one that Bessemer writes: at byte \(offset), \(reason)",
                advice: "take the bundle from where it was made")
        }
        func octal(_ range: Range<Int>) -> Int? {
            let digits = bytes[range].prefix { $0 != 0 }
            return digits.isEmpty || !digits.allSatisfy({ (0x30...0x37).contains($0) })
                ? nil : Int(String(decoding: digits, as: UTF8.self), radix: 8)
        }
        func text(_ range: Range<Int>) -> String { String(decoding: bytes[range].prefix { $0 != 0 }, as: UTF8.self) }
        var files: [BundleFile] = []
        var names: Set<String> = []
        var time: Int?
        var at = 0
        while at + block <= bytes.count, bytes[at] != 0 {
            guard files.count < mostFiles else { throw failure(at, "there are more than \(mostFiles) files") }
            guard let size = octal(at + 124..<at + 136), let moment = octal(at + 136..<at + 148),
                let mode = octal(at + 100..<at + 108), size <= bytes.count - at - block
            else { throw failure(at, "a header can't be read, or its file is cut off") }
            let prefix = text(at + 345..<at + 500)
            let name = (prefix.isEmpty ? "" : prefix + "/") + text(at..<at + 100)
            let start = at + block
            let file = BundleFile(name, Array(bytes[start..<start + size]), isExecutable: mode == 0o755)
            guard isName(name), let own = try? header(file, time: moment), own.elementsEqual(bytes[at..<start]),
                time ?? moment == moment
            else {
                throw failure(at, "“\(name)” is a link, a device, a name that leads elsewhere, or otherwise unusual")
            }
            guard names.insert(name).inserted else { throw failure(at, "“\(name)” is there twice") }
            let end = start + size + (block - size % block) % block
            guard end <= bytes.count, bytes[start + size..<end].allSatisfy({ $0 == 0 }) else {
                throw failure(start + size, "there are other bytes than zeros behind a file")
            }
            files.append(file)
            time = moment
            at = end
        }
        guard bytes.count - at == 2 * block, bytes[at...].allSatisfy({ $0 == 0 }) else {
            throw failure(at, "the archive does not end with two blocks of zeros")
        }
        return (files, time ?? 0)
    }
}
