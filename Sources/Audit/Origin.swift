// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import DWARFKit
internal import Records
internal import S390xKit

/// Where code comes from, by its compilation unit's own record.
struct Origin: Sendable, Hashable {
    enum Language: String, Sendable, CaseIterable {
        case c = "C"
        case rust = "Rust"
        case assembler
        case other = "another language"
        /// No unit covers the address.
        case unknown = "code of unknown origin"

        /// In the identifiers of counts.
        var identifier: String { "\(self)" }
    }

    let language: Language
    /// The compiler recorded that it left floating-point registers alone: what uses them was written by hand.
    let isSoftFloat: Bool
    /// The machine level that the compiler recorded.
    let level: ArchitectureLevel?
    /// The compiler recorded no flags, or the record is in a file that is not read: what it can have made is not known.
    let isUnrecorded: Bool

    static let unknown = Origin(language: .unknown, isSoftFloat: false, level: nil, isUnrecorded: false)
}

/// The origin of every address that a unit covers.
struct OriginTable: Sendable {
    /// One compilation unit.
    struct Unit: Sendable {
        let name: StringReference
        let language: Origin.Language
        /// In `producers`.
        let producer: Int
    }

    private struct Stretch: Sendable {
        var start: UInt64
        var end: UInt64
        var origin: UInt32
        /// In the file's list of units.
        var unit: UInt32
    }

    /// Each distinct compiler, in the order of its first unit.
    let producers: [Producer]
    let units: [Unit]
    let unitCounts: [RuleOutcome.Count]
    /// Of units whose types, language and compiler are described in other files, the names of these.
    let splitUnits: [StringReference]
    let commonLevel: ArchitectureLevel?
    private let stretches: [Stretch]
    private let origins: [Origin]

    /// From what units say of themselves, in the file's order.
    init(_ summaries: some Sequence<UnitSummary>, _ sections: DWARFSections) throws {
        var known: [StringReference: Int] = [:]
        // By producer: what each unit of it would have to work out again.
        var facts: [(level: ArchitectureLevel?, isSoftFloat: Bool)] = []
        var numbers: [[Origin.Language: Int]] = []
        var places: [String: Int] = [:]
        var producers: [Producer] = []
        var units: [Unit] = []
        var stretches: [Stretch] = []
        var origins: [Origin] = []
        var levels: [ArchitectureLevel: Int] = [:]
        var splitUnits: [StringReference] = []
        func add(_ origin: Origin, _ unit: UnitSummary) {
            if origins.last != origin { origins.append(origin) }
            for range in unit.ranges where !range.isEmpty {
                stretches.append(
                    Stretch(
                        start: range.lowerBound, end: range.upperBound,
                        origin: UInt32(truncatingIfNeeded: origins.count - 1),
                        unit: UInt32(truncatingIfNeeded: unit.header.index)))
            }
        }
        for unit in summaries where unit.tag == .compileUnit || unit.tag == .skeletonUnit {
            if unit.tag == .skeletonUnit || !unit.splitName.isNone {
                splitUnits.append(unit.splitName)
                add(Origin(language: .unknown, isSoftFloat: false, level: nil, isUnrecorded: true), unit)
                continue
            }
            let place: Int
            if let same = known[unit.producer] {
                place = same
            } else {
                // It may be in another file that is not there.
                let text = ((try? sections.text(of: unit.producer)) ?? nil) ?? ""
                place = places[text] ?? producers.count
                if place == producers.count {
                    let producer = Producer(text)
                    producers.append(producer)
                    facts.append(
                        (producer.march.flatMap { ArchitectureLevel(name: String($0)) }, producer.has("-msoft-float")))
                    numbers.append([:])
                }
                places[text] = place
                known[unit.producer] = place
            }
            let language = Origin.Language(unit.language.family)
            units.append(Unit(name: unit.name, language: language, producer: place))
            let level = facts[place].level
            let origin = Origin(
                language: language, isSoftFloat: language == .c && facts[place].isSoftFloat,
                level: language == .c ? level : nil,
                isUnrecorded: language == .c && producers[place].flags.isEmpty)
            numbers[place][language, default: 0] += 1
            if let level { levels[level, default: 0] += 1 }
            add(origin, unit)
        }
        self.producers = producers
        self.units = units
        self.splitUnits = splitUnits
        self.origins = origins
        self.stretches = stretches.sorted { $0.start != $1.start ? $0.start < $1.start : $0.end < $1.end }
        var counts = zip(producers, numbers).flatMap { producer, numbers in
            numbers.map { language, number in
                let compiler = CountName.part(producer.text)
                return RuleOutcome.Count(
                    "units.\(language.identifier).\(compiler)", "\(language.rawValue), \(producer.text)", number)
            }
        }
        if !splitUnits.isEmpty {
            counts.append(.init("units.split", "code described in other files (.dwo)", splitUnits.count))
        }
        unitCounts = counts.summed.sorted { ($1.count, $0.label) < ($0.count, $1.label) }
        commonLevel = levels.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key
    }

    func origin(at address: UInt64) -> Origin {
        stretch(at: address).map { origins[Int($0.origin)] } ?? .unknown
    }

    /// Where the last address lay that was asked for.
    struct Cursor: Sendable {
        fileprivate var place = -1
    }

    /// The same for addresses that mostly ascend: most lie in the unit of the one before.
    func origin(at address: UInt64, _ cursor: inout Cursor) -> Origin {
        let place = cursor.place
        let isThere =
            place >= 0 && stretches[place].start <= address
            && (place + 1 == stretches.count || stretches[place + 1].start > address)
        if !isThere { cursor.place = self.place(of: address) }
        return stretch(cursor.place, address).map { origins[Int($0.origin)] } ?? .unknown
    }

    /// The unit whose code lies at an address, by its place in the file's list of units.
    func unit(at address: UInt64) -> Int? { stretch(at: address).map { Int($0.unit) } }

    private func stretch(at address: UInt64) -> Stretch? { stretch(place(of: address), address) }

    /// The place of the last stretch that begins at or before an address; -1 where there is none.
    private func place(of address: UInt64) -> Int {
        stretches.indices.partitioningIndex { stretches[$0].start > address } - 1
    }

    private func stretch(_ place: Int, _ address: UInt64) -> Stretch? {
        place >= 0 && address < stretches[place].end ? stretches[place] : nil
    }
}

extension Origin.Language {
    init(_ family: Language.Family) {
        switch family {
        case .c, .cPlusPlus: self = .c
        case .rust: self = .rust
        case .assembler: self = .assembler
        case .unknown: self = .unknown
        case .other: self = .other
        }
    }
}
