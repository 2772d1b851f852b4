// SPDX-License-Identifier: Apache-2.0
package import Host
package import SystemPackage

/// A `.config` or a fragment of one: what each option is set to (scripts/kconfig/confdata.c).
package struct DotConfig: Sendable, Hashable {
    package struct Setting: Sendable, Hashable {
        /// `y`, `m`, `n` (also for `# CONFIG_X is not set`), a number, or a string without its quotes.
        package let value: String
        /// Whether it stands in quotes, as strings do.
        package let isQuoted: Bool
        /// Counted from 1.
        package let line: Int
    }

    /// By name without `CONFIG_`; the last line on an option counts.
    package private(set) var settings: [String: Setting] = [:]
    /// The names in the order in which they first stand.
    package private(set) var names: [String] = []
    /// What the kernel's tool says it is of, e.g. `Linux/s390 7.3.4`; nil where it does not say.
    package private(set) var subject: String?
    /// Of its bytes.
    package private(set) var digest: Digest
    /// Lines that are neither a setting, a comment nor empty.
    package private(set) var unread: [Int] = []

    package init(_ text: String) {
        self.init(bytes: Array(text.utf8))
    }

    package init(bytes: [UInt8]) {
        digest = Digest(of: bytes)
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (number, var line) in zip(1..., lines) {
            if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
            if line.allSatisfy(\.isBlank) { continue }
            if line.starts(with: "# CONFIG_".utf8), Self.ends(line, with: " is not set") {
                set(line.dropFirst(9).dropLast(11), "n", isQuoted: false, number)
            } else if line.first == UInt8(ascii: "#") {
                if number < 8, line.starts(with: "# Linux/".utf8), Self.ends(line, with: " Kernel Configuration") {
                    subject = String(decoding: line.dropFirst(2).dropLast(21), as: UTF8.self)
                }
            } else if line.starts(with: "CONFIG_".utf8), let equals = line.firstIndex(of: UInt8(ascii: "=")) {
                let (value, isQuoted) = Self.plain(line[(equals + 1)...])
                set(line[..<equals].dropFirst(7), value, isQuoted: isQuoted, number)
            } else {
                unread.append(number)
            }
        }
    }

    private static func ends(_ line: ArraySlice<UInt8>, with text: String) -> Bool {
        line.suffix(text.utf8.count).elementsEqual(text.utf8)
    }

    package static let largestFile = 32 << 20

    /// Reads a file (or a pipe) of at most 32 MiB. Throws `Failure` with code `configuration.unreadable`.
    package init(file: FilePath) throws {
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
        self.init(bytes: bytes)
    }

    /// Reads the `.config` of a build's folder. Throws `Failure` as `ForeignFolder.readPieces` does.
    package init(of objects: ForeignFolder) throws {
        self.init(bytes: try objects.bytes(of: Self.name, limit: Self.largestFile))
    }

    /// What a build's configuration is called.
    package static let name = ".config"

    private mutating func set(_ name: ArraySlice<UInt8>, _ value: String, isQuoted: Bool, _ line: Int) {
        guard !name.isEmpty, name.allSatisfy(KconfigToken.isWord) else {
            unread.append(line)
            return
        }
        let name = String(decoding: name, as: UTF8.self)
        let setting = Setting(value: value, isQuoted: isQuoted, line: line)
        if settings.updateValue(setting, forKey: name) == nil { names.append(name) }
    }

    private static func plain(_ value: ArraySlice<UInt8>) -> (value: String, isQuoted: Bool) {
        var value = value.drop(while: \.isBlank)
        while let last = value.last, last.isBlank { value.removeLast() }
        let quote = UInt8(ascii: "\"")
        guard value.count >= 2, value.first == quote, value.last == quote else {
            return (String(decoding: value, as: UTF8.self), false)
        }
        let text = String(decoding: value.dropFirst().dropLast(), as: UTF8.self)
        return (text.replacing(/\\(.?)/) { $0.output.1 }, true)
    }

    package subscript(name: String) -> String? { settings[name]?.value }

    /// nil where the option is not there, or is something else: in quotes it is a text, which kconfig does not take for `y`.
    package func tristate(_ name: String) -> Tristate? {
        settings[name].flatMap { $0.isQuoted ? nil : Tristate($0.value) }
    }

    /// By name without `CONFIG_`.
    package var values: [String: String] { settings.mapValues(\.value) }

    /// Options set to `y` or `m`.
    package var enabled: Int { settings.values.count { $0.value == "y" || $0.value == "m" } }
}
