// SPDX-License-Identifier: Apache-2.0
import Documents
import Evidence
import EvidenceSQLite
import Foundation
import Host
import Records
import Signing
import SystemPackage
import TestSupport
import Testing

@testable import Commands

/// The log's head on its way: kept elsewhere, cosigned on another machine, proven with.
@Suite struct EvidenceHeadTests {
    private func record(_ number: Int, _ installation: Installation) async throws {
        let state = installation.folder.appending("state/bessemer")
        try Files.makeDirectory(state, permissions: Files.ownFolder)
        try await SQLiteEvidenceStore(
            path: state.appending("evidence.sqlite"), settings: .ofBessemer(state)
        ).append(
            Entry.Draft(kind: RecordKind("note"), version: 1, subjects: [], body: Array("\(number)".utf8)))
    }

    @Test func `a head is kept, compared, and the log that is shorter or another one is named`() async throws {
        try await withInstallation { installation in
            #expect(try await installation.run(["evidence", "head"]).status == 2)
            for number in 1...3 { try await record(number, installation) }
            #expect(try await installation.run(["evidence", "head", "--output", "three"]).output.isEmpty)
            let key = try await installation.run(["key", "public", "--log"])
            #expect(key.status == 0 && key.error.contains("fingerprint"))
            try AtomicFile.write(key.output, to: installation.folder.appending("log.pem"))
            let same = try await installation.run(["evidence", "verify", "--head", "three"])
            #expect(same.status == 0 && same.output.contains("the log is the same"))
            #expect(
                same.output.contains("with the store's own key")
                    && same.output.contains("Nothing is known after the head"))
            try await record(4, installation)
            let verify = ["evidence", "verify", "--head", "three", "--log-key", "log.pem"]
            let longer = try await installation.run(verify)
            #expect(longer.status == 0 && longer.output.contains("the log extends it by 1 entry"))
            #expect(longer.output.contains("with the key that was given"))
            #expect(try await installation.run(["evidence", "head", "--output", "four"]).status == 0)
            let file = installation.folder.appending("state/bessemer/evidence.sqlite")
            let cut = "DELETE FROM entry WHERE sequence > 2; DELETE FROM leaf WHERE sequence > 2"
            let program = """
                import sqlite3, sys
                db = sqlite3.connect(sys.argv[1])
                db.executescript(sys.argv[2])
                db.commit()
                """
            #expect(try await Command("python3", ["-c", program, file.string, cut]).capture().succeeded)
            #expect(try await installation.run(["evidence", "rebuild"]).status == 0)
            let shorter = try await installation.run(["evidence", "verify", "--head", "four"])
            #expect(
                shorter.status == 1 && shorter.output.contains("the log is shorter by 2 entries: its end was cut off"))
            #expect(try await installation.run(["evidence", "head", "--since", "four"]).status == 2)
            for number in 5...7 { try await record(number, installation) }
            let forked = try await installation.run(["evidence", "verify", "--head", "four", "--format", "json"])
            #expect(forked.status == 1 && forked.output.contains("\"verdict\" : \"forked\""))
            #expect(forked.output.contains("\"entry\" : 4"))
            #expect(try await installation.run(["evidence", "verify"]).status == 0)
            try AtomicFile.write(
                try Files.text(installation.folder.appending("four")).replacing("\n4\n", with: "\n5\n"),
                to: installation.folder.appending("changed"))
            let changed = try await installation.run(["evidence", "verify", "--head", "changed"])
            #expect(changed.status == 2 && changed.error.contains("not signed by the key of its log"))
        }
    }

    @Test func `another machine cosigns what follows, refuses a rollback, and the answer is recorded`() async throws {
        try await withInstallation { installation in
            for number in 1...3 { try await record(number, installation) }
            func run(_ words: String...) async throws -> CommandRun { try await installation.run(words) }
            func other(_ words: String...) async throws -> CommandRun {
                try await installation.run(words, ["XDG_STATE_HOME": "\(installation.folder)/other"])
            }
            func keep(_ text: String, _ name: String) throws {
                try AtomicFile.write(text, to: installation.folder.appending(name))
            }
            try keep(try await run("key", "public", "--log").output, "log.pem")
            try keep(try await other("key", "generate", "--output", "audit.key").output, "audit.pem")
            #expect(try await run("evidence", "head", "--since", "0", "--output", "first").status == 0)
            let unknown = try await other("evidence", "cosign", "first", "--key", "audit.key")
            #expect(unknown.status == 2 && unknown.error.contains("--log-key"))
            let cosign = ["evidence", "cosign", "first", "--key", "audit.key", "--log-key", "log.pem"]
            let answer = try await installation.run(cosign, ["XDG_STATE_HOME": "\(installation.folder)/other"])
            #expect(answer.status == 0 && answer.output.hasPrefix("— sigsum.org/v1/witness/"))
            try keep(answer.output, "cosignature")
            // The log has grown meanwhile; the answer is to the head of before.
            try await record(4, installation)
            let wrong = try await run("evidence", "head", "--cosignature", "cosignature", "--cosigner", "log.pem")
            #expect(wrong.status == 2 && wrong.error.contains("is the log's own key"))
            let cosigned = try await run("evidence", "head", "--cosignature", "cosignature", "--cosigner", "audit.pem")
            #expect(cosigned.status == 0 && cosigned.output.hasSuffix("\n" + answer.output))
            #expect(cosigned.error.contains("recorded as entry 5"))
            try keep(cosigned.output, "head")
            let verified = try await run("evidence", "verify", "--head", "head", "--cosigner", "audit.pem")
            #expect(verified.status == 0 && verified.output.contains("cosigned by"))
            #expect(try await run("evidence", "head", "--since", "head", "--output", "second").status == 0)
            #expect(try await other("evidence", "cosign", "second", "--key", "audit.key").status == 0)
            let back = try await other("evidence", "cosign", "first", "--key", "audit.key")
            #expect(back.status == 2 && back.output.isEmpty && back.error.contains("the request is older"))
            let shown = try await run("evidence", "show", "5")
            #expect(shown.status == 0 && shown.output.contains("Cosignature"))
        }
    }

    @Test func `what is there already is replaced only where nothing is lost by it`() async throws {
        try await withInstallation { installation in
            func run(_ words: String...) async throws -> CommandRun { try await installation.run(["evidence"] + words) }
            try await record(1, installation)
            #expect(try await run("head", "--output", "head").status == 0)
            try await record(2, installation)
            #expect(try await run("head", "--output", "head").status == 0)
            let note = installation.folder.appending("note")
            try AtomicFile.write("not a head\n", to: note)
            for words in [["head"], ["head", "--since", "0"], ["prove", "1"]] {
                let outcome = try await installation.run(["evidence"] + words + ["--output", "note"])
                #expect(outcome.status == 2 && outcome.error.contains("is there already"), "\(outcome.error)")
            }
            #expect(try Files.text(note) == "not a head\n")
            #expect(try await run("head", "--since", "0", "--output", "note", "--force").status == 0)
            #expect(try await run("head", "--since", "1", "--output", "note").status == 0)
            #expect(try await run("prove", "1", "--output", "proof").status == 0)
            #expect(try await run("prove", "1", "--output", "proof").status == 2)
            #expect(try await run("prove", "1", "--output", "proof", "--force").status == 0)
            // A head that the log does not go on from is the one witness of that.
            try Files.remove(installation.folder.appending("state"))
            try await record(3, installation)
            #expect(try await run("head", "--output", "head").status == 2)
        }
    }

    @Test func `an entry that is not there is named with those that are`() async throws {
        try await withInstallation { installation in
            for number in 1...3 { try await record(number, installation) }
            for words in [["prove", "9999"], ["show", "9999"]] {
                let outcome = try await installation.run(["evidence"] + words)
                #expect(outcome.status == 2 && outcome.error.contains("the log has the entries 1 to 3"))
            }
        }
    }

    private static let verifier: String? = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":").lazy
        .map { "\($0)/sigsum-verify" }.first { FileManager.default.isExecutableFile(atPath: $0) }

    @Test(.enabled(if: verifier != nil, "sigsum-verify (Debian 13: sigsum-go) is not installed"))
    func `sigsum-verify takes a proof, also with a cosigner, and refuses it after one changed byte`() async throws {
        let verifier = try #require(Self.verifier)
        try await withInstallation { installation in
            let folder = installation.folder
            func run(_ words: String...) async throws -> CommandRun { try await installation.run(words) }
            func verify(_ name: String, _ entry: String, in proof: String, changing: Int? = nil) async throws -> Bool {
                let place = folder.appending(proof)
                var bytes = try Files.bytes(place.appending("\(entry).\(name)"))
                if let changing { bytes[changing] ^= 1 }
                try AtomicFile.write(bytes, to: place.appending("changed"))
                let isProof = name == "sigsum-proof"
                let input = try Files.bytes(isProof ? place.appending("\(entry).json") : place.appending("changed"))
                return try await Command(
                    verifier, ["-k", "log.pub", "-p", "policy", isProof ? "changed" : "\(entry).sigsum-proof"],
                    workingDirectory: place
                ).capture(limit: 1 << 20, deadline: .seconds(60), input: input).succeeded
            }
            try await record(1, installation)
            #expect(try await run("evidence", "prove", "1", "--output", "one").status == 0)
            #expect(try await verify("sigsum-proof", "entry-1", in: "one"))
            for number in 2...6 { try await record(number, installation) }
            #expect(try await run("evidence", "prove", "4", "--output", "four").status == 0)
            #expect(try await verify("sigsum-proof", "entry-4", in: "four"))
            try AtomicFile.write(try await run("key", "public", "--log").output, to: folder.appending("log.pem"))
            try AtomicFile.write(
                try await run("key", "generate", "--output", "audit.key").output, to: folder.appending("audit.pem"))
            #expect(try await run("evidence", "head", "--since", "0", "--output", "request").status == 0)
            let cosign = try await run(
                "evidence", "cosign", "request", "--key", "audit.key", "--log-key", "log.pem", "--output", "answer")
            #expect(cosign.status == 0)
            let cosigned = try await run("evidence", "head", "--cosignature", "answer", "--cosigner", "audit.pem")
            #expect(cosigned.status == 0)
            #expect(try await run("evidence", "prove", "4", "--output", "cosigned").status == 0)
            let policy = try Files.text(folder.appending("cosigned/policy"))
            #expect(policy.contains("witness cosigner1 ") && policy.contains("quorum cosigners"))
            #expect(try await verify("sigsum-proof", "entry-4", in: "cosigned"))
            try AtomicFile.write(policy, to: folder.appending("four/policy"))
            #expect(try await !verify("sigsum-proof", "entry-4", in: "four"))
            let size = try Files.bytes(folder.appending("cosigned/entry-4.sigsum-proof")).count
            for place in stride(from: 0, to: size, by: 11) {
                #expect(try await !verify("sigsum-proof", "entry-4", in: "cosigned", changing: place), "byte \(place)")
            }
            #expect(try await !verify("json", "entry-4", in: "cosigned", changing: 20))
            // Behind a change of the log's key, too.
            #expect(try await run("key", "rotate", "--log").status == 0)
            #expect(try await run("evidence", "prove", "7", "--output", "rotated").status == 0)
            #expect(try await verify("sigsum-proof", "entry-7", in: "rotated"))
        }
    }
}

