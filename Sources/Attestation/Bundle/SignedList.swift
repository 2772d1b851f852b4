// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records
internal import Signing

/// What a bundle's statement says.
struct SignedList {
    let run: String
    let files: [String: Digest]
    /// Of all these files; nil in bundles of before it was said.
    let bytes: Int?

    /// How many bytes the files of a list have that the key has signed; nil where it has not, or does not say it.
    static func bytes(_ file: [UInt8], signedBy key: PublicKey) -> Int? {
        guard let envelope = try? Envelope(file, from: EvidenceBundle.Name.statement), envelope.isSigned(by: key) else {
            return nil
        }
        return (try? SignedList(envelope))?.bytes
    }

    /// Throws `Failure` with code `bundle.statement`.
    init(_ envelope: Envelope) throws {
        func failure(_ reason: String) -> Failure {
            Failure(
                "bundle.statement", "\(EvidenceBundle.Name.statement): \(reason)",
                advice: "take the bundle from where it was made")
        }
        let value: CanonicalJSON
        do {
            value = try CanonicalJSON(canonical: envelope.payload)
        } catch {
            throw failure(error.description)
        }
        guard envelope.payloadType == Envelope.statementType, value["_type"]?.text == TypeURI.statement else {
            throw failure("it is not an in-toto statement")
        }
        guard value["predicateType"]?.text == TypeURI.bundle else {
            throw failure("its predicate is not \(TypeURI.bundle)")
        }
        guard let run = value["predicate"]?["run"]?.text, case .array(let subjects)? = value["subject"] else {
            throw failure("it names no run, or no files")
        }
        var files: [String: Digest] = [:]
        for subject in subjects {
            guard let name = subject["name"]?.text,
                let digest = subject["digest"]?["sha256"]?.text.flatMap(Digest.init(hexadecimal:)),
                files.updateValue(digest, forKey: name) == nil
            else { throw failure("one of its files has no name or no digest, or is there twice") }
        }
        self.run = run
        self.files = files
        if case .integer(let bytes)? = value["predicate"]?["bytes"], bytes >= 0 {
            self.bytes = Int(bytes)
        } else {
            bytes = nil
        }
    }
}
