// SPDX-License-Identifier: Apache-2.0

/// What a value is that is not a string, an array or a table (TOML 1.0.0, from "Integer" to "Local Time").
enum TOMLScalar: String, Sendable {
    case boolean, integer, float, offsetDateTime, localDateTime, localDate, localTime

    /// The longest spelling that is looked at.
    static let longest = 256

    /// nil for what is none of these.
    init?(_ text: String) {
        switch text {
        case "true", "false": self = .boolean
        case "inf", "+inf", "-inf", "nan", "+nan", "-nan": self = .float
        default:
            guard let number = Self.number(text) ?? Self.time(text) else { return nil }
            self = number
        }
    }

    private static func number(_ text: String) -> TOMLScalar? {
        if text.wholeMatch(of: /0x[0-9A-Fa-f](_?[0-9A-Fa-f])*|0o[0-7](_?[0-7])*|0b[01](_?[01])*/) != nil {
            return .integer
        }
        let decimal = /[+\-]?(0|[1-9](_?[0-9])*)(\.[0-9](_?[0-9])*)?([eE][+\-]?[0-9](_?[0-9])*)?/
        guard let match = text.wholeMatch(of: decimal) else { return nil }
        return match.output.3 == nil && match.output.5 == nil ? .integer : .float
    }

    private static func time(_ text: String) -> TOMLScalar? {
        let clock = /([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?/
        if text.wholeMatch(of: clock) != nil { return .localTime }
        guard let match = text.wholeMatch(of: /([0-9]{4})-([0-9]{2})-([0-9]{2})([Tt ](.+?)([Zz]|[+\-](.{5}))?)?/),
            let year = Int(match.output.1), let month = Int(match.output.2), let day = Int(match.output.3),
            (1...12).contains(month), (1...days(of: month, in: year)).contains(day)
        else { return nil }
        guard let time = match.output.5 else { return .localDate }
        guard time.wholeMatch(of: clock) != nil else { return nil }
        if let offset = match.output.7, offset.wholeMatch(of: /([01][0-9]|2[0-3]):[0-5][0-9]/) == nil { return nil }
        return match.output.6 == nil ? .localDateTime : .offsetDateTime
    }

    private static func days(of month: Int, in year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && year % 100 != 0 || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
