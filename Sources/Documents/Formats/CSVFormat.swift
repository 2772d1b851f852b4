// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

/// Machines as a table of comma-separated values (RFC 4180), for whoever keeps them in a spreadsheet or an asset database.
package struct CSVFormat {
    package init() {}

    package func text(of machines: [MachineStanding]) -> String {
        let rows = machines.map { machine in
            [
                machine.key, machine.place, machine.hosts.joined(separator: " "), machine.verdict.rawValue,
                machine.state?.release ?? "", machine.state?.notes?.hexadecimal ?? "", machine.state?.buildID ?? "",
                machine.kernel?.run ?? "", machine.kernel?.role.rawValue ?? "",
                machine.kernel?.stages.joined(separator: " ") ?? "", machine.lastSeen ?? "",
                machine.remarks.map(\.text).joined(separator: "; "),
            ]
        }
        let names = [
            "key", "place", "hosts", "verdict", "release", "kernel_notes_sha256", "build_id", "run", "kernel_role",
            "stages", "last_seen", "remarks",
        ]
        // As on a terminal: what is hidden or turns the text around is shown as what it is.
        return CSVTable(columns: names, rows: rows.map { $0.map(VisibleText.of) }).text
    }
}
