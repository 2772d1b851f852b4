// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

/// What a process inside can see, call and write, and what holds it; as JSON, the former alone.
package struct CheckedIsolation: Presentable {
    let facts: IsolationFacts
    let confinement: Confinement

    package init(facts: IsolationFacts, confinement: Confinement) {
        self.facts = facts
        self.confinement = confinement
    }

    package func encode(to encoder: any Encoder) throws { try facts.encode(to: encoder) }

    package func document(_ book: RuleBook) -> Document {
        let faults = facts.faults
        let title = faults.isEmpty ? "the sandbox holds" : "the sandbox does not hold"
        return Document(
            "isolation of the sandbox", banner: .init(role: faults.isEmpty ? .good : .bad, title: title)
        ) {
            Document.Section { Block.facts(lines) }
            table("Calls", facts.calls)
            table("Sockets", facts.sockets)
            table("Mounts", facts.mounts)
            if !faults.isEmpty { Document.Section("Open") { Block.sentences(faults, .bad) } }
        }
    }

    private func table(_ title: String, _ facts: [String: String]) -> Document.Section {
        let rows = facts.sorted { $0.key < $1.key }.map { [[Span.code($0.key)], [Span($0.value)]] }
        return .init(title) { Block.table(["Name", "Result"], rows, isHeaded: false) }
    }

    private var lines: [Fact] {
        func list(_ names: [String]) -> Span { Span(names.isEmpty ? "none" : names.joined(separator: " ")) }
        let limits = confinement.limits
        return [
            Fact("capabilities", list(facts.capabilities.keys.sorted())),
            Fact("may gain privileges", facts.noNewPrivileges ? "no" : "yes"),
            Fact("filter of system calls", Span(facts.isFiltered ? confinement.filter.hexadecimal : "none")),
            Fact("devices", list(facts.devices)),
            Fact("writable in /proc", list(facts.writableOfProc)),
            Fact("readable of the host in /proc", list(facts.readableOfProc)),
            Fact("network interfaces", list(facts.interfaces)),
            Fact("the caller's variables", list(facts.environment)),
            Fact("open descriptors", list(facts.descriptors)),
            Fact(
                "limits",
                Span(
                    "\(Quantities.number(limits.processes)) processes, "
                        + [(limits.memory, "of memory"), (limits.fileSize, "a file"), (limits.temporary, "of /tmp")]
                        .map { "\(Quantities.number($0 >> 20)) MiB \($1)" }.joined(separator: ", "))),
            Fact("processes and memory counted by", Span(confinement.controlGroup ?? "the user's limit of processes")),
        ]
    }
}
