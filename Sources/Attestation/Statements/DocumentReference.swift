// SPDX-License-Identifier: Apache-2.0
package import Records

/// Documents about built files that are too large to stand in a statement (in-toto reference v0.1).
package struct DocumentReference: Encodable, Sendable {
    package struct Attester: Encodable, Sendable {
        package let id: String
    }

    package let attester: Attester
    package let references: [ResourceDescriptor]

    /// To files of a bundle, by their paths in it, about all that was built of a kernel. nil where there is no file.
    package static func statement(
        to files: [Subject], mediaType: String, about kernel: RunRecord.Kernel
    ) -> InTotoStatement<DocumentReference>? {
        guard !files.isEmpty else { return nil }
        let references = files.map { file in
            var descriptor = ResourceDescriptor(name: file.name, sha256: file.sha256, mediaType: mediaType)
            descriptor.downloadLocation = BundlePath.uri(file.name)
            return descriptor
        }
        return InTotoStatement(
            TypeURI.reference, about: kernel.build.artifacts.map(ResourceDescriptor.init),
            DocumentReference(attester: Attester(id: TypeURI.sandboxBuilder), references: references))
    }
}