@Suite struct KeyCommandTests {
    @Test func `keys are made once, changed with the old one's signature, and listed`() async throws {
        try await withInstallation { installation in
            func run(_ words: String...) async throws -> CommandRun { try await installation.run(words) }
            let keys = installation.folder.appending("state/bessemer/keys")
            let first = try await run("key", "generate")
            #expect(first.status == 0 && first.error.contains("recorded as entry 1"))
            #expect(
                try PublicKey(pem: first.output, from: "key")
                    == PrivateKey(file: keys.appending("attestation.key")).publicKey)
            let twice = try await run("key", "generate")
            #expect(twice.status == 2 && twice.error.contains("key rotate"))
            #expect(try await run("key", "generate", "--algorithm", "ml-dsa-65").status == 0)
            let second = try await run("key", "rotate")
            #expect(second.status == 0 && second.output != first.output)
            #expect(try await run("key", "public").output == second.output)
            let old = try PublicKey(pem: first.output, from: "key")
            let list = try await run("key", "list", "--format", "json")
            #expect(list.status == 0 && list.output.contains("\(old.fingerprint)") && list.output.contains("replaced"))
            let shown = try await run("evidence", "show", "3", "--format", "json")
            let record = try JSON.decode(KeyRecord.self, from: Array(shown.output.utf8), named: "entry")
            #expect(record.fault == nil && record.replaced?.fingerprint == old.fingerprint)
            #expect(record.replaced?.signature?.contains(old.identifier) == true)
            #expect(try await run("key", "public", "--openssh").output.hasPrefix("ssh-ed25519 AAAA"))
            // What is lost is not made a second time without a word.
            try Files.remove(keys.appending("attestation.key"))
            for words in [["generate"], ["public"]] {
                let lost = try await installation.run(["key"] + words)
                #expect(lost.status == 2 && lost.error.contains("`bessemer key rotate --lost`"), "\(lost.error)")
            }
            let missing = try await run("key", "list")
            #expect(missing.status == 1 && missing.output.contains("missing"))
            let other = try await run("key", "public", "--algorithm", "ml-dsa-65")
            #expect(try PublicKey(pem: other.output, from: "key").algorithm == .mldsa65)
            try Files.remove(keys.appending("attestation.ml-dsa.key"))
            let gone = try await run("key", "public", "--algorithm", "ml-dsa-65")
            #expect(gone.error.contains("`bessemer key rotate --lost --algorithm ml-dsa-65`"), "\(gone.error)")
            let log = installation.folder.appending("state/bessemer/log.key")
            try Files.rename(log, to: FilePath("\(log).away"))
            let noLog = try await run("key", "public", "--log")
            #expect(noLog.status == 2 && noLog.error.contains("`bessemer key rotate --log --lost`"), "\(noLog.error)")
            #expect(
                try await run("key", "list", "--format", "json").output.ranges(of: "missing").count == 3)
            try Files.rename(FilePath("\(log).away"), to: log)
            #expect(try await run("key", "rotate").status == 2)
            #expect(try await run("key", "rotate", "--lost").status == 0)
            #expect(try await run("evidence", "verify").status == 0)
            #expect(try await run("key", "public", "none").status == 2)
        }
    }

    @Test func `statements are signed by this user's keys, by those that are named, or by a program`() async throws {
        try await withTemporaryFolder { folder in
            let directories = Directories(cache: folder.appending("cache"), state: folder.appending("state"))
            let context = Context(
                environment: [:], directories: directories, workingDirectory: folder, output: .plain,
                progress: { _ in }, writeBytes: { _ in }, say: { _ in })
            func signers(
                _ keys: [String] = [], program: String? = nil, key: String? = nil
            ) async throws -> [PublicKey] {
                var options = SignerOptions()
                (options.key, options.signer, options.public) = (keys, program, key)
                try options.validate()
                return try await options.signers(context).map(\.publicKey)
            }
            await #expect(throws: Failure.self) { try await signers() }
            let keys = folder.appending("state/keys")
            try Files.makeDirectory(keys, permissions: Files.ownFolder)
            let own = try PrivateKey(generating: .ed25519)
            let second = try PrivateKey(generating: .mldsa65)
            try own.write(to: keys.appending("attestation.key"))
            #expect(try await signers() == [own.publicKey])
            try second.write(to: keys.appending("attestation.ml-dsa.key"))
            #expect(try await signers() == [own.publicKey, second.publicKey])
            let other = try PrivateKey(generating: .ed25519)
            try other.write(to: folder.appending("other.key"))
            #expect(try await signers(["other.key"]) == [other.publicKey])
            await #expect(throws: Failure.self) { try await signers(["other.key", "\(keys)/attestation.key"]) }
            try AtomicFile.write(other.publicKey.pem, to: folder.appending("other.pem"))
            #expect(try await signers(program: "false", key: "other.pem") == [other.publicKey])
            await #expect(throws: (any Error).self) { try await signers(program: "false") }
        }
    }
}
