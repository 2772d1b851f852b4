// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host

/// A record of a vulnerability (CVE record format 5), of which the kernel's part is read.
package struct CVERecord: Hashable, Sendable {
    /// A range of versions, or one.
    struct Range: Hashable, Sendable {
        let version: String
        let lessThan: String?
        let lessThanOrEqual: String?
        let isAffected: Bool
        /// `git`, `semver`, `original_commit_for_fix`; nil where the record does not say.
        let type: String?
    }

    /// Versions of the kernel; the kernel's authority writes one list of commits and one of releases.
    struct Affected: Hashable, Sendable {
        /// What holds for versions in no range; nil where the record does not say.
        let isAffectedByDefault: Bool?
        let ranges: [Range]
    }

    /// `CVE-2026-31000`.
    let identifier: String
    let title: String
    let description: String
    /// The authority withdrew it.
    let isRejected: Bool
    /// Whether it is about the kernel.
    let isOfKernel: Bool
    let affected: [Affected]
    /// From the top of the tree, each once.
    let files: [String]

    /// Bytes of one record; the kernel's longest have some 60 KiB.
    static let largest = 4 << 20

    /// Throws `Failure` with code `cve.unreadable` that names the file and the place in it.
    init(_ bytes: [UInt8], from name: String) throws {
        let form = try JSON.decode(
            Form.self, from: bytes, named: name, advice: "take the record from where it is published")
        try self.init(form, from: name)
    }

    /// Reads a file of one record, or of a list of them. Throws as the reader of one does.
    static func all(_ bytes: [UInt8], from name: String) throws -> [CVERecord] {
        let first = bytes.first { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }
        guard first == UInt8(ascii: "[") else { return [try CVERecord(bytes, from: name)] }
        let forms = try JSON.decode(
            [Form].self, from: bytes, named: name, advice: "take the records from where they are published")
        return try forms.enumerated().map { try CVERecord($0.element, from: "\(name): record \($0.offset + 1)") }
    }

    /// Characters of texts that are passed on.
    private static let longestText = 2000

    private init(_ form: Form, from name: String) throws {
        func failure(_ reason: String) -> Failure {
            Failure(
                "cve.unreadable", "\(name) is not a CVE record: \(reason)",
                advice: "take the record from where it is published")
        }
        guard form.dataType == "CVE_RECORD" else { throw failure("its dataType is not CVE_RECORD") }
        let identifier = form.cveMetadata.cveId ?? form.cveMetadata.cveID ?? ""
        guard identifier.wholeMatch(of: /CVE-[0-9]{4}-[0-9]{4,19}/) != nil else {
            throw failure("its identifier is “\(identifier.prefix(40))”")
        }
        self.identifier = identifier
        isRejected = form.cveMetadata.state == "REJECTED"
        let cna = form.containers.cna
        let text = cna.descriptions?.first { $0.lang.hasPrefix("en") }?.value ?? ""
        description = String(text.prefix(Self.longestText))
        title = String((cna.title ?? text.split(separator: "\n").first.map(String.init) ?? identifier).prefix(300))
        let own = (cna.affected ?? []).filter { $0.product == "Linux" && $0.vendor == "Linux" }
        isOfKernel = !own.isEmpty || (isRejected && form.cveMetadata.assignerShortName ?? "Linux" == "Linux")
        affected = try own.map { product in
            Affected(
                isAffectedByDefault: try Self.status(product.defaultStatus, failure),
                ranges: try (product.versions ?? []).map { range in
                    guard let isAffected = try Self.status(range.status, failure) else {
                        throw failure("a version has no status: \(range.version.prefix(40))")
                    }
                    return Range(
                        version: range.version, lessThan: range.lessThan, lessThanOrEqual: range.lessThanOrEqual,
                        isAffected: isAffected, type: range.versionType)
                })
        }
        files = Set(own.flatMap { $0.programFiles ?? [] }).sorted()
        guard files.count <= 10_000, affected.allSatisfy({ $0.ranges.count <= 10_000 }) else {
            throw failure("it names more than 10,000 files or versions")
        }
    }

    private static func status(_ text: String?, _ failure: (String) -> Failure) throws -> Bool? {
        switch text {
        case nil, "unknown": nil
        case "affected": true
        case "unaffected": false
        case .some(let text): throw failure("“\(text.prefix(40))” is not a status")
        }
    }

    /// Commits that fix it.
    var fixes: Set<String> {
        Set(
            affected.flatMap(\.ranges).filter { $0.type == "git" && $0.isAffected }.compactMap(\.lessThan).filter {
                $0.wholeMatch(of: /[0-9a-f]{7,40}/) != nil
            })
    }
}

/// The members that are read.
private struct Form: Decodable {
    struct Metadata: Decodable {
        /// As the kernel's own repository spells it, and as the CVE programme does.
        let cveID: String?
        let cveId: String?
        let state: String?
        let assignerShortName: String?
    }

    struct Text: Decodable {
        let lang: String
        let value: String
    }

    struct Version: Decodable {
        let version: String
        let lessThan: String?
        let lessThanOrEqual: String?
        let status: String?
        let versionType: String?
    }

    struct Product: Decodable {
        let vendor: String?
        let product: String?
        let defaultStatus: String?
        let programFiles: [String]?
        let versions: [Version]?
    }

    struct Container: Decodable {
        let title: String?
        let descriptions: [Text]?
        let affected: [Product]?
    }

    struct Containers: Decodable {
        let cna: Container
    }

    let dataType: String
    let cveMetadata: Metadata
    let containers: Containers
}
