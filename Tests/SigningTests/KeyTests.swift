// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Signing
import SystemPackage
import TestSupport
import Testing

@Suite struct KeyTests {
    @Test func `a key that openssl made signs what openssl verifies`() async throws {
        try await withTemporaryFolder { folder in
            func openssl(_ arguments: String...) async throws -> Outcome {
                try await Command("openssl", arguments, workingDirectory: folder).capture()
            }
            #expect(try await openssl("genpkey", "-algorithm", "ed25519", "-out", "key.pem").succeeded)
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o600], ofItemAtPath: folder.appending("key.pem").string)
            let key = try PrivateKey(file: folder.appending("key.pem"))
            #expect(try await openssl("pkey", "-in", "key.pem", "-pubout").output == key.publicKey.pem)
            #expect(try await openssl("pkey", "-in", "key.pem").output == key.pem)
            let message = Array("what is signed".utf8)
            try AtomicFile.write(message, to: folder.appending("message"))
            try AtomicFile.write(try key.signature(of: message), to: folder.appending("signature"))
            try AtomicFile.write(key.publicKey.pem, to: folder.appending("public.pem"))
            let verify = [
                "pkeyutl", "-verify", "-pubin", "-inkey", "public.pem", "-rawin", "-in", "message", "-sigfile",
                "signature",
            ]
            #expect(try await Command("openssl", verify, workingDirectory: folder).capture().succeeded)
            try AtomicFile.write("what is signeD", to: folder.appending("message"))
            #expect(try await !Command("openssl", verify, workingDirectory: folder).capture().succeeded)
        }
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func `keys come back from their text, and verify their own signatures alone`(
        algorithm: SignatureAlgorithm
    ) throws {
        let key = try PrivateKey(generating: algorithm)
        let other = try PrivateKey(generating: algorithm)
        #expect(try PrivateKey(pem: key.pem, from: "key").publicKey == key.publicKey)
        #expect(try PublicKey(pem: key.publicKey.pem, from: "key") == key.publicKey)
        var signature = try key.signature(of: [1, 2, 3])
        #expect(key.publicKey.verifies(signature, of: [1, 2, 3]))
        #expect(!key.publicKey.verifies(signature, of: [1, 2, 4]))
        #expect(!other.publicKey.verifies(signature, of: [1, 2, 3]))
        signature[signature.count / 2] ^= 1
        #expect(!key.publicKey.verifies(signature, of: [1, 2, 3]))
        #expect(!key.publicKey.verifies([], of: [1, 2, 3]))
    }

    @Test func `a key is not taken from a file that others can read or from a folder that they can write`() async throws
    {
        try await withTemporaryFolder { folder in
            let key = try PrivateKey(generating: .ed25519)
            let file = folder.appending("key.pem")
            try key.write(to: file)
            #expect(try PrivateKey(file: file).publicKey == key.publicKey)
            #expect(throws: Failure.self) { try key.write(to: file) }
            func permit(_ mode: Int, _ path: FilePath) throws {
                try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path.string)
            }
            for mode in [0o640, 0o604, 0o660] {
                try permit(mode, file)
                #expect(failure { try PrivateKey(file: file) }?.code == "key.unsafe")
            }
            try permit(0o600, file)
            try permit(0o777, folder)
            #expect(failure { try PrivateKey(file: file) }?.code == "key.unsafe")
            try permit(0o700, folder)
            #expect(failure { try PrivateKey(file: folder.appending("none")) }?.code == "key.missing")
            try FileManager.default.createSymbolicLink(
                atPath: folder.appending("link").string, withDestinationPath: file.string)
            #expect(failure { try PrivateKey(file: folder.appending("link")) }?.code == "key.unsafe")
        }
    }

    @Test func `what is not a key is refused with a reason`() throws {
        let key = try PrivateKey(generating: .ed25519)
        let inside = key.publicKey.pem.split(separator: "\n")[1]
        for text in [
            "", key.pem, key.publicKey.pem.replacing(inside, with: inside.dropLast(4)),
            key.publicKey.pem.replacing(inside, with: "AAAA"), key.publicKey.pem + key.publicKey.pem,
        ] {
            #expect(failure { try PublicKey(pem: text, from: "key.pem") }?.code == "key.unreadable")
        }
    }

    private func failure(_ body: () throws -> some Any) -> Failure? {
        do { _ = try body() } catch { return error as? Failure }
        return nil
    }
}

@Suite struct EnvelopeTests {
    @Test func `an envelope holds for its key and for nothing that was changed`() async throws {
        let key = try PrivateKey(generating: .ed25519)
        let second = try PrivateKey(generating: .mldsa65)
        let other = try PrivateKey(generating: .ed25519)
        let envelope = try await Envelope(Array(#"{"a":"é"}"#.utf8), signers: [key, second])
        let bytes = envelope.bytes
        let read = try Envelope(bytes, from: "envelope")
        #expect(read == envelope)
        #expect(read.isSigned(by: key.publicKey) && read.isSigned(by: second.publicKey))
        #expect(!read.isSigned(by: other.publicKey))
        let small = try await Envelope(Array("{}".utf8), signers: [key]).bytes
        for index in small.indices {
            for bit in [UInt8(1), 2, 4, 8, 16, 32, 64, 128] {
                var changed = small
                changed[index] ^= bit
                let isAccepted = (try? Envelope(changed, from: "x"))?.isSigned(by: key.publicKey) ?? false
                #expect(!isAccepted, "byte \(index), bit \(bit)")
            }
        }
    }

    /// The pre-authentication encoding's published example (DSSE protocol, § Test vectors).
    @Test func `the message is that of the protocol`() {
        let message = Envelope.message("http://example.com/HelloWorld", Array("hello world".utf8))
        #expect(
            String(decoding: message, as: UTF8.self) == "DSSEv1 29 http://example.com/HelloWorld 11 hello world")
    }

    @Test func `a program signs, and what is not its key's signature is refused`() async throws {
        try await withTemporaryFolder { folder in
            let key = try PrivateKey(generating: .ed25519)
            try key.write(to: folder.appending("key.pem"))
            let sign =
                "cat > '\(folder)/m' && openssl pkeyutl -sign -inkey '\(folder)/key.pem' -rawin -in '\(folder)/m'"
            let signer = CommandSigner(sign, publicKey: key.publicKey)
            let message: [UInt8] = [0, 0xff, 10, 13]
            #expect(key.publicKey.verifies(try await signer.signature(of: message), of: message))
            for command in ["exit 3", "printf x", sign + "; echo"] {
                await #expect(throws: Failure.self) {
                    _ = try await CommandSigner(command, publicKey: key.publicKey).signature(of: message)
                }
            }
        }
    }
}
