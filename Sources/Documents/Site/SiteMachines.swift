// SPDX-License-Identifier: Apache-2.0
package import Records

/// The orders of the list of machines, each with pages of its own.
private enum MachineOrder: String, CaseIterable {
    case need
    case place
    case kernel
    case seen

    var name: String? { self == .need ? nil : rawValue }

    var words: String {
        switch self {
        case .need: "those that need somebody first"
        case .place: "by place"
        case .kernel: "by kernel, newest version first"
        case .seen: "the longest not seen first"
        }
    }

    /// `machines` are in the order of their places, and stay so where the order says nothing else.
    func sorted(_ machines: [MachineStanding]) -> [MachineStanding] {
        switch self {
        case .need: return machines.gravestFirst
        case .place: return machines
        case .kernel: return machines.newestFirst { $0.state?.release ?? "" }
        case .seen:
            return machines.enumerated().sorted {
                ($1.element.age ?? .max, $0.offset) < ($0.element.age ?? .max, $1.offset)
            }.map(\.element)
        }
    }

    var columns: [Table.Column] {
        func order(_ own: MachineOrder, _ direction: Table.Column.Order.Direction) -> Table.Column.Order {
            Table.Column.Order(
                direction: own == self ? direction : nil,
                target: own == self ? nil : SitePath.list("machines", own.name, 1))
        }
        var columns: [Table.Column] = ["VERDICT", "MACHINE", "KERNEL", "RUN", "SEEN"]
        columns[0].order = order(.need, .descending)
        columns[1].order = order(.place, .ascending)
        columns[2].order = order(.kernel, .descending)
        columns[4].order = order(.seen, .ascending)
        return columns
    }
}

extension SiteFacts {
    func machinePages() -> [SitePage] {
        MachineOrder.allCases.flatMap { order in
            SiteList(name: "machines", order: order.name, rows: order.sorted(machines)).pages(.machines) {
                rows, range in
                machinesDocument(rows, range, order)
            }
        }
    }

    private func machinesDocument(_ rows: [MachineStanding], _ range: String, _ order: MachineOrder) -> Document {
        guard !machines.isEmpty else {
            return Document("machines", banner: .init(title: "No machine was looked at")) {
                Document.Section {
                    Block.sentence("A look records what a machine runs:", [.code("bessemer machine look --host lpar1")])
                }
            }
        }
        let open = machines.count(where: \.isFinding)
        return Document(
            "machines",
            banner: .init(
                title: "Machines: " + Quantities.number(machines.count),
                lines: [
                    Span(open == 0 ? "None needs somebody." : "\(Quantities.number(open)) of them need somebody."),
                    .quiet("as of \(day) UTC"),
                ])
        ) {
            Document.Section {
                Block.table(
                    Table(
                        columns: order.columns, rows: rows.map(\.siteRow),
                        caption: "Machines, \(order.words)" + (range.isEmpty ? "" : ": \(range)"), heading: 1))
            }
        }
    }
}

extension MachineStanding {
    /// Its page.
    var link: Span { Span(place).leading(to: SitePath.machine(key)) }

    /// The day alone: how long ago that was, each day would write again.
    var lastDay: String { lastSeen.map { String($0.prefix(10)) } ?? "never" }

    fileprivate var siteRow: [Table.Cell] {
        [
            [.tag(verdict.text, verdict.role)],
            [link] + (hosts == [place] ? [] : [.quiet(hosts.joined(separator: ", "))])
                + remarks.map { Span($0.text, .caution) },
            state.map { [Span($0.release)] } ?? [],
            kernel.map { [Span($0.run).leading(to: SitePath.run($0.run)), .quiet($0.words)] } ?? [],
            [.quiet(lastDay)],
        ]
    }

    /// The page of one machine.
    package func page(_ book: RuleBook) -> SitePage {
        let shown = document(book)
        let host = hosts.first
        return SitePage(
            SitePath.machine(key), of: .machines,
            Document(shown.name, banner: shown.banner, footer: shown.footer) {
                Document.Section {
                    if let kernel {
                        Block.sentence(
                            Span("The run of its kernel: \(kernel.run)").leading(to: SitePath.run(kernel.run)))
                    }
                    if isFinding {
                        Block.sentence(Span(remedy, .caution), command(host).map { [.code($0)] } ?? [])
                    }
                }
                shown.sections
            })
    }

    /// What is to be done, in a sentence.
    private var remedy: String { verdict.remedy ?? "See what is said of it above." }

    /// nil where the name under which it is reached is not one that ssh takes.
    private func command(_ host: String?) -> String? {
        host.flatMap { Self.isPlain($0) ? $0 : nil }.map { host in
            switch verdict {
            case .lost, .unseen: "bessemer machine look --host \(host)"
            default: "bessemer machine show \(host)"
            }
        }
    }

    /// Whether a command may have the name as it is: what somebody else chose is not put before a shell.
    static func isPlain(_ name: String) -> Bool {
        name.utf8.count <= 80 && name.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9.@_-]*/) != nil
    }
}

extension MachineStanding.Verdict {
    /// What is to be done about a machine with that verdict; nil for a good one.
    var remedy: String? {
        switch self {
        case .proven, .baseline: nil
        case .refused: "Give the gate what it misses, or start a kernel that passes it."
        case .unknown: "Find out where the kernel comes from, or start one of a run that passed."
        case .lost: "Look at it again; where it is gone for good, nothing has to be done."
        case .unseen: "See why, and look at it again, or take it out of the inventory."
        }
    }
}
