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
                let read = try TapeArchive.files(of: try compression.expanded(packed, limit: 1 << 20))
                #expect(read.files == files && read.time == 1_800_000_000)
            }
            try FileManager.default.createSymbolicLink(
                atPath: folder.appending("a/link").string, withDestinationPath: "/etc/passwd")
            _ = try await Command("tar", ["-cf", "other.tar", "a"], workingDirectory: folder).capture()
            let other = try Files.bytes(folder.appending("other.tar"))
            #expect(throws: Failure.self) { try TapeArchive.files(of: other) }
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
                guard let read = try? TapeArchive.files(of: changed) else { continue }
                #expect(read.files != Array(files.prefix(2)), "byte \(index), bit \(bit)")
            }
        }
    }

    @Test func `twice the same name, and an archive that is cut off, are refused`() throws {
        let bytes = try TapeArchive.bytes(of: [files[0], files[0]], time: 1)
        #expect(throws: Failure.self) { try TapeArchive.files(of: bytes) }
        let whole = try TapeArchive.bytes(of: files, time: 1)
        for end in stride(from: 0, to: whole.count, by: 100) {
            #expect(throws: Failure.self) { try TapeArchive.files(of: Array(whole.prefix(end))) }
        }
    }

    @Test(arguments: ArchiveCompression.allCases)
    func `what unpacks to more than is allowed is refused`(compression: ArchiveCompression) throws {
        let packed = try compression.compressed([UInt8](repeating: 0, count: 10 << 20))
        #expect(throws: Failure.self) { try compression.expanded(packed, limit: 1 << 20) }
    }
}

@Suite struct BundleTests {
    /// A run whose build step keeps a log, in a bundle.
    private func bundle(signers: [any Signer]) async throws -> EvidenceBundle {
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
            run.identifier, time: 1_800_000_000, contents: evidence.bundleFiles, signers: signers
        ) {
            BundlePredicate.statement(
                run: run.identifier, head: nil, created: run.finishedAt, tool: "0", files: $0)
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
}
