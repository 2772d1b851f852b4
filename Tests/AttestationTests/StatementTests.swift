// SPDX-License-Identifier: Apache-2.0
import Attestation
import Host
import Records
import Signing
import TestSupport
import Testing

@Suite struct StatementTests {
    @Test func `a statement is canonical and names its subjects`() async throws {
        let key = try PrivateKey(generating: .ed25519)
        let statement = InTotoStatement(
            TypeURI.bundle, about: [ResourceDescriptor(name: "a", sha256: Digest(of: "a"))], ["files": 1])
        let envelope = try await statement.signed(by: [key])
        #expect(envelope.isSigned(by: key.publicKey))
        let text = String(decoding: envelope.payload, as: UTF8.self)
        #expect(
            text == #"{"_type":"https://in-toto.io/Statement/v1","predicate":{"files":1},"#
                + #""predicateType":"urn:bessemer:predicate:bundle:v1","#
                + #""subject":[{"digest":{"sha256":"\#(Digest(of: "a"))"},"name":"a"}]}"#)
    }
}
