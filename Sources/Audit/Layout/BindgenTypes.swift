// SPDX-License-Identifier: Apache-2.0
internal import DWARFKit
internal import ELFKit

/// The types of the crates that bindgen writes.
struct BindgenTypes: Sendable {
    struct Entry: Sendable {
        let name: String
        let crate: String
        let type: TypeReference
    }

    /// In the order of names, crates, and the file.
    let entries: [Entry]
    /// Types that stand for a C type without a name (`…__bindgen_ty_N`).
    let nested: [String: TypeReference]
    let hasRustUnits: Bool

    /// The kernel's crates whose types bindgen writes (rust/bindings/lib.rs, rust/uapi/lib.rs).
    private static let crates: Set<String> = ["bindings", "uapi"]
    /// Types that bindgen adds for itself.
    private static let own = [
        "__BindgenBitfieldUnit", "__IncompleteArrayField", "__BindgenUnionField", "__BindgenOpaqueArray",
    ]

    init(_ scan: TypeScan, _ dwarf: DWARFFile) throws {
        let types = TypeReader(dwarf)
        var crates: [Int: String] = [:]
        var entries: [Entry] = []
        var nested: [String: TypeReference] = [:]
        var hasRustUnits = false
        for record in scan.records where record.language == .rust {
            hasRustUnits = true
            if crates[record.path] == nil {
                crates[record.path] =
                    try scan.paths[record.path].first.flatMap { try dwarf.sections.text(of: $0) } ?? ""
            }
            guard let crate = crates[record.path], Self.crates.contains(crate),
                let name = try dwarf.sections.text(of: record.name), !Self.own.contains(where: name.hasPrefix)
            else { continue }
            let type = types.type(at: record.die)
            if RecordReader.isNested(name) { nested[name] = nested[name] ?? type }
            entries.append(Entry(name: Self.plain(name), crate: crate, type: type))
        }
        self.hasRustUnits = hasRustUnits
        self.nested = nested
        // Records come in the file's order, which equal names and crates keep.
        self.entries = entries.enumerated().sorted {
            ($0.element.name, $0.element.crate, $0.offset) < ($1.element.name, $1.element.crate, $1.offset)
        }.map(\.element)
    }

    /// The name of the C type that a generic type of bindgen's was made from: `msg` for `msg<[u8; 0]>`
    /// (`--flexarray-dst`).
    static func plain(_ name: String) -> String {
        guard name.last == ">", let end = name.firstIndex(of: "<"), end > name.startIndex else { return name }
        return String(name[..<end])
    }

    func reader(_ dwarf: DWARFFile, _ machine: ELFMachine) -> RecordReader {
        RecordReader(TypeReader(dwarf), ABIAlignment(machine), nested: nested)
    }
}
