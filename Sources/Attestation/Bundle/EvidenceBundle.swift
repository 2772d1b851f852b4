// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
package import Records
package import Signing

/// The files of one run in a folder of their own, with a signed statement that names every one of them.
package struct EvidenceBundle: Sendable {
    /// The names that have a part in how a bundle is checked.
    package enum Name {
        /// The statement whose subjects are all other files.
        package static let statement = "bundle.dsse.json"
        /// An RFC 3161 token of the statement's first signature; like the statement, it can't be among its subjects.
        package static let timestamp = "bundle.tsr"
        package static let sha256 = "SHA256SUMS"
        package static let sha512 = "SHA512SUMS"
        /// The run's entry in the log: its statement, and its body.
        package static let record = "record.json"
        package static let body = "record.body.json"
        /// The log's head, and the proof that the entry is in it.
        package static let head = "head.checkpoint"
        package static let proof = "record.sigsum-proof"
    }

    /// The folder's name.
    package let name: String
    /// Sorted by name.
    package let files: [BundleFile]
    /// Of all files, in seconds since 1970.
    package let time: Int
    /// Whether the signed list comes first in the archive, so that it says what may follow. Archives of before have the
    /// files in the order of their names.
    private let isListFirst: Bool

    /// Bytes of the signed list, which is read before its signature is known: enough for `TapeArchive.mostFiles`.
    static let largestStatement = 64 << 20
    /// Bytes of an RFC 3161 response; those of public services have some 6,000.
    static let largestToken = 1 << 16
    /// Bytes of a bundle that is read, unpacked.
    package static let largest = 2 << 30
    /// The same where no signature by the key that was given says how many there are.
    package static let largestUnsigned = 256 << 20

    /// Signs files, which have names of their own each.
    ///
    /// `statement` is given all of them with the two lists of their sums and the number of their bytes, and `timestamp` the first signature's bytes: it returns an RFC 3161 response in DER. Throws as signers do.
    package init(
        _ name: String, time: Int, contents: [BundleFile], signers: [any Signer],
        timestamp: (([UInt8]) async throws -> [UInt8])? = nil,
        statement: (_ files: [Subject], _ bytes: Int) -> InTotoStatement<BundlePredicate>
    ) async throws {
        let sorted = contents.sorted { $0.name.precedes($1.name) }
        let sums = [
            BundleFile(Name.sha256, Self.sums(sorted) { $0.digest.hexadecimal }),
            BundleFile(Name.sha512, Self.sums(sorted, Self.sha512)),
        ]
        let listed = (sorted + sums).sorted { $0.name.precedes($1.name) }
        let size = listed.reduce(0) { $0 + $1.bytes.count }
        let statement = try await statement(listed.map(\.subject), size).signed(by: signers)
        var files = listed + [BundleFile(Name.statement, statement.bytes)]
        if let timestamp, let signature = statement.signatures.first {
            files.append(BundleFile(Name.timestamp, try await timestamp(signature.bytes)))
        }
        self.init(name: name, time: time, files: files)
    }

    private init(name: String, time: Int, files: [BundleFile], isListFirst: Bool = true) {
        self.isListFirst = isListFirst
        self.name = name
        self.time = time
        self.files = files.sorted { $0.name.precedes($1.name) }
    }

    /// As `sha256sum` and `sha512sum` write and check them.
    private static func sums(_ files: [BundleFile], _ digest: (BundleFile) -> String) -> [UInt8] {
        files.flatMap { Array("\(digest($0))  \($0.name)\n".utf8) }
    }

    private static func sha512(_ file: BundleFile) -> String {
        LongDigest(of: file.bytes).hexadecimal
    }

    package subscript(_ name: String) -> [UInt8]? { files.first { $0.name == name }?.bytes }

    /// Always the same for the same bundle. Throws `Failure` with codes `bundle.name` and `bundle.memory`.
    package func archive(_ compression: ArchiveCompression) throws -> [UInt8] {
        let list = isListFirst ? files.filter { $0.name == Name.statement } : []
        let others = isListFirst ? files.filter { $0.name != Name.statement } : files
        let named = (list + others).map { $0.named("\(name)/\($0.name)") }
        return try compression.compressed(try TapeArchive.bytes(of: named, time: time))
    }

    /// Reads an archive, whose digests are not looked at yet. Its memory follows what the key has signed: once the list is
    /// read, no more bytes are than it says.
    ///
    /// Throws `Failure` with code `bundle.unreadable`, `bundle.too-large` or `bundle.memory`.
    package init(archive: [UInt8], key: PublicKey? = nil) throws {
        guard let compression = ArchiveCompression(archive) else {
            throw Failure(
                "bundle.unreadable", "the file is neither a .tar.zst nor a .tar.gz",
                advice: "name a bundle that `bessemer evidence bundle` wrote")
        }
        var folder: String?
        var files: [BundleFile] = []
        var room = Self.largestUnsigned
        var limit =
            "the \(room >> 20) MiB that are read where no signature by the key that was given says how many there are"
        let time = try TapeArchive.read(try ArchiveStream(archive, compression)) { file in
            folder = folder ?? file.name.split(separator: "/").first.map(String.init)
            guard let folder, file.name.hasPrefix("\(folder)/") else {
                throw TapeArchive.failure(file.offset, "“\(file.name)” is not in the folder of the others")
            }
            guard file.isExecutable == AuditorFiles.isExecutable(String(file.name.dropFirst(folder.utf8.count + 1)))
            else {
                throw TapeArchive.failure(
                    file.offset, "“\(file.name)” has mode \(file.isExecutable ? "0755" : "0644"), which is not its own")
            }
            guard file.size <= room else {
                throw Failure(
                    "bundle.too-large",
                    "the archive has too many bytes: at byte \(file.offset), “\(file.name)” with \(file.size) goes beyond \(limit)",
                    advice: "give the producer's key with --key, and take the bundle from where it was made")
            }
            guard file.size <= Self.largestStatement || !file.name.hasSuffix("/\(Name.statement)") else {
                throw TapeArchive.failure(
                    file.offset, "“\(file.name)” has \(file.size) bytes, which no list of files has")
            }
            room -= file.size
        } take: { file in
            let file = file.named(String(file.name.dropFirst((folder ?? "").utf8.count + 1)))
            files.append(file)
            guard file.name == Name.statement, let key, let signed = SignedList.bytes(file.bytes, signedBy: key) else {
                return
            }
            let before = files.reduce(0) { $0 + $1.bytes.count } - file.bytes.count
            room = max(0, min(signed, Self.largest) - before) + Self.largestToken
            limit = "the \(signed) bytes that are signed"
        }
        guard let folder, let first = files.first else {
            throw Failure(
                "bundle.unreadable", "the archive has no files", advice: "take the bundle from where it was made")
        }
        self.init(name: folder, time: time, files: files, isListFirst: first.name == Name.statement)
    }

    /// The sums of the files that the two lists name, as they have to be.
    func sums() -> (sha256: [UInt8], sha512: [UInt8]) {
        let outside = [Name.sha256, Name.sha512, Name.statement, Name.timestamp]
        let listed = files.filter { !outside.contains($0.name) }
        return (Self.sums(listed) { $0.digest.hexadecimal }, Self.sums(listed, Self.sha512))
    }
}
