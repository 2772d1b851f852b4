// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
public import SystemPackage

/// A `.config` or a fragment of one: what each option is set to (scripts/kconfig/confdata.c).
public struct DotConfig: Sendable, Hashable {
    public struct Setting: Sendable, Hashable {
        /// `y`, `m`, `n` (also for `# CONFIG_X is not set`), a number, or a string without its quotes.
        public let value: String
        /// Counted from 1.
        public let line: Int
    }

    /// By name without `CONFIG_`; the last line on an option counts.
    public private(set) var settings: [String: Setting] = [:]
    /// The names in the order in which they first stand.
    public private(set) var names: [String] = []
    /// Lines that are neither a setting, a comment nor empty.
    public private(set) var unread: [Int] = []

    public init(_ text: String) {
        var number = 0
        for bytes in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            let line = Substring(bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes)
            if line.allSatisfy({ $0 == " " || $0 == "\t" }) { continue }
            if line.hasPrefix("# CONFIG_"), line.hasSuffix(" is not set") {
                set(String(line.dropFirst(9).dropLast(11)), "n", number)
            } else if line.hasPrefix("#") {
                continue
            } else if line.hasPrefix("CONFIG_"), let equals = line.firstIndex(of: "=") {
                let name = String(line[..<equals].dropFirst(7))
                set(name, Self.plain(line[line.index(after: equals)...]), number)
            } else {
                unread.append(number)
            }
        }
    }

    /// Reads a file of at most 32 MiB. Throws `Failure` with code `file.unreadable` or `configuration.unreadable`.
    public init(file: FilePath) throws {
        guard let size = Files.size(file), size <= 32 << 20 else {
            throw Failure(
                "configuration.unreadable", "\(file) is missing or is no configuration file",
                advice: "name a kernel configuration, e.g. the .config of a build")
        }
        self.init(try Files.text(file))
    }

    private mutating func set(_ name: String, _ value: String, _ line: Int) {
        guard !name.isEmpty, name.utf8.allSatisfy(KconfigToken.isWord) else {
            unread.append(line)
            return
        }
        if settings.updateValue(Setting(value: value, line: line), forKey: name) == nil { names.append(name) }
    }

    private static func plain(_ value: Substring) -> String {
        let value = value.trimmingCharacters(in: .whitespaces)
        guard value.utf8.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") else { return value }
        var text = ""
        var escaped = false
        for character in value.dropFirst().dropLast() {
            if character == "\\", !escaped {
                escaped = true
            } else {
                text.append(character)
                escaped = false
            }
        }
        return text
    }

    public subscript(name: String) -> String? { settings[name]?.value }

    /// Options set to `y` or `m`.
    public var enabled: Int { settings.values.count { $0.value == "y" || $0.value == "m" } }
}
