// SPDX-License-Identifier: Apache-2.0
package import Host
package import Records

/// A CMDB: how the model looks there, and how a change is made.
package protocol CMDBTarget: Sendable {
    /// Operations that are sent at once.
    var batch: Int { get }

    /// What differs from the model, in the order in which it has to be made. Throws `Failure` where it can't be read.
    func compare(_ model: CMDBModel, progress: ProgressSink) async throws -> CMDBComparison

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
