// SPDX-License-Identifier: Apache-2.0
import Evidence
import Foundation
import Host
import Records
import Signing
import SystemPackage
import TestSupport
import Testing

/// A log of some statements, in memory.
struct SampleLog {
    let key: LogKey
    let statements: [[UInt8]]
    let tree: LogTree

    init(_ count: Int, key: PrivateKey? = nil, changed: Int? = nil) throws {
        self.key = try LogKey(key ?? PrivateKey(generating: .ed25519), from: "key")
        statements = (1...count).map { Array("{\"sequence\":\($0)\($0 == changed ? ",\"x\":1" : "")}".utf8) }
        let signing = self.key
        tree = LogTree(
            keyHash: LogKey.hash(of: signing.publicKey), key: signing.publicKey,
            leaves: try statements.enumerated().map { number, statement in
                let digest = Digest(of: statement)
                return LogTree.Leaf(
                    sequence: number + 1, digest: digest,
                    signature: try LogLeaf(of: digest, signedBy: signing).signature)
            })
    }

    func checkpoint(_ size: Int? = nil) throws -> Checkpoint {
        try Checkpoint(try #require(tree.head(size)), signedBy: key)
    }
}

@Suite struct CheckpointTests {
    private func flips(_ bytes: [UInt8], _ body: ([UInt8], String) -> Void) {
        for index in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[index] ^= 1 << UInt8(bit)
                body(changed, "byte \(index), bit \(bit)")
            }
        }
    }

    @Test func `a head comes back from its text, and no changed bit of it is accepted`() throws {
        let log = try SampleLog(5)
        let checkpoint = try log.checkpoint()
        let bytes = Array(checkpoint.text.utf8)
        #expect(try Checkpoint(bytes, from: "head") == checkpoint)
        #expect(checkpoint.isSigned(by: log.key.publicKey))
        #expect(try !checkpoint.isSigned(by: SampleLog(1).key.publicKey))
        flips(bytes) { changed, place in
            let isAccepted = (try? Checkpoint(changed, from: "head"))?.isSigned(by: log.key.publicKey) ?? false
            #expect(!isAccepted, "\(place)")
        }
    }

    @Test func `a head that is written otherwise is refused`() throws {
        let log = try SampleLog(3)
        let text = try log.checkpoint().text
        let signature = String(text.split(separator: "\n").last ?? "")
        for changed in [
            "", "\n", String(text.dropLast()), text + "\n", text + signature + "\n",
            text.replacing("\n3\n", with: "\n03\n"),
            text.replacing("\n3\n", with: "\n+3\n"), text.replacing("\n3\n", with: "\n-3\n"),
            text.replacing("\n3\n", with: "\n٣\n"), text.replacing("\n3\n", with: "\n99999999999999999999\n"),
            text.replacing("\n", with: "\r\n"), text.replacing("\n3\n", with: "\n3\nextension\n"),
            text.replacing("=\n\n", with: "\n\n"), text.replacing("=\n\n", with: "=\n\n\n"),
            text.replacing("sigsum.org/v1", with: "sigsum.org/v2"), text + "— a+b AAAAAAA=\n",
            text + "— a\u{2003}b AAAAAAA=\n",
            text + "— x AAAA\n", text + "— x AAAAAAB=\n", text + "- x AAAAAAA=\n", text + "\u{0}\n",
            text + String(repeating: "— x\u{7f} AAAAAAA=\n", count: 1),
            (0..<70).reduce(text) { $0 + "— x\($1) AAAAAAA=\n" },
        ] {
            #expect(throws: Failure.self, "\(changed)") { try Checkpoint(Array(changed.utf8), from: "head") }
        }
        let other = try Checkpoint(Array((text + "— other.example/witness AAAAAAA=\n").utf8), from: "head")
        #expect(other.isSigned(by: log.key.publicKey) && other.signatures.count == 2)
        #expect(throws: Failure.self) { try Checkpoint([UInt8](repeating: 0xff, count: 99), from: "head") }
        #expect(throws: Failure.self) { try Checkpoint([UInt8](repeating: 10, count: 2 << 20), from: "head") }
    }

    @Test func `openssl verifies a head`() async throws {
        try await withTemporaryFolder { folder in
            let log = try SampleLog(4)
            let checkpoint = try log.checkpoint()
            try AtomicFile.write(log.key.publicKey.pem, to: folder.appending("log.pem"))
            try AtomicFile.write(
                try #require(checkpoint.signature(by: log.key.publicKey)), to: folder.appending("signature"))
            let body = checkpoint.text.prefix(upTo: try #require(checkpoint.text.firstRange(of: "\n\n")).lowerBound)
            for (text, holds) in [("\(body)\n", true), ("\(body)", false)] {
                try AtomicFile.write(text, to: folder.appending("body"))
                let openssl = Command(
                    "openssl",
                    [
                        "pkeyutl", "-verify", "-pubin", "-inkey", "log.pem", "-rawin", "-in", "body", "-sigfile",
                        "signature",
                    ], workingDirectory: folder)
                #expect(try await openssl.capture().succeeded == holds)
            }
        }
    }

    @Test func `a cosignature holds for its head, time and key, and no changed bit of it is accepted`() throws {
        let log = try SampleLog(5)
        let cosigner = try PrivateKey(generating: .ed25519)
        let checkpoint = try log.checkpoint()
        let line = try Cosignature.line(for: checkpoint, at: 1_800_000_000, by: cosigner)
        let cosigned = checkpoint.with([line])
        #expect(cosigned.cosignature(by: cosigner.publicKey)?.timeText == "2027-01-15T08:00:00Z")
        #expect(try Checkpoint(Array(cosigned.text.utf8), from: "head") == cosigned)
        #expect(cosigned.isSigned(by: log.key.publicKey) && cosigned.with([line]) == cosigned)
        #expect(cosigned.cosignature(by: log.key.publicKey) == nil)
        #expect(checkpoint.cosignature(by: cosigner.publicKey) == nil)
        #expect(try log.checkpoint(4).cosignature(by: cosigner.publicKey, among: [line]) == nil)
        flips(Array(line.line.utf8)) { changed, place in
            let lines = try? NoteSignature.lines(changed, from: "line")
            #expect(checkpoint.cosignature(by: cosigner.publicKey, among: lines ?? []) == nil, "\(place)")
        }
    }

    @Test func `a proof holds for its entry in both forms, and no changed bit of it is accepted`() throws {
        let log = try SampleLog(6)
        let key = log.key.publicKey
        let proof = try #require(EntryProof(of: 4, in: log.tree, by: try log.checkpoint()))
        let statement = log.statements[3]
        #expect(proof.holds(for: statement, key: key) && !proof.holds(for: log.statements[2], key: key))
        let tlog = Array(proof.tlogProof.utf8)
        #expect(try EntryProof(tlogProof: tlog, from: "proof") == proof)
        flips(tlog) { changed, place in
            let isAccepted = (try? EntryProof(tlogProof: changed, from: "proof"))?.holds(for: statement, key: key)
            #expect(isAccepted != true, "\(place)")
        }
        let sigsum = Array(try #require(proof.sigsumProof(key)).utf8)
        #expect(try EntryProof(sigsumProof: sigsum, key: key, from: "proof") == proof)
        flips(sigsum) { changed, place in
            let read = try? EntryProof(sigsumProof: changed, key: key, from: "proof")
            #expect(read?.holds(for: statement, key: key) != true, "\(place)")
        }
        for size in [1, 2, 3] {
            let log = try SampleLog(size)
            let proof = try #require(EntryProof(of: 1, in: log.tree, by: try log.checkpoint()))
            let text = try #require(proof.sigsumProof(log.key.publicKey))
            let read = try EntryProof(sigsumProof: Array(text.utf8), key: log.key.publicKey, from: "proof")
            #expect(read.holds(for: log.statements[0], key: log.key.publicKey))
            #expect(text.contains("leaf_index") == (size > 1))
            #expect(EntryProof(of: size + 1, in: log.tree, by: try log.checkpoint()) == nil)
        }
    }

    @Test func `a log is the same, longer, cut off or forked beside a head`() throws {
        let key = try PrivateKey(generating: .ed25519)
        let log = try SampleLog(6, key: key)
        let fork = try SampleLog(6, key: key, changed: 3)
        func verdict(_ log: SampleLog, _ other: SampleLog, _ size: Int) throws -> HeadComparison.Verdict {
            log.tree.verdict(on: try #require(other.tree.head(size))).verdict
        }
        #expect(try verdict(log, log, 6) == .same && verdict(log, log, 4) == .extended)
        #expect(try verdict(SampleLog(4, key: key), log, 6) == .shorter)
        #expect(try verdict(fork, log, 6) == .forked && verdict(fork, log, 3) == .forked)
        #expect(try verdict(fork, log, 2) == .extended)
        #expect(fork.tree.verdict(on: try #require(log.tree.head(3))).entry == 3)
        #expect(log.tree.verdict(on: try #require(log.tree.head(4))).difference == 2)
    }
}

/// What a cosigner on another machine signs, and what it refuses.
@Suite struct CosignerTests {
    private func request(_ log: SampleLog, _ old: Int, _ size: Int) throws -> CosignRequest {
        let request = CosignRequest(
            oldSize: old, proof: try #require(log.tree.consistencyProof(from: old, to: size)),
            checkpoint: try log.checkpoint(size))
        #expect(try CosignRequest(Array(request.text.utf8), from: "request") == request)
        return request
    }

    @Test func `a log that only grows is followed, and one that was cut off or rewritten is not`() async throws {
        let key = try PrivateKey(generating: .ed25519)
        let log = try SampleLog(9, key: key)
        let fork = try SampleLog(9, key: key, changed: 2)
        var state = CosignerState()
        await expectFailure("cosign.key") { try state.take(request(log, 0, 3), key: nil) }
        await expectFailure("cosign.old") { try state.take(request(log, 2, 3), key: key.publicKey) }
        await expectFailure("checkpoint.signature") {
            try state.take(request(log, 0, 3), key: PrivateKey(generating: .ed25519).publicKey)
        }
        #expect(state == CosignerState())
        try state.take(request(log, 0, 3), key: key.publicKey)
        try state.take(request(log, 3, 5), key: nil)
        try state.take(request(log, 5, 5), key: nil)
        #expect(state.size(of: log.tree.origin) == 5)
        state = try CosignerState(state.bytes, from: "state")
        let before = state
        await expectFailure("cosign.rollback") { try state.take(request(log, 0, 4), key: nil) }
        await expectFailure("cosign.old") { try state.take(request(log, 0, 3), key: nil) }
        await expectFailure("cosign.rollback") { try state.take(request(fork, 0, 3), key: nil) }
        await expectFailure("cosign.old") { try state.take(request(log, 3, 7), key: nil) }
        await expectFailure("cosign.forked") { try state.take(request(fork, 5, 9), key: nil) }
        await expectFailure("cosign.forked") { try state.take(request(fork, 5, 5), key: key.publicKey) }
        #expect(state == before)
        let other = try SampleLog(2)
        try state.take(request(other, 0, 2), key: other.key.publicKey)
        try state.take(request(log, 5, 9), key: nil)
        #expect(state.size(of: other.tree.origin) == 2 && state.size(of: log.tree.origin) == 9)
    }

    @Test func `a request older than the last head is named with the days, and what may be a cut log is refused`()
        async throws
    {
        let log = try SampleLog(9)
        var state = CosignerState()
        func day(_ number: Int) -> Date { Date(timeIntervalSince1970: Double(1_800_000_000 + number * 86400)) }
        try state.take(request(log, 0, 3), key: log.key.publicKey, at: day(0))
        try state.take(request(log, 3, 5), key: nil, at: day(1))
        try state.take(request(log, 5, 5), key: nil, at: day(2))
        try state.take(request(log, 5, 8), key: nil, at: day(3))
        state = try CosignerState(state.bytes, from: "state")
        for size in [3, 5] {
            let old = try #require(throws: Failure.self) { try state.take(request(log, 0, size), key: nil, at: day(4)) }
            #expect(old.code == "cosign.old" && old.advice.contains("head --since 8"))
            #expect(old.message.contains(size == 3 ? "2027-01-15" : "2027-01-17") && old.message.contains("2027-01-18"))
        }
        let cut = try #require(throws: Failure.self) { try state.take(request(log, 0, 4), key: nil, at: day(4)) }
        #expect(cut.code == "cosign.rollback" && cut.message.contains("2027-01-18"))
        #expect(cut.advice.contains("head --since 8") && cut.advice.contains("do not trust"))
    }

    @Test func `a state or a request that was changed is refused`() async throws {
        let log = try SampleLog(3)
        var state = CosignerState()
        try state.take(request(log, 0, 2), key: log.key.publicKey)
        for index in stride(from: 0, to: state.bytes.count, by: 7) {
            var changed = state.bytes
            changed[index] ^= 1
            #expect((try? CosignerState(changed, from: "state")) != state)
        }
        await expectFailure("cosigner.unreadable") { try CosignerState([], from: "state") }
        let text = try request(log, 1, 3).text
        for changed in [
            "", "old 01" + text.dropFirst(5), "old" + text.dropFirst(5), "old 1\n", "old 1\nAAAA\n\n",
            "old 1\n" + String(repeating: "\(String(repeating: "A", count: 43))=\n", count: 64) + "\n",
        ] {
            await expectFailure("checkpoint.unreadable") { try CosignRequest(Array(changed.utf8), from: "request") }
        }
    }
}
