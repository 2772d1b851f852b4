// SPDX-License-Identifier: Apache-2.0
import Attestation
import Evidence
import Foundation
import Host
import Records
import Signing
import SystemPackage
import TestSupport
import Testing

@Suite struct TapeArchiveTests {
    private let files = [
        BundleFile("a/b.txt", Array("b".utf8)), BundleFile("a/empty", []),
        BundleFile("a/\(String(repeating: "long/", count: 25))name", [UInt8](repeating: 7, count: 513)),
        BundleFile("a/verify.sh", Array("#!/bin/sh\n".utf8), isExecutable: true),
    ]

    private func files(
        of bytes: [UInt8], _ compression: ArchiveCompression? = nil
    ) throws -> (files: [BundleFile], time: Int) {
        var files: [BundleFile] = []
        let time = try TapeArchive.read(
            try ArchiveStream(bytes, compression), admit: { _ in }, take: { files.append($0) })
        return (files, time)
    }

    @Test func `tar unpacks what is written, and its archive of the same files is read only where it is ours`()
        async throws
    {
        try await withTemporaryFolder { folder in
            for compression in ArchiveCompression.allCases {
                let name = "x\(compression.rawValue)"
                let packed = try compression.compressed(try TapeArchive.bytes(of: files, time: 1_800_000_000))
                try AtomicFile.write(packed, to: folder.appending(name))
                let tar = try await Command("tar", ["-xf", name], workingDirectory: folder).capture()
                #expect(tar.succeeded, "\(tar.error)")
                for file in files {
                    let path = folder.pushing(FilePath(file.name))
                    #expect(try Files.bytes(path) == file.bytes)
                    #expect(((Files.status(path)?.st_mode ?? 0) & 0o111 != 0) == file.isExecutable)
                }
                let read = try files(of: packed, compression)
                #expect(read.files == files && read.time == 1_800_000_000)
            }
            try FileManager.default.createSymbolicLink(
                atPath: folder.appending("a/link").string, withDestinationPath: "/etc/passwd")
            _ = try await Command("tar", ["-cf", "other.tar", "a"], workingDirectory: folder).capture()
            let other = try Files.bytes(folder.appending("other.tar"))
            #expect(throws: Failure.self) { try files(of: other) }
        }
    }

    @Test(arguments: [
        "../x", "/x", "a//b", "a/./b", "a/..", "", "a\0b", "é", "-rf", String(repeating: "x", count: 101),
    ])
    func `a name that leads elsewhere is neither written nor read`(name: String) {
        #expect(throws: Failure.self) { try TapeArchive.bytes(of: [BundleFile(name, [])], time: 0) }
    }

    @Test func `no bit of an archive can change and still give the same files`() throws {
        let bytes = try TapeArchive.bytes(of: Array(files.prefix(2)), time: 1)
        for index in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[index] ^= 1 << UInt8(bit)
                guard let read = try? files(of: changed) else { continue }
                #expect(read.files != Array(files.prefix(2)), "byte \(index), bit \(bit)")
            }
        }
    }

    @Test func `twice the same name, and an archive that is cut off, are refused`() throws {
        let bytes = try TapeArchive.bytes(of: [files[0], files[0]], time: 1)
        #expect(throws: Failure.self) { try files(of: bytes) }
        let whole = try TapeArchive.bytes(of: files, time: 1)
        for end in stride(from: 0, to: whole.count, by: 100) {
            #expect(throws: Failure.self) { try files(of: Array(whole.prefix(end))) }
        }
    }

    @Test(arguments: ArchiveCompression.allCases)
    func `an archive is expanded as far as it is read, in frames and with padding as tools write them`(
        compression: ArchiveCompression
    ) throws {
        let bytes = (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 ^ ($0 >> 7)) }
        let packed = try compression.compressed(bytes)
        for input in [packed, packed + [0, 0, 0], packed + packed] {
            let stream = try ArchiveStream(input, compression)
            var read: [UInt8] = []
            try stream.read(100, into: &read)
            #expect(read == Array(bytes.prefix(100)) && stream.offset == 100)
            try stream.read(1 << 30, into: &read)
            #expect(
                read.count == (input.count < 2 * packed.count ? 1 : 2) * bytes.count
                    && read.prefix(bytes.count) == bytes[...])
            try stream.read(1, into: &read)
            #expect(stream.offset == read.count)
        }
        let damaged: [[UInt8]] = [packed.dropLast(5), packed + [1], Array(packed.prefix(packed.count / 2)), []]
        for input in damaged {
            let stream = try ArchiveStream(input, compression)
            var read: [UInt8] = []
            #expect(throws: Failure.self) { try stream.read(1 << 30, into: &read) }
        }
    }
}

