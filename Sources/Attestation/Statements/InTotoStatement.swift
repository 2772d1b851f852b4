// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import Host
package import Records
package import Signing

/// A claim about files (in-toto Attestation Framework, Statement v1).
package struct InTotoStatement<Predicate: Encodable & Sendable>: Encodable, Sendable {
    private enum CodingKeys: String, CodingKey {
        case type = "_type"
        case subject, predicateType, predicate
    }

    private let type = TypeURI.statement
    /// What it is about; at least one.
    package let subject: [ResourceDescriptor]
    package let predicateType: String
    package let predicate: Predicate

    package init(_ predicateType: String, about subject: [ResourceDescriptor], _ predicate: Predicate) {
        self.subject = subject
        self.predicateType = predicateType
        self.predicate = predicate
    }

    /// As it is signed: RFC 8785. Throws where it holds a number that is not an integer in ±(2^53−1).
    package func payload() throws -> [UInt8] { try CanonicalJSON.encode(self) }

    package func signed(by signers: [any Signer]) async throws -> Envelope {
        try await Envelope(payload(), signers: signers)
    }
}

/// A file or a thing with its digest (in-toto Attestation Framework, ResourceDescriptor v1).
package struct ResourceDescriptor: Encodable, Hashable, Sendable {
    package var name: String?
    package var uri: String?
    /// By algorithm: `sha256`, `sha512`, `gitCommit`; hexadecimal.
    package var digest: [String: String]?
    package var downloadLocation: String?
    package var mediaType: String?
    package var annotations: [String: String]?

    package init(
        name: String? = nil, uri: String? = nil, sha256: Digest? = nil, mediaType: String? = nil,
        annotations: [String: String]? = nil
    ) {
        self.name = name
        self.uri = uri
        digest = sha256.map { ["sha256": $0.hexadecimal] }
        self.mediaType = mediaType
        self.annotations = annotations
    }

    package init(_ artifact: Artifact) { self.init(name: artifact.path, sha256: artifact.sha256) }
}
