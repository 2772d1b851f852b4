// SPDX-License-Identifier: Apache-2.0
internal import Foundation
public import Host
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
    /// What the kernel's tool says it is of, e.g. `Linux/s390 7.3.4`; nil where it does not say.
    public private(set) var subject: String?
    /// Of its bytes.
    public private(set) var digest: Digest
    /// Lines that are neither a setting, a comment nor empty.
    public private(set) var unread: [Int] = []

    public init(_ text: String) {
        digest = Digest(of: text)
        var number = 0
        for bytes in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            let line = Substring(bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes)
            if line.allSatisfy({ $0 == " " || $0 == "\t" }) { continue }
            if line.hasPrefix("# CONFIG_"), line.hasSuffix(" is not set") {
                set(String(line.dropFirst(9).dropLast(11)), "n", number)
            } else if line.hasPrefix("#") {
                if number < 8, line.hasPrefix("# Linux/"), line.hasSuffix(" Kernel Configuration") {
                    subject = String(line.dropFirst(2).dropLast(21))
                }
            } else if line.hasPrefix("CONFIG_"), let equals = line.firstIndex(of: "=") {
                let name = String(line[..<equals].dropFirst(7))
                set(name, Self.plain(line[line.index(after: equals)...]), number)
            } else {
                unread.append(number)
            }
        }
    }

    private static let largestFile = 32 << 20

    /// Reads a file (or a pipe) of at most 32 MiB. Throws `Failure` with code `configuration.unreadable`.
    public init(file: FilePath) throws {
        let advice = "name a kernel configuration, e.g. the .config of a build"
        let bytes: [UInt8]
        do {
            bytes = try Files.bytes(file, limit: Self.largestFile)
        } catch let failure as Failure where failure.code == "file.too-large" {
            throw Failure(
                "configuration.unreadable",
                "\(file) is larger than any kernel configuration (\(Self.largestFile >> 20) MiB)", advice: advice)
        } catch let failure as Failure {
            throw Failure(
                "configuration.unreadable", "\(file) is missing or can't be read", advice: advice,
                underlying: failure.underlying)
        }
        self.init(bytes)
    }

    /// Reads the `.config` of a build's folder. Throws `Failure` as `ForeignFolder.readPieces` does.
    public init(of objects: ForeignFolder) throws {
        self.init(try objects.bytes(of: Self.name, limit: Self.largestFile))
    }

    /// What a build's configuration is called.
    public static let name = ".config"

    private init(_ bytes: [UInt8]) {
        self.init(String(decoding: bytes, as: UTF8.self))
        digest = Digest(of: bytes)
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
