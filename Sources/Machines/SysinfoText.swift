// SPDX-License-Identifier: Apache-2.0
package import Records

/// /proc/sysinfo of a machine, which is somebody else's text (arch/s390/kernel/sysinfo.c).
package struct SysinfoText: Sendable {
    package struct Fault: Error, Sendable, Hashable {
        package let reason: String
    }

    package let identity: MachineIdentity

    /// Throws `Fault` where two lines of one name say different things, or the text names neither a machine nor a UUID.
    package init(_ lines: [Substring]) throws(Fault) {
        let lines = try Lines(lines)
        let uuid = try lines.uuid("LPAR UUID")
        let number = lines["LPAR Number"].flatMap { Int($0) }
        var partition: MachineIdentity.Partition?
        if lines["LPAR Number"] != nil || lines["LPAR Name"] != nil || uuid != nil {
            partition = MachineIdentity.Partition(
                number: number, name: lines["LPAR Name"], extendedName: lines["LPAR Extended Name"], uuid: uuid)
        }
        var guests: [MachineIdentity.Guest] = []
        for level in 0..<Self.mostLevels {
            let prefix = level < 10 ? "VM0\(level)" : "VM\(level)"
            guard lines.has(prefix) else { break }
            guests.append(
                MachineIdentity.Guest(
                    name: lines["\(prefix) Name"], extendedName: lines["\(prefix) Extended Name"],
                    controlProgram: lines["\(prefix) Control Program"], uuid: try lines.uuid("\(prefix) UUID")))
        }
        identity = MachineIdentity(
            manufacturer: lines["Manufacturer"], type: lines["Type"], model: lines["Model"], plant: lines["Plant"],
            sequence: lines["Sequence Code"], partition: partition, guests: guests)
        guard identity.key == nil else { return }
        throw Fault(
            reason: lines.isEmpty
                ? "its /proc/sysinfo is empty or missing"
                : "its /proc/sysinfo has no UUID of its own, and lacks \(Self.wanted(identity).joined(separator: ", "))"
        )
    }

    /// STSI 3.2.2 describes eight levels.
    private static let mostLevels = 8

    private static func wanted(_ identity: MachineIdentity) -> [String] {
        let missing = [
            ("Manufacturer: IBM", identity.manufacturer == "IBM"), ("Type", identity.type != nil),
            ("Plant", identity.plant != nil), ("Sequence Code", identity.machine != nil),
            ("LPAR Number", identity.partition?.number != nil),
            ("VMnn Name", identity.guests.allSatisfy { $0.name != nil }),
        ]
        return missing.filter { !$0.1 }.map(\.0)
    }

    /// The lines by their names, without blanks around.
    private struct Lines {
        private var values: [String: String] = [:]

        /// A name of an extended name has 256 characters.
        private static let longest = 300

        init(_ lines: [Substring]) throws(Fault) {
            for line in lines {
                guard let colon = line.firstIndex(of: ":") else { continue }
                let name = String(line[..<colon].prefix(Self.longest))
                let value = Self.trimmed(line[line.index(after: colon)...])
                guard !value.isEmpty else { continue }
                if let before = values[name], before != value {
                    throw Fault(reason: "its /proc/sysinfo has two lines “\(name)” that differ")
                }
                values[name] = value
            }
        }

        private static func trimmed(_ text: Substring) -> String {
            let kept = text.prefix(longest).unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7f }
            let characters = String(String.UnicodeScalarView(kept)).drop { $0 == " " }
            return String(characters.reversed().drop { $0 == " " }.reversed())
        }

        subscript(name: String) -> String? { values[name] }

        var isEmpty: Bool { values.isEmpty }

        func has(_ prefix: String) -> Bool { values.keys.contains { $0.hasPrefix("\(prefix) ") } }

        /// nil for none, and for the null UUID.
        func uuid(_ name: String) throws(Fault) -> String? {
            guard let text = values[name]?.lowercased() else { return nil }
            let groups = text.split(separator: "-", omittingEmptySubsequences: false)
            guard groups.map(\.count) == [8, 4, 4, 4, 12],
                groups.allSatisfy({ $0.allSatisfy { $0.isASCII && $0.isHexDigit } })
            else {
                throw Fault(reason: "its /proc/sysinfo has a “\(name)” that is no UUID")
            }
            return text.allSatisfy { $0 == "0" || $0 == "-" } ? nil : text
        }
    }
}
