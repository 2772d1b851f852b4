// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

extension WatchReport: Presentable {
    /// What changed, what could not be looked at, and what is known of each source.
    package func document(_ book: RuleBook) -> Document {
        Document("watch", banner: banner, footer: "bessemer \(toolVersion)") {
            if !failures.isEmpty {
                Document.Section("Could not look", .quiet(Quantities.count(failures.count, "source"))) {
                    failures.map { source in
                        Block.sentence(
                            Span(source.name), tag: .tag(source.lastLookText, .caution),
                            source.failure?.spans ?? [])
                    }
                }
            }
            if !changes.isEmpty {
                Document.Section(
                    scope == .look ? "New" : "Changes", .quiet(Quantities.count(changes.count, "change"))
                ) {
                    Block.table(
                        ["", "SOURCE", "SUBJECT", "CHANGE"],
                        changes.map { change in
                            [
                                [change.tag],
                                [Span(change.source)] + (scope == .log ? [.quiet(change.at)] : []),
                                [.code(change.subject)],
                                [Span(change.difference)] + [change.detail.map { Span.quiet($0) }].compactMap(\.self),
                            ]
                        }, leading: 2, breaksLast: true, most: 200, noun: "change")
                }
            }
            Document.Section("Sources", .quiet(Quantities.count(sources.count, "source"))) {
                Block.table(
                    ["SOURCE", "LAST LOOK", "KNOWN", "NOTE"],
                    sources.map { source in
                        [
                            [Span(source.name)], [.quiet(source.lastLookText)],
                            [.quiet(Quantities.count(source.values.count { $0.value != nil }, "value"))],
                            source.notes.map { Span($0, .caution) },
                        ]
                    }, breaksLast: true)
            }
            Document.Section("What is known", isDetail: true) {
                sources.filter { !$0.values.isEmpty }.map { source in
                    Block.fold(Span(source.name)) {
                        Block.table(
                            ["SUBJECT", "VALUE", "DETAIL"],
                            source.values.map { value in
                                [
                                    [.code(value.subject)], [Span(WatchChange.shown(value.value, value.topic))],
                                    [.quiet(value.detail ?? "")],
                                ]
                            }, breaksLast: true)
                    }
                }
            }
        }
    }

    private var banner: Document.Banner {
        guard scope == .look else {
            return Document.Banner(
                title: "Watch: " + Quantities.count(changes.count, "change") + " recorded of "
                    + Quantities.count(sources.count, "source"), lines: [.quiet("as of \(at)")])
        }
        let word = !failures.isEmpty ? "COULD NOT LOOK" : changes.isEmpty ? "NOTHING NEW" : "NEW"
        let news = changes.isEmpty ? "nothing new" : Quantities.count(changes.count, "change")
        return Document.Banner(
            word: word, role: failures.isEmpty ? (changes.isEmpty ? .good : .caution) : .bad,
            title: "Watch: \(news), " + Quantities.count(sources.count - failures.count, "source") + " looked at",
            lines: [.quiet("as of \(at)")]
                + (failures.isEmpty
                    ? []
                    : [
                        Span(
                            Quantities.count(failures.count, "source")
                                + " could not be looked at; what is known there is as old as shown", .bad)
                    ]))
    }
}

extension WatchReport.Problem {
    fileprivate var spans: [Span] {
        let said = underlying?.split(separator: "\n").prefix(3).map { Span.quiet($0.trimmingPrefix(" ").description) }
        return [Span(message, .bad)] + (said ?? []) + [.quiet(advice)]
    }
}

extension WatchReport.Source {
    fileprivate var lastLookText: String {
        guard let age, lastLook != nil else { return "never" }
        return switch age {
        case ..<90: "now"
        case ..<(48 * 3600): Quantities.duration(Double(age)) + " ago"
        default: "\(age / 86_400) days ago"
        }
    }
}

extension WatchChange {
    /// For people: the beginning of a digest is enough to tell two apart.
    static func shown(_ value: String?, _ topic: Sighting.Topic) -> String {
        guard let value else { return "not there" }
        return Digest(hexadecimal: value)?.short ?? value
    }

    var difference: String {
        let new = Self.shown(after, topic)
        return before == nil && kind == .firstSeen ? new : "\(Self.shown(before, topic)) → \(new)"
    }

    var tag: Span {
        switch kind {
        case .firstSeen: .tag("first seen", .quiet)
        case .newerPackage: .tag("newer", .good)
        case .otherPackage: .tag("other version", .caution)
        case .packageGone, .fileGone, .gone: .tag("gone", .bad)
        case .flagAccepted: .tag("accepted", .good)
        case .flagRefused: .tag("refused", .bad)
        case .flagChanged: .tag("flag", .caution)
        case .optionOn: .tag("on", .good)
        case .optionOff: .tag("off", .bad)
        case .optionChanged: .tag("option", .caution)
        case .fileChanged: .tag("file changed", .caution)
        case .seriesApplies: .tag("applies", .good)
        case .seriesFails: .tag("does not apply", .bad)
        case .supportChanged: .tag("support", .caution)
        case .versionChanged: .tag("version", .quiet)
        }
    }
}