@Suite struct BundleTests {
    /// A run whose build step keeps a log, in a bundle.
    private func bundle(
        signers: [any Signer], time: Int? = nil, more: [BundleFile] = []
    ) async throws -> EvidenceBundle {
        let store = MemoryEvidenceStore(recorder: "bessemer 0", projection: RecordTables())
        let log = await store.put(Array("CC init/main.o\n".utf8))
        let step = StepRecord(
            name: "build", startedAt: Date(timeIntervalSince1970: 1), milliseconds: 1, inputs: Digest(of: "in"),
            outcome: .done)
        let entry = try await store.append(try Entry.Draft(step, blobs: [Subject("build.log", log)]))
        let run = SampleRecord.passed()
        try await store.record(run, parents: [entry.digest])
        let evidence = try await RunEvidence(run.identifier, in: store)
        return try await EvidenceBundle(
            run.identifier, time: time ?? Int(run.finishedAt.timeIntervalSince1970),
            contents: evidence.bundleFiles + more, signers: signers
        ) {
            BundlePredicate.statement(
                run: run.identifier, head: nil, created: run.finishedAt, tool: "0", files: $0, bytes: $1)
        }
    }

    @Test(arguments: ArchiveCompression.allCases)
    func `a bundle is what it was when it is read again, and holds for its key alone`(
        compression: ArchiveCompression
    ) async throws {
        let key = try PrivateKey(generating: .ed25519)
        let archive = try await bundle(signers: [key]).archive(compression)
        let read = try EvidenceBundle(archive: archive)
        let report = read.check(by: key.publicKey, archive: archive)
        #expect(report.authenticity == .verified && report.faults.isEmpty && report.notes.isEmpty, "\(report)")
        #expect(read["logs/build/build.log"] == Array("CC init/main.o\n".utf8))
        #expect(read.check(by: nil, archive: archive).authenticity == .unknown)
        let other = try PrivateKey(generating: .ed25519)
        let refused = read.check(by: other.publicKey, archive: archive)
        #expect(refused.authenticity == .refused && refused.faults.count == 1, "\(refused.faults)")
        #expect(refused.faults.first?.contains("another key signed the bundle") == true)
    }

    @Test func `sha256sum and sha512sum agree`() async throws {
        let key = try PrivateKey(generating: .ed25519)
        let bundle = try await bundle(signers: [key])
        try await withTemporaryFolder { folder in
            try AtomicFile.write(bundle.archive(.gzip), to: folder.appending("b.tar.gz"))
            _ = try await Command("tar", ["-xf", "b.tar.gz"], workingDirectory: folder).capture()
            for (program, list) in [("sha256sum", "SHA256SUMS"), ("sha512sum", "SHA512SUMS")] {
                let outcome = try await Command(
                    program, ["--check", "--strict", list], workingDirectory: folder.appending(bundle.name)
                ).capture()
                #expect(outcome.succeeded, "\(outcome.error)")
            }
        }
    }

    @Test(.integration, arguments: ArchiveCompression.allCases)
    func `no bit of a small bundle can change without a word`(compression: ArchiveCompression) async throws {
        let key = try PrivateKey(generating: .ed25519)
        let archive = try await bundle(signers: [key]).archive(compression)
        for index in archive.indices {
            var changed = archive
            changed[index] ^= 1 << UInt8(index % 8)
            guard let read = try? EvidenceBundle(archive: changed) else { continue }
            let report = read.check(by: key.publicKey, archive: changed)
            #expect(!report.faults.isEmpty || !report.notes.isEmpty, "byte \(index)")
        }
    }

    /// The archive of other files in a bundle's folder.
    private func archive(_ files: [BundleFile], of bundle: EvidenceBundle) throws -> [UInt8] {
        let named = files.map { BundleFile("\(bundle.name)/\($0.name)", $0.bytes, isExecutable: $0.isExecutable) }
        return try ArchiveCompression.zstd.compressed(try TapeArchive.bytes(of: named, time: bundle.time))
    }

