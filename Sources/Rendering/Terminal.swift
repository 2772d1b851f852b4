// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// What the thing at the other end of a file descriptor can show.
public struct Terminal: Hashable, Sendable {
    /// Lines may be overwritten and the cursor moved.
    public let isInteractive: Bool
    public let style: Style
    /// Columns.
    public let width: Int

    public init(isInteractive: Bool, style: Style, width: Int) {
        self.isInteractive = isInteractive
        self.style = style
        self.width = width
    }

    /// A file or a pipe.
    public static let plain = Terminal(isInteractive: false, style: .plain, width: 80)

    /// Asks the kernel whether the descriptor is a terminal and how wide it is (isatty(3), ioctl_tty(2)).
    public static func detect(descriptor: Int32, environment: [String: String]) -> Terminal {
        guard isatty(descriptor) == 1 else { return .plain }
        var size = winsize()
        let known = unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 ? Int(size.ws_col) : 0
        return Terminal(environment: environment, columns: known)
    }

    /// A terminal in this environment: `TERM=dumb` or no `TERM` shows neither colour nor overwritten lines, `NO_COLOR`
    /// (no-color.org) no colour; `COLUMNS` wins over the width that the kernel knows, and 80 stands in for both.
    public init(environment: [String: String], columns: Int) {
        let name = environment["TERM"] ?? ""
        let isDumb = name.isEmpty || name == "dumb"
        let noColour = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        let asked = environment["COLUMNS"].flatMap { Int($0) } ?? columns
        self.init(
            isInteractive: !isDumb, style: isDumb || noColour ? .plain : .coloured,
            width: asked > 0 ? min(max(asked, 20), 1000) : 80)
    }
}

/// How words are set off from others: with colour and weight (ECMA-48 SGR), or not at all.
public enum Style: Hashable, Sendable {
    case plain
    case coloured

    public enum Role: Sendable {
        case strong
        case good
        case bad
        case caution
        case quiet
    }

    public func callAsFunction(_ role: Role?, _ text: String) -> String {
        guard self == .coloured, let role, !text.isEmpty else { return text }
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
