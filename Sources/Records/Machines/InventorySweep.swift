// SPDX-License-Identifier: Apache-2.0
internal import Host

/// One look at every host of an inventory, from its first to its last.
///
/// It is what shows that a machine is gone: that nobody names it any more, and not that it did not answer.
package struct InventorySweep: RecordBody {
    package static let isEvent = true
    package static let kind = RecordKind.machineSweep
    package static let version = 1

    /// The inventory's path.
    package let inventory: String
    /// That it named, whether they answered or not, sorted.
    package let hosts: [String]
    /// Those that were seen.
    package let seen: Int

    package init(inventory: String, hosts: [String], seen: Int) {
        self.inventory = inventory
        self.hosts = hosts
        self.seen = seen
    }

    package var subjects: [Subject] { [] }
}