    @Test func `the signed list comes first, and archives in the order of names are read as before`() async throws {
        let key = try PrivateKey(generating: .ed25519)
        let bundle = try await bundle(signers: [key])
        var names: [String] = []
        let whole = try bundle.archive(.zstd)
        try TapeArchive.read(try ArchiveStream(whole, .zstd), admit: { names.append($0.name) }, take: { _ in })
        #expect(names.first == "\(bundle.name)/bundle.dsse.json")
        let older = try archive(bundle.files, of: bundle)
        #expect(older != whole)
        let read = try EvidenceBundle(archive: older, key: key.publicKey)
        let report = read.check(by: key.publicKey, archive: older)
        #expect(report.authenticity == .verified && report.notes.isEmpty && read.files == bundle.files)
    }

    @Test func `no more is unpacked than is signed, wherever the rest is`() async throws {
        let key = try PrivateKey(generating: .ed25519)
        let bundle = try await bundle(signers: [key])
        let list = try #require(bundle.files.first { $0.name == EvidenceBundle.Name.statement })
        let others = bundle.files.filter { $0 != list }
        func refused(_ files: [BundleFile], by key: PublicKey?) throws -> Failure? {
            let archive = try archive(files, of: bundle)
            return #expect(throws: Failure.self) { try EvidenceBundle(archive: archive, key: key) }
        }
        let zeros = BundleFile("zeros", [UInt8](repeating: 0, count: 1 << 20))
        let added = try refused([list] + others + [zeros], by: key.publicKey)
        #expect(added?.code == "bundle.too-large" && added?.message.contains("zeros") == true, "\(added as Any)")
        #expect(added?.message.contains("bytes that are signed") == true)
        #expect(try refused([list, zeros] + others, by: key.publicKey)?.code == "bundle.too-large")
        let grown = others.map { $0.name == "record.json" ? BundleFile($0.name, zeros.bytes) : $0 }
        #expect(try refused([list] + grown, by: key.publicKey)?.message.contains("record.json") == true)
        // The order of before: the list is read when it comes.
        #expect(try refused(others + [list, zeros], by: key.publicKey)?.code == "bundle.too-large")
        // A small file that was added, or altered, is named by the check.
        let small = try archive([list] + others + [BundleFile("small", [1])], of: bundle)
        let report = try EvidenceBundle(archive: small, key: key.publicKey).check(by: key.publicKey, archive: small)
        #expect(report.faults.contains("small: not in the signed list"))
    }

    @Test(.integration) func `without a signature by the key no more is unpacked than a limit`() async throws {
        let key = try PrivateKey(generating: .ed25519)
        let other = try PrivateKey(generating: .ed25519)
        let zeros = BundleFile("zeros", [UInt8](repeating: 0, count: EvidenceBundle.largestUnsigned))
        let archive = try await bundle(signers: [key], more: [zeros]).archive(.zstd)
        for by in [nil, other.publicKey] {
            let failure = #expect(throws: Failure.self) { try EvidenceBundle(archive: archive, key: by) }
            #expect(failure?.code == "bundle.too-large" && failure?.message.contains("256 MiB") == true)
        }
        let read = try EvidenceBundle(archive: archive, key: key.publicKey)
        #expect(read.check(by: key.publicKey, archive: archive).authenticity == .verified)
    }

    @Test func `another mode of a file is refused with its place, and another time is named`() async throws {
        let key = try PrivateKey(generating: .ed25519)
        let bundle = try await bundle(signers: [key], more: AuditorFiles.all)
        #expect(bundle.files.contains { $0.isExecutable })
        for file in bundle.files where ["verify.sh", "record.json"].contains(file.name) {
            let changed = bundle.files.map {
                $0 == file ? BundleFile($0.name, $0.bytes, isExecutable: !$0.isExecutable) : $0
            }
            let archive = try archive(changed, of: bundle)
            let failure = #expect(throws: Failure.self) { try EvidenceBundle(archive: archive) }
            #expect(failure?.message.contains("at byte ") == true && failure?.message.contains(file.name) == true)
            #expect(failure?.message.contains(file.isExecutable ? "mode 0644" : "mode 0755") == true)
        }
        let late = try await self.bundle(signers: [key], time: 1_900_000_000)
        let archive = try late.archive(.gzip)
        let report = try EvidenceBundle(archive: archive, key: key.publicKey).check(by: key.publicKey, archive: archive)
        #expect(report.faults == ["the files have another time than the end of the run"])
    }
}
