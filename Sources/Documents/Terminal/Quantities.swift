// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Records

/// Numbers and times as people read them.
enum Quantities {
    /// `2,874`.
    static func number(_ value: Int) -> String { value.grouped }

    /// `1 warning`, `2,874 steps`.
    static func count(_ value: Int, _ singular: String, _ plural: String? = nil) -> String {
        "\(number(value)) \(value == 1 ? singular : plural ?? singular + "s")"
    }

    private static let endsOfNoun: Set<Substring> = [
        "of", "in", "on", "by", "that", "with", "without", "from", "through", "only", "not",
    ]

    /// `5,307 bug entries`, `1 bug entry`: of a label in the plural the first noun that stands before what says more of it.
    static func counted(_ value: Int, _ label: String) -> String {
        guard value == 1 else { return "\(number(value)) \(label)" }
        var words = label.split(separator: " ")
        let noun = words.prefix { !endsOfNoun.contains($0) }.firstIndex { $0.wholeMatch(of: /.*[^su]s,?/) != nil }
        if let noun {
            words[noun] = words[noun].replacing(/ies(,?)$/) { "y\($0.1)" }.replacing(/leaves(,?)$/) { "leaf\($0.1)" }
                .replacing(/(ch|sh|ss|x)es(,?)$/) { "\($0.1)\($0.2)" }.replacing(/s(,?)$/) { "\($0.1)" }
        }
        return "\(number(value)) \(words.joined(separator: " "))"
    }

    /// `and 12 more rows: the JSON has all`, where something is left out.
    static func rest(_ count: Int, _ noun: String) -> String? {
        count > 0 ? "and \(Self.count(count, "more \(noun)")): the JSON has all" : nil
    }

    /// `2 panics, Oopses, BUGs or stalls`
    static func events(_ value: Int, _ adjective: String = "") -> String {
        count(value, adjective + "panic, Oops, BUG or stall", adjective + "panics, Oopses, BUGs or stalls")
    }

    /// `0.4 s`, `48.9 s`, `8 min 33 s`, `1 h 02 min`.
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "?" }
        if seconds < 59.95 {
            let tenths = Int((seconds * 10).rounded())
            return "\(tenths / 10).\(tenths % 10) s"
        }
        let whole = Int(seconds.rounded())
        if whole < 3600 { return "\(whole / 60) min \(twoDigits(whole % 60)) s" }
        return "\(number(whole / 3600)) h \(twoDigits(whole % 3600 / 60)) min"
    }

    /// `1.650`.
    static func thousandths(_ seconds: Double) -> String {
        let thousandths = Int((seconds * 1000).rounded())
        let rest = String(thousandths % 1000)
        return "\(thousandths / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
    }

    /// `612 B`, `69.5 KiB`, `178.7 MiB`.
    static func size(_ bytes: Int) -> String {
        var value = Double(bytes)
        for unit in ["B", "KiB", "MiB", "GiB"] {
            if (abs(value) * 10).rounded() < 10_240 || unit == "GiB" {
                if unit == "B" { return "\(bytes) B" }
                let tenths = Int((value * 10).rounded())
                return "\(number(tenths / 10)).\(abs(tenths % 10)) \(unit)"
            }
            value /= 1024
        }
        return "\(bytes) B"
    }

    /// `2026-11-22 10:15:00 UTC`.
    static func time(_ date: Date) -> String {
        date.formatted(.iso8601).replacingOccurrences(of: "T", with: " ").replacingOccurrences(of: "Z", with: " UTC")
    }

    /// `2026-11-22`.
    static func day(_ date: Date) -> String {
        String(date.formatted(.iso8601).prefix(10))
    }

    /// `2 failed (1 waived), 7 passed`: what there is of each, the worst first.
    static func counts(_ counts: TestCounts, waived: Int = 0) -> String {
        let failed = waived > 0 ? "failed (\(number(waived)) waived)" : "failed"
        let parts = [
            (counts.fail, failed), (counts.unknown, "unknown"), (counts.pass, "passed"), (counts.skip, "skipped"),
        ]
        let named = parts.filter { $0.0 > 0 }.map { "\(number($0.0)) \($0.1)" }
        return named.isEmpty ? "no tests" : named.joined(separator: ", ")
    }

    private static func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
