// SPDX-License-Identifier: Apache-2.0
internal import ByteKit

/// One thread's part of a pass over all types.
struct ScanWorker: Sendable {
    private let file: DWARFFile
    private let options: TypeScan.Options
    private(set) var table = RecordTable()
    private(set) var paths: [[StringReference]] = [[]]
    private var pathPlaces: [UInt64: Int] = [0: 0]
    private(set) var summaries: [UnitSummary] = []
    private(set) var defects: [(Int, FormatError)] = []
    private(set) var failure: FormatError?
    /// Units that are left until the languages of those that import them are known, and the imports.
    private(set) var partials = PartialUnits()
    private var programs = ScanPrograms()
    private var tables = Cache<DWARFFile.TableKey, ScanTable>(limit: 4)
    /// Bytes of abbreviations that may still be compiled: tables are shared or follow each other, but units that
    /// others wrote may each begin another one in the middle of a large one.
    private var abbreviationBudget: Int

    private var frames: [Frame] = []
    /// Hashes of names in `.debug_str` by half of a number that their place makes; the other half stands in the low bits,
    /// which no hash needs. Zero for none.
    private var hashes = [UInt64](repeating: 0, count: 1 << 16)
    /// Anonymous records of this unit, by the offset of their entries.
    private var anonymous: [Anonymous] = []
    /// Those that were looked at before the pass came to them.
    private var ahead: [UInt64: Anonymous] = [:]
    private var aheadBudget = 0

    /// Nameless types of type units, and typedefs that name them.
    private(set) var signed = SignedTypes()

    /// How deep entries may lie inside each other.
    static let depthLimit = 4096
    static let aheadDepthLimit = 32

    /// An entry whose children are being read.
    private struct Frame {
        var role: ScanTable.Role = .scope
        var kind = TypeLayout.Kind.structure
        var isDeclaration = false
        var hasSize = false
        var name = StringReference.none
        var die: UInt64 = 0
        var byteSize: UInt64 = 0
        var hash: UInt64 = 0
        /// The path that children have.
        var pathHash: UInt64 = 0
        var anonymousPlace = -1
    }

    struct Anonymous {
        var die: UInt64
        var kind: TypeLayout.Kind
        var isDeclaration: Bool
        var byteSize: UInt64?
        var pathHash: UInt64
        var hash: UInt64
    }

    init(_ file: DWARFFile, _ options: TypeScan.Options) {
        self.file = file
        self.options = options
        abbreviationBudget = file.sections.abbrev.count.multipliedReportingOverflow(by: 4).partialValue &+ (1 << 20)
    }

    /// Reads a run of units.
    mutating func scan(_ run: Range<Int>) {
        for index in run {
            do throws(FormatError) {
                try scan(file.units[index], as: nil)
            } catch { note(error, index) }
        }
        guard let first = run.first, let last = run.last else { return }
        let (start, end) = (file.units[first].offset, file.units[last].end)
        (try? file.sections.entries(file.units[first].section).slice(start, count: end - start))?.releasePages()
        file.releaseManyStrings()
    }

    /// Reads a partial unit as one of each of the languages that import it.
    mutating func scan(_ index: Int, as languages: LanguageSet) {
        for language in languages.members {
            do throws(FormatError) {
                try scan(file.units[index], as: language)
            } catch { note(error, index) }
        }
    }

    private mutating func note(_ error: FormatError, _ index: Int) {
        if error.code == .tooLarge, error.detail == "distinct types" { failure = error }
        defects.append((index, error))
    }

    private mutating func abbreviations(of unit: UnitHeader) throws(FormatError) -> ScanTable {
        let key = DWARFFile.TableKey(offset: unit.abbreviationsOffset, sizes: unit.sizes)
        if let known = tables[key] { return known }
        guard abbreviationBudget > 0 else {
            throw FormatError(.tooLarge, section: ".debug_abbrev", offset: key.offset, "tables inside of tables")
        }
        if programs.isFull {
            programs = ScanPrograms()
            tables = Cache(limit: 4)
        }
        let table = try ScanTable(file.sections.abbrev, at: key.offset, key.sizes, file.sections.order, &programs)
        abbreviationBudget -= table.length
        tables[key] = table
        return table
    }

