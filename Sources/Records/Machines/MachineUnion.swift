// SPDX-License-Identifier: Apache-2.0
internal import Host

/// What a person says of two machines of the list: that they are one, which moved.
package struct MachineUnion: RecordBody {
    package static let isEvent = true
    package static let kind = RecordKind.machineUnion
    package static let version = 1

    /// Two keys of `MachineIdentity`.
    package let keys: [String]
    package let reason: String
    /// What was said before of the same two is taken back.
    package let isWithdrawn: Bool

    package init(keys: [String], reason: String, isWithdrawn: Bool = false) {
        self.keys = keys
        self.reason = reason
        self.isWithdrawn = isWithdrawn
    }

    package var subjects: [Subject] { keys.map { Subject("machine", Digest(of: $0)) } }
}
