// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// What held the code that was built, as sentences for a person.
enum IsolationLines {
    static func lines(_ isolation: RunRecord.Isolation) -> [String] {
        let limits = isolation.confinement.limits
        let counted = isolation.confinement.controlGroup.map { "counted by a control group (\($0))" }
        return [
            "no capability, device, network or key; \(isolation.confinement.refusedCalls) system calls refused "
                + "(filter \(isolation.confinement.filter.short))",
            "at most \(limits.processes) processes and \(limits.memory >> 20) MiB of memory, "
                + (counted ?? "processes counted by the user's limit, memory not counted"),
            "compiler cache: \(isolation.compilerCache)",
        ] + isolation.facts.faults.map { "open: \($0)" }
    }
}
