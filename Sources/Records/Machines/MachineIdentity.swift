// SPDX-License-Identifier: Apache-2.0
internal import Host

/// What a Linux for s390x knows of what it runs on: the machine, its partition, and the hypervisors in between
/// (/proc/sysinfo, which arch/s390/kernel/sysinfo.c prints from STSI).
package struct MachineIdentity: Codable, Hashable, Sendable {
    /// A logical partition (STSI 2.2.2).
    package struct Partition: Codable, Hashable, Sendable {
        package let number: Int?
        package let name: String?
        package let extendedName: String?
        /// In lower case with hyphens; nil where the kernel prints none.
        package let uuid: String?

        package init(number: Int?, name: String?, extendedName: String? = nil, uuid: String? = nil) {
            self.number = number
            self.name = name
            self.extendedName = extendedName
            self.uuid = uuid
        }
    }

    /// A guest of a hypervisor (STSI 3.2.2).
    package struct Guest: Codable, Hashable, Sendable {
        package let name: String?
        package let extendedName: String?
        /// `z/VM    7.3.0`, `KVM/Linux`.
        package let controlProgram: String?
        package let uuid: String?

        package init(name: String?, extendedName: String? = nil, controlProgram: String?, uuid: String? = nil) {
            self.name = name
            self.extendedName = extendedName
            self.controlProgram = controlProgram
            self.uuid = uuid
        }
    }

    package let manufacturer: String?
    /// `8561`.
    package let type: String?
    package let model: String?
    package let plant: String?
    package let sequence: String?
    /// nil where the machine is not partitioned, or does not say so.
    package let partition: Partition?
    /// The one that asks stands first, as VM00; the one directly in the partition last.
    package let guests: [Guest]

    package init(
        manufacturer: String?, type: String?, model: String? = nil, plant: String?, sequence: String?,
        partition: Partition?, guests: [Guest]
    ) {
        self.manufacturer = manufacturer
        self.type = type
        self.model = model
        self.plant = plant
        self.sequence = sequence
        self.partition = partition
        self.guests = guests
    }

    /// `8561-02-00000000000A1B2C`: the machine (CPC) that all its partitions share; nil where it does not name itself. What
    /// an emulator gives in its place is no name: every guest of one has the same.
    package var machine: String? {
        guard manufacturer == "IBM", let type, let plant, let sequence, sequence.contains(where: { $0 != "0" }) else {
            return nil
        }
        return [type, plant, sequence].map(Self.plain).joined(separator: "-")
    }

    /// What it is known by, the best first: its own UUID, then its place in the machine. Never a host's name, and never the
    /// machine alone where it is partitioned.
    package var aliases: [String] { [uuidKey, placeKey].compactMap(\.self) }

    /// The best of them; nil where it has none.
    package var key: String? { aliases.first }

    /// A guest could have the UUID of somebody's partition, so each kind is known by its own.
    package var uuidKey: String? {
        guests.isEmpty ? partition?.uuid.map { "lpar-uuid-\($0)" } : guests[0].uuid.map { "guest-uuid-\($0)" }
    }

    /// Its place in the machine; nil where it does not name its partition.
    package var placeKey: String? {
        guard let machine, let number = partition?.number else { return nil }
        var parts = [machine, "lpar-\(number)"]
        for guest in guests.reversed() {
            guard let name = guest.name else { return nil }
            parts.append("vm-\(Self.plain(name))")
        }
        return parts.joined(separator: "/")
    }

    /// `LINUX01 in PROD1 of 8561-02-…`, for people.
    package var place: String {
        let names =
            guests.compactMap(\.name) + [partition?.name].compactMap(\.self) + [machine ?? type].compactMap(\.self)
        return names.isEmpty ? "unknown" : names.joined(separator: " in ")
    }

    /// Letters, digits and `._` as they are, the rest by its bytes, so that no name ends another one's part.
    private static func plain(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain = byte.isWord || byte == UInt8(ascii: ".")
            return isPlain ? String(UnicodeScalar(byte)) : "%" + [byte].hexadecimal
        }.joined()
    }
}
