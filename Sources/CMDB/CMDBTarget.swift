// SPDX-License-Identifier: Apache-2.0
package import Host
package import Records

/// A CMDB: how the model looks there, and how a change is made.
package protocol CMDBTarget: Sendable {
    /// Operations that are sent at once.
    var batch: Int { get }

    /// What differs from the model, in the order in which it has to be made.
    ///
    /// `retired` are identifiers of items that were retired there last, for a CMDB that does not show it. Throws `Failure` where
    /// it can't be read.
    func compare(_ model: CMDBModel, retired: Set<String>, progress: ProgressSink) async throws -> CMDBComparison

    /// What stands there now beside an operation. Throws `Failure` where it can't be read.
    func standing(of operation: CMDBPlan.Operation) async throws -> CMDBStanding

    /// Makes changes, and says of each what came of it; never of another number.
    ///
    /// Throws `Failure` where nothing was sent at all.
    func perform(_ operations: [CMDBPlan.Operation]) async throws -> [CMDBOutcome]
}

/// What differs between a CMDB and the model.
package struct CMDBComparison: Sendable {
    /// Without their numbers.
    package var operations: [CMDBPlan.Operation] = []
    package var unchanged = 0
    /// Machines that are there and not retired.
    package var machines = 0
    package var notes: [String] = []
    package var refusals: [String] = []

    package init() {}
}

/// One object of the model, as a CMDB has it.
struct CMDBObject {
    let collection: String
    let identifier: String
    let key: String
    let name: String
    let isMachine: Bool
    let isRetired: Bool

    init(
        _ collection: String, _ identifier: String, key: String, name: String, isMachine: Bool = false,
        isRetired: Bool = false
    ) {
        self.collection = collection
        self.identifier = identifier
        self.key = key
        self.name = name
        self.isMachine = isMachine
        self.isRetired = isRetired
    }

    /// An item of the model.
    init(_ item: CMDBModel.Item, in collection: String, named name: String? = nil) {
        self.init(
            collection, item.identifier, key: item.key, name: name ?? item.name, isMachine: item.kind.isMachine,
            isRetired: item.isRetired)
    }

    func operation(
        _ action: CMDBPlan.Action, before: [CanonicalJSON.Member] = [], after: [CanonicalJSON.Member]
    ) -> CMDBPlan.Operation {
        .make(action, collection, identifier, key: key, name: name, before: before, after: after)
    }
}

extension CMDBComparison {
    /// What stands in a CMDB beside an object of the model.
    enum Found {
        case nothing
        case same(isRetired: Bool)
        /// Members of it that differ, as they are there.
        case other(isRetired: Bool, before: [CanonicalJSON.Member])
    }

    /// An object, what stands there, and what is written where that is not the same.
    mutating func add(_ object: CMDBObject, beside found: Found, writing after: [CanonicalJSON.Member]) {
        func count(isRetired: Bool) { if object.isMachine, !isRetired { machines += 1 } }
        switch found {
        case .nothing:
            // What is gone before it was ever written down needs no entry.
            if !object.isRetired { operations.append(object.operation(.create, after: after)) }
        case .same(let isRetired):
            count(isRetired: isRetired)
            unchanged += 1
        case .other(let isRetired, let before):
            count(isRetired: isRetired)
            operations.append(
                object.operation(object.isRetired && !isRetired ? .retire : .update, before: before, after: after))
        }
    }
}

/// What stands in a CMDB where an operation is to be made.
package enum CMDBStanding: Sendable, Hashable {
    /// What the operation would make.
    case made
    /// What the plan saw.
    case asPlanned
    /// Something else, in a few words.
    case changed(String)
    /// The CMDB does not say; what is made twice is the same.
    case unknown
}

package enum CMDBOutcome: Sendable, Hashable {
    case done
    /// By the CMDB, for a reason.
    case refused(String)
    /// There was no answer, or one that says neither.
    case unknown(String)
}

extension CMDBPlan.Operation {
    /// One without a number yet.
    static func make(
        _ action: CMDBPlan.Action, _ collection: String, _ identifier: String, key: String?, name: String,
        before: [CanonicalJSON.Member] = [], after: [CanonicalJSON.Member]
    ) -> CMDBPlan.Operation {
        CMDBPlan.Operation(
            number: 0, action: action, collection: collection, identifier: identifier, key: key, name: name,
            before: CanonicalJSON(object: before), after: CanonicalJSON(object: after))
    }
}