    /// `language` is that of a partial unit, which is left alone where it is not known yet.
    private mutating func scan(_ unit: UnitHeader, as language: Language.Family?) throws(FormatError) {
        let table = try abbreviations(of: unit)
        let context = try UnitContext(file.sections, unit) { code throws(FormatError) in
            guard let index = table.codes.index(of: code) else { return nil }
            return try Abbreviations(
                file.sections.abbrev, at: table.places[index], file.sections.order, isSingle: true)
        }
        let family = context.summary.language.family
        let isPartial = context.summary.tag == .partialUnit && family == .unknown
        if language == nil {
            if options.includesSummaries { summaries.append(context.summary) }
            if isPartial { partials.units.append(unit.index) }
            partials.languages.formUnion(LanguageSet(family))
        }
        frames.removeAll(keepingCapacity: true)
        anonymous.removeAll(keepingCapacity: true)
        if !ahead.isEmpty { ahead.removeAll(keepingCapacity: true) }
        aheadBudget = Int(truncatingIfNeeded: unit.end &- unit.offset) * 4 + (64 << 10)
        do throws(FormatError) {
            var walk = try EntryWalk(context, table, programs)
            if isPartial, language == nil { return try readImports(&walk) }
            try scan(&walk, language ?? family)
            let (type, overflow) = unit.offset.addingReportingOverflow(unit.typeOffset)
            if unit.kind == .type, !overflow, let found = behind(type) { signed.add(found, of: unit) }
        } catch { throw error.within(unit.section.name) }
    }

    private mutating func scan(_ walk: inout EntryWalk, _ language: Language.Family) throws(FormatError) {
        var frame = Frame()
        var depth = 0
        while !walk.cursor.isAtEnd {
            let die = walk.cursor.offset
            let code = try walk.cursor.uleb128()
            if code == 0 {
                guard depth > 0 else { return }
                depth -= 1
                guard let parent = frames.popLast() else { return }
                try close(frame, parent: parent, &walk, language)
                if frame.role == .variant, parent.role == .record || parent.role == .variant {
                    let hash = frame.hash
                    frame = parent
                    frame.hash = Bytes.mix(frame.hash, hash)
                } else {
                    frame = parent
                }
                if depth == 0 { return }
                continue
            }
            let entry = try walk.entry(code, at: die)
            if entry.skip >= 0 {
                try walk.skip(entry)
            } else if entry.isPlain, let (name, number) = try walk.read(entry.fixed) {
                if frame.role == .record || frame.role == .variant && entry.role == .member {
                    frame.hash = Bytes.mix(frame.hash, Bytes.mix(try hash(of: name, &walk), number))
                }
                continue
            } else {
                try walk.run(entry)
            }
            switch entry.role {
            case .member:
                if frame.role == .record || frame.role == .variant {
                    frame.hash = Bytes.mix(frame.hash, try memberHash(&walk, depth: 0))
                }
                if entry.hasChildren { try walk.skipChildren() }
            case .enumerator:
                if frame.role == .record {
                    frame.hash = Bytes.mix(frame.hash, try enumeratorHash(&walk))
                }
                if entry.hasChildren { try walk.skipChildren() }
            case .typedef:
                if walk.captured(.type) {
                    try typedef(&walk, frame.pathHash, language)
                } else if let signature = walk.typeSignature(of: die) {
                    try typedef(&walk, of: signature, frame.pathHash, language)
                }
                if entry.hasChildren { try walk.skipChildren() }
            case .record:
                var record = Self.record(entry.tag, UInt64(die), walk)
                record.pathHash = frame.pathHash
                if record.name.isNone {
                    record.anonymousPlace = anonymous.count
                    anonymous.append(Self.anonymous(record))
                }
                if entry.hasChildren {
                    if frame.role != .other, language != .c || frame.role == .record {
                        record.pathHash = try childPath(frame.pathHash, record.name, &walk)
                    }
                    try push(&frame, record, &depth, die)
                } else {
                    try close(record, parent: frame, &walk, language)
                }
            case .namespace:
                guard entry.hasChildren else { continue }
                let name = walk.captured(.name) ? StringReference(raw: walk[.name]) : .none
                let path = try childPath(frame.pathHash, name, &walk)
                try push(&frame, Frame(role: .namespace, name: name, pathHash: path), &depth, die)
            case .scope:
                guard entry.hasChildren else {
                    if depth == 0 { return }
                    continue
                }
                try push(&frame, Frame(pathHash: frame.pathHash), &depth, die)
            case .variant:
                guard entry.hasChildren else { continue }
                let hash = walk.captured(.value) ? Bytes.mix(walk[.value], 3) : 4
                try push(&frame, Frame(role: .variant, hash: hash, pathHash: frame.pathHash), &depth, die)
            case .function:
                guard entry.hasChildren else { continue }
                if options.includesFunctions {
                    try push(&frame, Frame(pathHash: frame.pathHash), &depth, die)
                } else {
                    try walk.skipChildren()
                }
            case .importedUnit:
                try add(importAt: die, &walk, language)
                if entry.hasChildren { try walk.skipChildren() }
            case .other:
                if entry.hasChildren {
                    if depth == 0 { return }
                    try walk.skipChildren()
                }
            }
        }
    }

