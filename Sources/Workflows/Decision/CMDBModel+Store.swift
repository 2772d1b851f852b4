// SPDX-License-Identifier: Apache-2.0
internal import CMDB
package import Records

extension CMDBModel {
    /// What a log knows of machines and their kernels, for a CMDB.
    ///
    /// `machines` have each of their runs judged. A machine is retired when that number of sweeps did not name it.
    package init(_ machines: KnownMachines, retireAfter sweeps: Int, head: LogHead?) {
        self.init(
            machines: machines.standings, seen: machines.seen, runs: machines.runs.map(\.filed), retireAfter: sweeps,
            head: head)
    }
}
