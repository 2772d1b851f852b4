// SPDX-License-Identifier: Apache-2.0
package import Host

/// What came of the operations of a plan, so far: the body of an entry.
package struct CMDBReport: RecordBody {
    package static let isEvent = true
    package static let kind = RecordKind.cmdb
    package static let version = 1

    package enum State: String, Codable, Hashable, Sendable, CaseIterable {
        case todo
        /// It was sent, and nothing is known of an answer.
        case sent
        case done
        /// The CMDB, or what stands there now, does not allow it.
        case refused
        /// There was no answer that says.
        case unknown
    }

    /// One operation.
    package struct Result: Codable, Hashable, Sendable {
        package let number: Int
        package let action: CMDBPlan.Action
        package let collection: String
        package let identifier: String
        package let key: String?
        package let name: String
        package let state: State
        /// Why it is not done; nil where it is.
        package let reason: String?

        package init(_ operation: CMDBPlan.Operation, _ state: State, _ reason: String?) {
            number = operation.number
            action = operation.action
            collection = operation.collection
            identifier = operation.identifier
            key = operation.key
            name = operation.name
            self.state = state
            self.reason = reason
        }
    }

    /// As the settings name it.
    package let target: String
    package let type: CMDBPlan.TargetType
    /// Where it is: an address, or a folder.
    package let location: String
    /// Of the plan's file.
    package let plan: Digest
    /// Of the log that the plan was made from.
    package let head: LogHead?
    /// The plan's policy; nil for none.
    package let policy: Digest?
    package let results: [Result]

    package init(
        target: String, type: CMDBPlan.TargetType, location: String, plan: Digest, head: LogHead?, policy: Digest?,
        results: [Result]
    ) {
        self.target = target
        self.type = type
        self.location = location
        self.plan = plan
        self.head = head
        self.policy = policy
        self.results = results
    }

    package var isComplete: Bool { results.allSatisfy { $0.state == .done } }

    package func count(_ state: State) -> Int { results.count { $0.state == state } }

    package var subjects: [Subject] { [Subject("cmdb-plan", plan)] }
}

extension [CMDBReport] {
    /// Identifiers of what was retired, and not written again since; the oldest report stands first.
    package var retired: Set<String> {
        var retired: Set<String> = []
        for result in flatMap(\.results) where result.state == .done {
            if result.action == .retire { retired.insert(result.identifier) } else { retired.remove(result.identifier) }
        }
        return retired
    }
}
