// SPDX-License-Identifier: Apache-2.0
import Attestation
import Foundation
import Host
import Signing
import SystemPackage
import TestSupport
import Testing

/// verify.sh is run as an auditor runs it, with the host's own tools.
@Suite struct AuditorFilesTests {
    /// Calls `work` with a function that runs verify.sh on the bundle's folder, and that folder.
    private func withBundle(
        signedBy key: PrivateKey, _ second: PrivateKey? = nil,
        _ work: (_ verify: ([String]) async throws -> Outcome, _ folder: FilePath) async throws -> Void
    ) async throws {
        let files = AuditorFiles.all + [BundleFile("logs/build.log", Array("CC init/main.o\n".utf8))]
        let bundle = try await EvidenceBundle(
            "20261122T101500-5f3a9c01", time: 1_800_000_000, contents: files,
            signers: [key] + (second.map { [$0] } ?? [])
        ) { files in
            BundlePredicate.statement(
                run: "20261122T101500-5f3a9c01", head: nil, created: Date(timeIntervalSince1970: 1_800_000_000),
                tool: "bessemer 0", files: files)
        }
        try await withTemporaryFolder { folder in
            try AtomicFile.write(bundle.archive(.gzip), to: folder.appending("b.tar.gz"))
            _ = try await Command("tar", ["-xf", "b.tar.gz"], workingDirectory: folder).capture()
            try AtomicFile.write(Array(key.publicKey.pem.utf8), to: folder.appending("key.pem"))
            let unpacked = folder.appending(bundle.name)
            try await work(
                { arguments in
                    try await Command("sh", ["\(unpacked)/verify.sh"] + arguments, workingDirectory: folder).capture()
                }, unpacked)
        }
    }

    @Test func `verify.sh accepts a bundle by its key, says what it can't know without one, and refuses another key`()
        async throws
    {
        try await withBundle(signedBy: try PrivateKey(generating: .ed25519)) { verify, folder in
            let right = try await verify(["--key", "key.pem"])
            #expect(right.ending == .exited(0), "\(right.output)\(right.error)")
            #expect(try await verify([]).ending == .exited(3))
            let other = try PrivateKey(generating: .ed25519)
            let file = folder.removingLastComponent().appending("other.pem")
            try AtomicFile.write(Array(other.publicKey.pem.utf8), to: file)
            #expect(try await verify(["--key", "other.pem"]).ending == .exited(1))
            try AtomicFile.write(Array(other.pem.utf8), to: file)
            #expect(try await verify(["--key", "other.pem"]).ending == .exited(2))
            #expect(try await verify(["--level", "3"]).ending == .exited(2))
        }
    }