    /// What a unit imports.
    private mutating func readImports(_ walk: inout EntryWalk) throws(FormatError) {
        var isFirst = true
        while !walk.cursor.isAtEnd {
            let die = walk.cursor.offset
            let code = try walk.cursor.uleb128()
            if code == 0 { return }
            let entry = try walk.entry(code, at: die)
            if entry.skip >= 0 { try walk.skip(entry) } else { try walk.run(entry) }
            if entry.role == .importedUnit { try add(importAt: die, &walk, .unknown) }
            if !isFirst, entry.hasChildren { try walk.skipChildren() }
            isFirst = false
        }
    }

    private mutating func add(
        importAt die: Int, _ walk: inout EntryWalk, _ language: Language.Family
    ) throws(FormatError) {
        guard walk.captured(.value) else { return }
        guard partials.imports.count < PartialUnits.importLimit else {
            throw FormatError(.tooLarge, offset: die, "imported units")
        }
        partials.imports.append(
            .init(unit: walk.unitIndex, language: language, target: DIEOffset(raw: walk[.value])))
    }

    @inline(__always)
    private mutating func push(
        _ frame: inout Frame, _ inner: Frame, _ depth: inout Int, _ die: Int
    ) throws(FormatError) {
        guard depth < Self.depthLimit else { throw FormatError(.tooLarge, offset: die, "nesting") }
        depth += 1
        frames.append(frame)
        frame = inner
    }

    /// The record whose entry was just read, without its children.
    private static func record(_ tag: Tag, _ die: UInt64, _ walk: EntryWalk) -> Frame {
        Frame(
            role: .record, kind: TypeLayout.Kind(tag),
            isDeclaration: walk.captured(.declaration) && walk[.declaration] != 0,
            hasSize: walk.captured(.byteSize), name: walk.captured(.name) ? StringReference(raw: walk[.name]) : .none,
            die: die, byteSize: walk[.byteSize], hash: Bytes.mix(walk[.byteSize], walk.captured(.byteSize) ? 1 : 2))
    }

    private static func anonymous(_ frame: Frame) -> Anonymous {
        Anonymous(
            die: frame.die, kind: frame.kind, isDeclaration: frame.isDeclaration,
            byteSize: frame.hasSize ? frame.byteSize : nil, pathHash: frame.pathHash, hash: frame.hash)
    }

    /// The path inside of a named scope.
    private mutating func childPath(
        _ path: UInt64, _ name: StringReference, _ walk: inout EntryWalk
    ) throws(FormatError) -> UInt64 {
        let hash = Bytes.mix(path &+ 1, name.isNone ? 5 : try hash(of: name, &walk))
        if pathPlaces[hash] == nil {
            guard paths.count < TypeScan.pathLimit, let parent = pathPlaces[path],
                paths[parent].count < Self.pathLimit
            else {
                throw FormatError(.tooLarge, offset: walk.cursor.offset, "names around a type")
            }
            paths.append(paths[parent] + [name])
            pathPlaces[hash] = paths.count - 1
        }
        return hash
    }

    static let pathLimit = 64

    private mutating func close(
        _ frame: Frame, parent: Frame, _ walk: inout EntryWalk, _ language: Language.Family
    ) throws(FormatError) {
        guard frame.role == .record else { return }
        if frame.anonymousPlace >= 0 {
            anonymous[frame.anonymousPlace].hash = frame.hash
            anonymous[frame.anonymousPlace].pathHash = parent.pathHash
            return
        }
        var found = Self.anonymous(frame)
        found.pathHash = parent.pathHash
        try add(found, name: frame.name, isTypedef: false, &walk, language)
    }

    private mutating func add(
        _ found: Anonymous, name: StringReference, isTypedef: Bool, _ walk: inout EntryWalk, _ language: Language.Family
    ) throws(FormatError) {
        var record = TypeRecord(
            kind: found.kind, isNamedByTypedef: isTypedef, isDeclaration: found.isDeclaration, language: language,
            unit: walk.unitIndex, die: DIEOffset(walk.section, found.die), name: name, path: 0,
            byteSize: found.byteSize, shape: found.hash, count: 1, nameHash: try hash(of: name, &walk),
            pathHash: found.pathHash)
        if table.count(record.key) { return }
        record.path = pathPlaces[found.pathHash] ?? 0
        guard table.insert(record) else { throw FormatError(.tooLarge, offset: found.die, "distinct types") }
    }

    /// The anonymous record at an offset, where the pass was there already.
    private func behind(_ target: UInt64) -> Anonymous? {
        let place = anonymous.indices.partitioningIndex { anonymous[$0].die >= target }
        return place < anonymous.count && anonymous[place].die == target ? anonymous[place] : nil
    }

