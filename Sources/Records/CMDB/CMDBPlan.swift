// SPDX-License-Identifier: Apache-2.0
package import Host

/// Each change that would bring a CMDB in step with the log, to be read by people before it is made.
package struct CMDBPlan: Codable, Hashable, Sendable {
    package static let schema = "bessemer-cmdb-plan/1"

    package enum TargetType: String, Codable, Hashable, Sendable, CaseIterable {
        case nautobot
        case servicenow
        case csv
    }

    package enum Action: String, Codable, Hashable, Sendable, CaseIterable {
        /// Something that the CMDB has to have for all objects: a custom field, a tag.
        case define
        case create
        case update
        /// Marked as no longer there; nothing is ever deleted.
        case retire
    }

    /// One change of one object.
    package struct Operation: Codable, Hashable, Sendable {
        /// From 1, in the order in which they are made.
        package let number: Int
        package let action: Action
        /// What the CMDB calls its kind: `virtualization/virtual-machines`, `cmdb_ci_linux_server`.
        package let collection: String
        /// In the CMDB.
        package let identifier: String
        /// `guest-uuid-…`; nil for what is defined for all.
        package let key: String?
        package let name: String
        /// Of the members that change, what was there; empty for something new.
        package let before: CanonicalJSON
        /// What is written.
        package let after: CanonicalJSON

        package init(
            number: Int, action: Action, collection: String, identifier: String, key: String?, name: String,
            before: CanonicalJSON, after: CanonicalJSON
        ) {
            self.number = number
            self.action = action
            self.collection = collection
            self.identifier = identifier
            self.key = key
            self.name = name
            self.before = before
            self.after = after
        }

        package func numbered(_ number: Int) -> Operation {
            Operation(
                number: number, action: action, collection: collection, identifier: identifier, key: key, name: name,
                before: before, after: after)
        }
    }

    /// Whether its operations have the numbers from 1 on, and each writes something.
    package var isNumbered: Bool {
        operations.enumerated().allSatisfy { $0.offset + 1 == $0.element.number && !$0.element.after.members.isEmpty }
    }

    package let schema: String
    package let toolVersion: String
    /// When it was made: `YYYY-MM-DDThh:mm:ssZ`.
    package let at: String
    /// As the settings name it.
    package let target: String
    package let type: TargetType
    /// Where it is: an address, or a folder.
    package let location: String
    package let head: LogHead?
    /// By which stages, deviations and waivers were judged; nil for none.
    package let policy: Digest?
    package let operations: [Operation]
    /// Objects that are as they have to be.
    package let unchanged: Int
    /// Retirements that are more than are made without being allowed.
    package let held: [Operation]
    /// What a person has to know; a sentence each.
    package let notes: [String]
    /// Why the CMDB would refuse an operation, where it can be asked before; a sentence each.
    package let refusals: [String]

    package init(
        toolVersion: String, at: String, target: String, type: TargetType, location: String, head: LogHead?,
        policy: Digest?, operations: [Operation], unchanged: Int, held: [Operation], notes: [String], refusals: [String]
    ) {
        schema = Self.schema
        self.toolVersion = toolVersion
        self.at = at
        self.target = target
        self.type = type
        self.location = location
        self.head = head
        self.policy = policy
        self.operations = operations
        self.unchanged = unchanged
        self.held = held
        self.notes = notes
        self.refusals = refusals
    }
}
