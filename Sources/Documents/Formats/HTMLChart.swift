// SPDX-License-Identifier: Apache-2.0
internal import Records

/// Where everything of a `DayChart` stands in its picture, for the template. Lengths are in units of its view box.
struct ChartLayout {
    private let chart: DayChart
    private let first: Int
    private let last: Int

    private static let width = 1000
    private static let left = 390
    private static let right = 970
    private static let top = 34
    private static let rowHeight = 44
    /// Rows that are drawn; the table below the picture has all.
    private static let most = 60
    /// Days before and after today that have room: about ten years.
    private static let widest = 3660

    init(_ chart: DayChart) {
        self.chart = chart
        let today = chart.today.number
        let days = chart.rows.flatMap(\.days).map(\.number).filter { abs($0 - today) <= Self.widest } + [today]
        let (low, high) = (days.min() ?? today, days.max() ?? today)
        let margin = max(15, (high - low) / 12)
        first = low - margin
        last = high + margin
    }

    /// At the edge for a day that has no room.
    private func x(_ day: Day) -> Int {
        let place = min(max(day.number, first), last) - first
        return Self.left + place * (Self.right - Self.left) / (last - first)
    }

    private func y(_ row: Int) -> Int { Self.top + row * Self.rowHeight + Self.rowHeight / 2 }

    private var rows: [DayChart.Row] { Array(chart.rows.prefix(Self.most)) }
    private var bottom: Int { Self.top + rows.count * Self.rowHeight }

    /// Firsts of months, so far apart that there are at most eight.
    private var ticks: [TemplateValues] {
        let months = max(1, (last - first) / 30)
        let step = [1, 2, 3, 6, 12, 24, 60, 120].first { months / $0 <= 8 } ?? 120
        let start = Day(number: first).description.split(separator: "-").compactMap { Int($0) }
        guard start.count == 3 else { return [] }
        var month = start[0] * 12 + start[1]
        month += (step - month % step) % step
        var ticks: [TemplateValues] = []
        while let day = Self.day(month), day.number <= last {
            ticks.append(
                TemplateValues(["x": x(day), "bottom": bottom, "text": String(day.description.prefix(7))]))
            month += step
        }
        return ticks
    }

    /// The first of a month, counted from year 0.
    private static func day(_ month: Int) -> Day? {
        let text = String(month / 12)
        let number = String(month % 12 + 1)
        return Day(
            String(repeating: "0", count: max(0, 4 - text.count)) + text + (number.count == 1 ? "-0" : "-") + number
                + "-01")
    }

    var values: TemplateValues {
        let today = x(chart.today)
        return TemplateValues([
            "title": chart.title, "description": chart.description, "width": Self.width, "height": bottom + 8,
            "bottom": bottom, "ticks": ticks, "today": today, "day": chart.today.description,
            "rows": rows.enumerated().map { number, row in drawn(row, number) },
        ])
    }

    private func drawn(_ row: DayChart.Row, _ number: Int) -> TemplateValues {
        let (middle, line) = (y(number), y(number) - Self.rowHeight / 2)
        var values = TemplateValues([
            "title": VisibleText.of(row.title, columns: 50), "words": VisibleText.of(row.words, columns: 58),
            "titleY": middle - 4, "wordsY": middle + 13, "lineY": line, "y": middle,
        ])
        switch row.mark {
        case .reached(let day): values["reached"] = x(day)
        case .span(let from, let to):
            let start = x(from)
            let end = to.map { x($0) } ?? Self.right
            values["span"] = TemplateValues(["start": start, "width": max(2, end - start), "barY": middle - 5])
            if to == nil { values["open"] = Self.right }
        case .held: values["held"] = TemplateValues(["start": x(chart.today), "end": Self.right])
        case .unknown: values["unknown"] = x(chart.today)
        }
        return values
    }
}
