// SPDX-License-Identifier: Apache-2.0
internal import Host

/// What a CMDB is to know: machines, the kernels that they run, and what these were built with and shown by.
///
/// Computed from the log alone, the same whichever CMDB it is for.
package struct CMDBModel: Codable, Hashable, Sendable {
    package enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
        /// A machine that its partitions share.
        case cpc
        /// z/VM or KVM in a partition.
        case hypervisor
        /// A Linux in a partition.
        case lpar
        /// A Linux under a hypervisor.
        case guest
        /// One build of a kernel, known by the digest of its notes.
        case kernel
        case toolchain
        case patchSeries = "patch-series"
        case deviation
        /// A run of the evidence log.
        case evidence

        /// Whether it is a system that was looked at.
        package var isMachine: Bool { self == .lpar || self == .guest }
    }

    package struct Item: Codable, Hashable, Sendable {
        package let kind: Kind
        /// Of that kind's items it is that of one, for ever.
        package let key: String
        /// For people; two items may have the same.
        package let name: String
        /// No longer there, or no longer in use.
        package let isRetired: Bool
        /// Only what is named is written; what else stands there stays.
        package let isPartial: Bool
        package let attributes: [CMDBAttribute: String]
        /// The same, of which a change alone is not worth writing: the log's head.
        package let context: [CMDBAttribute: String]

        package init(
            _ kind: Kind, _ key: String, name: String, isRetired: Bool = false, isPartial: Bool = false,
            attributes: [CMDBAttribute: String?],
            context: [CMDBAttribute: String?] = [:]
        ) {
            self.kind = kind
            self.key = key
            self.name = name
            self.isRetired = isRetired
            self.isPartial = isPartial
            self.attributes = attributes.compactMapValues { $0?.isEmpty == true ? nil : $0 }
            self.context = context.compactMapValues { $0 }
        }

        package var reference: Reference { Reference(kind, key) }
        /// The same in every CMDB (RFC 9562, version 5).
        package var identifier: String { reference.identifier }
    }

    /// Names an item.
    package struct Reference: Codable, Hashable, Sendable {
        package let kind: Kind
        package let key: String

        package init(_ kind: Kind, _ key: String) {
            self.kind = kind
            self.key = key
        }

        package var identifier: String { NamedUUID.text(of: "urn:bessemer:\(kind.rawValue):\(key)") }
    }

    package struct Relation: Codable, Hashable, Sendable {
        package enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
            /// A machine and its kernel.
            case runs
            /// A kernel with Rust and the one of the same run that GCC alone built.
            case fallsBackTo = "falls-back-to"
            case builtWith = "built-with"
            case coveredBy = "covered-by"
            /// A machine or hypervisor, and what it runs in.
            case hostedOn = "hosted-on"

            /// As a verb.
            package var words: String { rawValue.replacing("-", with: " ") }
        }

        package let kind: Kind
        package let source: Reference
        package let target: Reference

        package init(_ kind: Kind, from source: Reference, to target: Reference) {
            self.kind = kind
            self.source = source
            self.target = target
        }
    }

    /// By kind, then by key.
    package let items: [Item]
    package let relations: [Relation]
    /// Of the log that it was computed from; nil for one without a tree.
    package let head: LogHead?

    package init(items: [Item], relations: [Relation], head: LogHead?) {
        let order = Dictionary(uniqueKeysWithValues: zip(Kind.allCases, 0...))
        self.items = items.sorted { (order[$0.kind] ?? 0, $0.key) < (order[$1.kind] ?? 0, $1.key) }
        var seen: Set<Relation> = []
        self.relations = relations.filter { seen.insert($0).inserted }
        self.head = head
    }
}