    private mutating func anonymous(
        at target: UInt64, from walk: inout EntryWalk, depth: Int
    ) throws(FormatError) -> Anonymous? {
        guard target >= UInt64(walk.cursor.offset) || depth > 0 else { return behind(target) }
        if let known = behind(target) { return known }
        if let known = ahead[target] { return known }
        guard depth < Self.aheadDepthLimit, aheadBudget > 0, let entry = try walk.peek(target),
            entry.role == .record, !entry.hasName
        else { return nil }
        let here = try walk.leave(for: target)
        _ = try walk.cursor.uleb128()
        try walk.run(entry)
        var found = Self.anonymous(Self.record(entry.tag, target, walk))
        // A record inside of itself ends here.
        ahead[target] = found
        let start = walk.cursor.offset
        if entry.hasChildren {
            while !walk.cursor.isAtEnd {
                let die = walk.cursor.offset
                let code = try walk.cursor.uleb128()
                if code == 0 { break }
                let child = try walk.entry(code, at: die)
                try walk.run(child)
                switch child.role {
                case .member: found.hash = Bytes.mix(found.hash, try memberHash(&walk, depth: depth + 1))
                case .enumerator: found.hash = Bytes.mix(found.hash, try enumeratorHash(&walk))
                default: break
                }
                if child.hasChildren { try walk.skipChildren() }
                if walk.cursor.offset - start > aheadBudget { break }
            }
        }
        aheadBudget -= walk.cursor.offset - start
        ahead[target] = found
        try walk.comeBack(to: here)
        return found
    }

    private mutating func memberHash(_ walk: inout EntryWalk, depth: Int) throws(FormatError) -> UInt64 {
        var place = walk.captured(.location) ? walk[.location] : 0
        if walk.mask & Self.bitSlots != 0 {
            place = Bytes.mix(place, Bytes.mix(walk[.bitSize], walk[.dataBitOffset]))
            if walk.captured(.bitOffset) { place = Bytes.mix(place, Bytes.mix(walk[.bitOffset], walk[.byteSize])) }
        }
        if walk.captured(.name) { return Bytes.mix(try hash(of: StringReference(raw: walk[.name]), &walk), place) }
        guard walk.captured(.type),
            let inner = try anonymous(at: walk[.type], from: &walk, depth: depth)
        else { return Bytes.mix(6, place) }
        return Bytes.mix(inner.hash, place)
    }

    /// A hash of a name's bytes, its low bits zero; the names used last need not be read again.
    @inline(__always)
    private mutating func hash(of name: StringReference, _ walk: inout EntryWalk) throws(FormatError) -> UInt64 {
        // Places in `.debug_info` are seldom met again.
        guard name.isInStr, name.offset <= UInt32.max else { return try walk.hash(of: name) & ~0xffff }
        // Odd factors lose nothing: both halves together are the place.
        let number = UInt32(truncatingIfNeeded: name.offset) &* 0x9e37_79b1
        let tag = UInt64(number & 0xffff)
        let known = hashes[Int(number >> 16)]
        if known & 0xffff == tag, known != 0 { return known & ~0xffff }
        let hash = try walk.hash(of: name) & ~0xffff
        hashes[Int(number >> 16)] = hash | tag
        return hash
    }

    private static let bitSlots = Slot.bitSize.bit | Slot.dataBitOffset.bit | Slot.bitOffset.bit

    private mutating func enumeratorHash(_ walk: inout EntryWalk) throws(FormatError) -> UInt64 {
        Bytes.mix(
            walk.captured(.name) ? try hash(of: StringReference(raw: walk[.name]), &walk) : 7,
            walk.captured(.value) ? walk[.value] : 8)
    }

    private mutating func typedef(
        _ walk: inout EntryWalk, _ pathHash: UInt64, _ language: Language.Family
    ) throws(FormatError) {
        guard walk.captured(.name) else { return }
        let name = StringReference(raw: walk[.name])
        guard var found = try anonymous(at: walk[.type], from: &walk, depth: 0) else { return }
        found.pathHash = pathHash
        try add(found, name: name, isTypedef: true, &walk, language)
    }

    /// A typedef of a type unit's type, which may be nameless; that unit may be another worker's.
    private mutating func typedef(
        _ walk: inout EntryWalk, of signature: UInt64, _ pathHash: UInt64, _ language: Language.Family
    ) throws(FormatError) {
        guard walk.captured(.name) else { return }
        let name = StringReference(raw: walk[.name])
        let typedef = SignedTypes.Typedef(
            signature: signature, nameHash: try hash(of: name, &walk), pathHash: pathHash, language: language)
        guard signed.count(typedef, name: name, path: paths[pathPlaces[pathHash] ?? 0], unit: walk.unitIndex) else {
            throw FormatError(.tooLarge, offset: walk.cursor.offset, "distinct types")
        }
    }
}
