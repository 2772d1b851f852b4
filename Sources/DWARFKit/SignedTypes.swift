// SPDX-License-Identifier: Apache-2.0
internal import ByteKit

/// Nameless types in units of their own, and the typedefs of other units that name them by the unit's signature
/// (DWARF 5 § 7.32): a pass over all types meets them in any order, so they are put together at its end.
struct SignedTypes: Sendable {
    struct Typedef: Hashable, Sendable {
        var signature: UInt64
        var nameHash: UInt64
        var pathHash: UInt64
        var language: Language.Family
    }

    private struct Use: Sendable {
        var name: StringReference
        var path: [StringReference]
        /// The first unit that has it.
        var unit: Int
        var count: Int
    }

    private var types: [UInt64: (found: ScanWorker.Anonymous, section: DIEOffset.Section, unit: Int)] = [:]
    private var uses: [Typedef: Use] = [:]

    /// Keeps the nameless type of a type unit; of several with one signature the first in the file.
    mutating func add(_ found: ScanWorker.Anonymous, of unit: UnitHeader) {
        if let known = types[unit.signature], known.unit < unit.index { return }
        types[unit.signature] = (found, unit.section, unit.index)
    }

    /// Counts a typedef; false where there are too many distinct ones.
    mutating func count(_ typedef: Typedef, name: StringReference, path: [StringReference], unit: Int) -> Bool {
        merge(typedef, Use(name: name, path: path, unit: unit, count: 1))
    }

    private mutating func merge(_ typedef: Typedef, _ use: Use) -> Bool {
        guard let known = uses[typedef] else {
            guard uses.count < TypeScan.recordLimit else { return false }
            uses[typedef] = use
            return true
        }
        var first = known.unit <= use.unit ? known : use
        first.count = known.count &+ use.count
        uses[typedef] = first
        return true
    }

    mutating func merge(_ other: SignedTypes) -> Bool {
        for (signature, type) in other.types where (types[signature]?.unit ?? .max) > type.unit {
            types[signature] = type
        }
        for (typedef, use) in other.uses where !merge(typedef, use) { return false }
        return true
    }

    /// The types that typedefs name, with the names around each.
    var records: [(record: TypeRecord, path: [StringReference])] {
        uses.sorted {
            ($0.value.unit, $0.key.nameHash, $0.key.pathHash) < ($1.value.unit, $1.key.nameHash, $1.key.pathHash)
        }.compactMap { typedef, use in
            guard let type = types[typedef.signature] else { return nil }
            let record = TypeRecord(
                kind: type.found.kind, isNamedByTypedef: true, isDeclaration: type.found.isDeclaration,
                language: typedef.language, unit: type.unit, die: DIEOffset(type.section, type.found.die),
                name: use.name, path: 0, byteSize: type.found.byteSize, shape: type.found.hash, count: use.count,
                nameHash: typedef.nameHash, pathHash: typedef.pathHash)
            return (record, use.path)
        }
    }
}