    @Test func `verify.sh checks a second signature, or says which OpenSSL that needs, and refuses another key`()
        async throws
    {
        let second = try PrivateKey(generating: .mldsa65)
        // Debian 13 has 3.5, Debian 12 has 3.0.
        let openssl = try await Command("openssl", ["list", "-signature-algorithms"]).capture()
        let canVerify = openssl.output.uppercased().contains("ML-DSA-65")
        try await withBundle(signedBy: try PrivateKey(generating: .ed25519), second) { verify, folder in
            let file = folder.removingLastComponent().appending("second.pem")
            try AtomicFile.write(second.publicKey.pem, to: file)
            let right = try await verify(["--key", "key.pem", "--ml-dsa-key", "second.pem"])
            #expect(right.ending == .exited(0), "\(right.output)\(right.error)")
            #expect(
                right.output.contains(
                    canVerify ? "signed by the ML-DSA-65 key whose" : "bundle.dsse.json: needs OpenSSL 3.5, this is"),
                "\(right.output)")
            #expect(!right.output.contains("not given"))
            #expect(try await verify(["--key", "key.pem"]).output.contains("by keys that were not given: 1"))
            #expect(try await verify(["--ml-dsa-key", "second.pem"]).ending == .exited(2))
            #expect(try await verify(["--key", "key.pem", "--ml-dsa-key", "key.pem"]).ending == .exited(2))
            try AtomicFile.write(try PrivateKey(generating: .mldsa65).publicKey.pem, to: file)
            let other = try await verify(["--key", "key.pem", "--ml-dsa-key", "second.pem"])
            #expect(other.ending == .exited(1) && other.output.contains("not signed by the ML-DSA-65 key"))
        }
    }

    @Test func `the commands that README has for typing check a bundle, and write into a folder of their own`()
        async throws
    {
        try await withBundle(signedBy: try PrivateKey(generating: .ed25519)) { _, folder in
            let readme = try Files.text(folder.appending("README"))
            let start = try #require(readme.range(of: "## By hand")?.upperBound)
            let end = try #require(readme.range(of: "## By the script")?.lowerBound)
            let blocks = readme[start..<end].components(separatedBy: "```").enumerated()
                .filter { $0.offset % 2 == 1 }.map(\.element)
            #expect(blocks.count == 4 && !readme.contains("/tmp"))
            let script = "set -e\n" + blocks.joined().replacing("KEY.pem", with: "../key.pem")
            func typed() async throws -> Outcome {
                try await Command(
                    "sh", ["-c", script], environment: ["PATH": "/usr/bin:/bin", "TMPDIR": "\(folder)/.."],
                    workingDirectory: folder
                ).capture()
            }
            let right = try await typed()
            let lines = right.output.split(separator: "\n").map(String.init)
            #expect(right.succeeded && lines.first == "Signature Verified Successfully", "\(right.error)")
            #expect(lines.count == 3 && lines[1] == lines[2], "\(right.output)")
            try AtomicFile.write("altered", to: folder.appending("logs/build.log"))
            #expect(try await !typed().succeeded)
            let key = try PrivateKey(generating: .ed25519).publicKey.pem
            try AtomicFile.write(key, to: folder.removingLastComponent().appending("key.pem"))
            #expect(try await !typed().output.contains("Verified Successfully"))
        }
    }

    @Test func `verify.sh finds what was altered, added, removed and put in place of a file`() async throws {
        try await withBundle(signedBy: try PrivateKey(generating: .ed25519)) { verify, folder in
            let log = folder.appending("logs").appending("build.log")
            let bytes = try Files.bytes(log)
            func finds(_ change: () throws -> Void) async throws {
                try change()
                let outcome = try await verify(["--key", "key.pem"])
                #expect(outcome.ending == .exited(1), "\(outcome.output)\(outcome.error)")
            }
            try await finds { try AtomicFile.write(bytes + [0], to: log) }
            try await finds { try FileManager.default.removeItem(atPath: log.string) }
            try await finds {
                try FileManager.default.createSymbolicLink(atPath: log.string, withDestinationPath: "/etc/passwd")
            }
            try await finds {
                try FileManager.default.removeItem(atPath: log.string)
                try AtomicFile.write(bytes, to: log)
                try AtomicFile.write(bytes, to: folder.appending("more"))
            }
            try FileManager.default.removeItem(atPath: folder.appending("more").string)
            #expect(try await verify(["--key", "key.pem"]).ending == .exited(0))
        }
    }

    /// The same bytes have several spellings, of which verify.sh takes one.
    @Test func `verify.sh refuses base64 that is spelled otherwise`() async throws {
        try await withBundle(signedBy: try PrivateKey(generating: .ed25519)) { verify, folder in
            let file = folder.appending("bundle.dsse.json")
            let text = try Files.text(file)
            // A signature of 64 bytes ends in one of A, Q, g and w, with four bits that mean nothing.
            let end = try #require(text.range(of: "==\"}]}"))
            let last = text.index(before: end.lowerBound)
            let next = Character(UnicodeScalar((text[last].asciiValue ?? 0) + 1))
            try AtomicFile.write(Array(text.replacingCharacters(in: last...last, with: String(next)).utf8), to: file)
            #expect(try await verify(["--key", "key.pem"]).ending == .exited(1))
        }
    }

    @Test func `each predicate of ours has its schema in the bundle`() throws {
        let schemas = AuditorFiles.all.filter { $0.name.hasPrefix("schemas/") }.map {
            String(decoding: $0.bytes, as: UTF8.self)
        }
        for type in TypeURI.predicates + [TypeURI.kernelBuild] where type.hasPrefix("urn:bessemer:") {
            #expect(schemas.contains { $0.contains("\"$id\": \"\(type)\"") }, "\(type)")
        }
    }

    /// shellcheck(1) and Python's compiler, which are not ours.
    @Test func `shellcheck finds nothing in verify.sh, and its other parts are Python`() async throws {
        try await withTemporaryFolder { folder in
            let scripts = AuditorFiles.all.filter { $0.name.hasPrefix("verify") }
            for file in scripts { try AtomicFile.write(file.bytes, to: folder.appending(file.name)) }
            let check = try await Command(
                "shellcheck", ["--norc", "--shell=sh", "verify.sh"], workingDirectory: folder
            ).capture()
            #expect(check.succeeded, "\(check.output)\(check.error)")
            let python = try await Command(
                "python3", ["-m", "py_compile"] + scripts.map(\.name).filter { $0.hasSuffix(".py") },
                workingDirectory: folder
            ).capture()
            #expect(python.succeeded, "\(python.error)")
        }
    }
}
