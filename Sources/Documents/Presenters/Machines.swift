// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

extension MachineStanding: Listable {
    /// A row each, those that need somebody first.
    package static func document(of list: [MachineStanding], _ book: RuleBook) -> Document {
        guard !list.isEmpty else {
            return Document(
                "machines",
                banner: .init(
                    title: "No machine was looked at; `bessemer machine look --via \"ssh lpar1\"` looks at one."))
        }
        return Document("machines") {
            Document.Section {
                Block.table(
                    ["VERDICT", "MACHINE", "KERNEL", "RUN", "SEEN", "REMARKS"],
                    list.gravestFirst.map { machine in
                        [
                            [.tag(machine.verdict.text, machine.verdict.role)],
                            [Span(machine.place)]
                                + (machine.hosts == [machine.place]
                                    ? [] : [.quiet(machine.hosts.joined(separator: ", "))]),
                            machine.state.map { [Span($0.release)] } ?? [],
                            machine.kernel.map { [Span($0.run), .quiet($0.words)] } ?? [],
                            [.quiet(machine.ageWords)], machine.remarks.map { Span($0.text, .caution) },
                        ]
                    }, breaksLast: true)
            }
        }
    }
}

extension MachineStanding: Presentable {
    /// All that is known of one.
    package func document(_ book: RuleBook) -> Document {
        Document(
            "machine",
            banner: .init(
                word: verdict.text.uppercased(), role: verdict.role, title: place,
                lines: remarks.map { Span($0.text, .caution) })
        ) {
            Document.Section("Machine") {
                Block.facts(
                    [
                        Fact("Key", .code(key), aliases.dropFirst().map { .code($0) }),
                        Fact("Reached as", Span(hosts.joined(separator: ", "))),
                        Fact("Last seen", Span(lastSeen ?? "never"), [.quiet("entry \(entry.sequence)")]),
                        Fact(
                            "Inventories",
                            inventories.first.map { Span($0) } ?? .quiet("none names it, so it is never retired"),
                            inventories.dropFirst().map { Span($0) }),
                    ] + (state?.identity.facts ?? []))
            }
            if let state { state.section(kernel) }
        }
    }
}

extension [MachineStanding] {
    /// Those that need somebody first.
    var gravestFirst: [MachineStanding] {
        let order: [MachineStanding.Verdict] = [.refused, .unknown, .lost, .unseen, .proven, .baseline]
        func rank(_ machine: MachineStanding) -> Int {
            (machine.isFinding ? 0 : order.count) + (order.firstIndex(of: machine.verdict) ?? 0)
        }
        return enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }.map(\.element)
    }
}

extension MachineStanding {
    fileprivate var ageWords: String {
        guard let age else { return "never" }
        return age == 0 ? "today" : "\(Quantities.count(age, "day")) ago"
    }
}

extension MachineStanding.Kernel {
    var words: String {
        (role == .candidate ? "with Rust" : "GCC only") + (stages.last.map { ", passed \($0)" } ?? "")
    }
}

extension MachineStanding.Verdict {
    var role: Style.Role {
        switch self {
        case .proven, .baseline: .good
        case .refused, .unknown: .bad
        case .lost, .unseen: .caution
        }
    }
}

extension MachineIdentity {
    fileprivate var facts: [Fact] {
        [
            machine.map { Fact("CPC", Span($0), [.quiet(["model", model ?? "not known"].joined(separator: " "))]) },
            partition.map { partition in
                Fact(
                    "LPAR",
                    Span(
                        [partition.number.map(String.init), partition.name].compactMap(\.self).joined(separator: " ")),
                    [partition.extendedName, partition.uuid].compactMap(\.self).map { .quiet($0) })
            },
        ].compactMap(\.self)
            + guests.map { guest in
                Fact(
                    "Guest", Span(guest.extendedName ?? guest.name ?? "without a name"),
                    [guest.controlProgram, guest.uuid].compactMap(\.self).map { .quiet($0) })
            }
    }
}

extension MachineState.Load {
    fileprivate var span: Span {
        Span(
            [type, device ?? "", parameter.map { "load parameter \($0)" } ?? ""].filter { !$0.isEmpty }
                .joined(separator: ", "))
    }
}

extension MachineState {
    fileprivate func section(_ kernel: MachineStanding.Kernel?) -> Document.Section {
        Document.Section("Kernel") {
            Block.facts(
                [
                    Fact("Release", Span(release), [version.map { .quiet($0) }].compactMap(\.self)),
                    Fact(
                        "Notes", notes.map { .digest($0) } ?? Span("not readable", .caution),
                        [buildID.map { .quiet("build identifier \($0)") }].compactMap(\.self)),
                    Fact("Run", kernel.map { Span("\($0.run), \($0.words)") } ?? Span("none of this log", .bad)),
                    Fact("Started from", loaded?.span ?? .quiet("not said")),
                    Fact("Next IPL", next?.span ?? .quiet("not said")),
                    Fact("Secure boot", isSecure.map { Span($0 ? "yes" : "no") } ?? .quiet("not said")),
                    Fact("Taint", taint.map { Span("\($0)", $0 == 0 ? nil : .caution) } ?? .quiet("not said")),
                    Fact(
                        "Facility 156",
                        hasEtoken.map { Span($0 ? "there: no expolines are needed" : "not there") }
                            ?? .quiet("not said")),
                    commandLine.map { Fact("Command line", .digest($0)) },
                ].compactMap(\.self))
        }
    }
}
