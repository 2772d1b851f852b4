// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// What the thing at the other end of a file descriptor can show.
package struct Terminal: Hashable, Sendable {
    /// Lines may be overwritten and the cursor moved.
    package let isInteractive: Bool
    package let style: Style

    package init(isInteractive: Bool, style: Style) {
        self.isInteractive = isInteractive
        self.style = style
    }

    /// A file or a pipe: its lines are as long as they get, so that what is looked for in them is in one piece.
    package static let plain = Terminal(isInteractive: false, style: Style(isColoured: false, width: nil))

    /// Columns; 80 where lines may have any length.
    package var width: Int { style.width ?? Style.standardWidth }

    /// Asks the kernel whether the descriptor is a terminal and how wide it is (isatty(3), ioctl_tty(2)). The lines of a
    /// file or a pipe are wrapped where `COLUMNS` asks for it.
    package static func detect(descriptor: Int32, environment: [String: String]) -> Terminal {
        guard isatty(descriptor) == 1 else {
            let style = Style(isColoured: false, width: columns(environment))
            return Terminal(isInteractive: false, style: style)
        }
        var size = winsize()
        let known = unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 ? Int(size.ws_col) : 0
        return Terminal(environment: environment, columns: known)
    }

    /// A terminal in this environment: `TERM=dumb` or no `TERM` shows neither colour nor overwritten lines, `NO_COLOR`
    /// (no-color.org) no colour; `COLUMNS` wins over the width that the kernel knows, and 80 stands in for both.
    package init(environment: [String: String], columns: Int) {
        let name = environment["TERM"] ?? ""
        let isDumb = name.isEmpty || name == "dumb"
        let noColour = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        let known = columns > 0 ? Self.bounded(columns) : Style.standardWidth
        self.init(
            isInteractive: !isDumb,
            style: Style(isColoured: !isDumb && !noColour, width: Self.columns(environment) ?? known))
    }

    /// What `COLUMNS` says; nil where it is no number of columns.
    private static func columns(_ environment: [String: String]) -> Int? {
        guard let columns = environment["COLUMNS"].flatMap({ Int($0) }), columns > 0 else { return nil }
        return bounded(columns)
    }

    private static func bounded(_ columns: Int) -> Int { min(max(columns, 20), 1000) }
}

/// How text is set for its reader: with colour and weight (ECMA-48 SGR) or without, and in lines of how many columns.
package struct Style: Hashable, Sendable {
    package let isColoured: Bool
    /// Columns of a line; nil where it may have any length.
    package let width: Int?

    package init(isColoured: Bool, width: Int?) {
        self.isColoured = isColoured
        self.width = width
    }

    static let standardWidth = 80
    package static let plain = Style(isColoured: false, width: standardWidth)
    package static let coloured = Style(isColoured: true, width: standardWidth)

    package enum Role: Sendable {
        case strong
        case good
        case bad
        case caution
        case quiet
    }

    package func callAsFunction(_ role: Role?, _ text: String) -> String {
        guard isColoured, let role, !text.isEmpty else { return text }
        let code =
            switch role {
            case .strong: "1"
            case .good: "32"
            case .bad: "1;31"
            case .caution: "33"
            case .quiet: "2"
            }
        return "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }
}
