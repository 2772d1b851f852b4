// SPDX-License-Identifier: Apache-2.0
internal import Records

/// Rows of things with a day, beside each other on a calendar.
package struct DayChart: Sendable {
    enum Mark: Sendable {
        case reached(Day)
        /// To that day's end; nil for no end.
        case span(Day, Day?)
        /// It waits for something that no day brings.
        case held
        case unknown
    }

    struct Row: Sendable {
        let title: String
        /// What the mark means: a picture is read without colours, too.
        let words: String
        let mark: Mark

        var days: [Day] {
            switch mark {
            case .reached(let day): [day]
            case .span(let from, let to): [from] + [to].compactMap(\.self)
            case .held, .unknown: []
            }
        }
    }

    let title: String
    let description: String
    let today: Day
    let rows: [Row]
}
