// SPDX-License-Identifier: Apache-2.0
public import ByteKit
internal import Dispatch
internal import Synchronization

/// All named records and enumerations of a file, found in one pass over its units.
///
/// Workers take runs of units from a counter; what they found is merged in the order of the file, so that the result
/// does not depend on their number. Pages of the file are given back behind them.
public struct TypeScan: Sendable {
    public struct Options: Sendable {
        /// How many threads work at most.
        public var workers: Int
        /// Whether types declared inside functions are found too; that takes about twice the time.
        public var includesFunctions: Bool
        /// Whether units are told about in `TypeScan.summaries`.
        public var includesSummaries: Bool

        public init(workers: Int = 2, includesFunctions: Bool = false, includesSummaries: Bool = true) {
            self.workers = workers
            self.includesFunctions = includesFunctions
            self.includesSummaries = includesSummaries
        }
    }

    /// In the order of their first entries.
    public let records: [TypeRecord]
    /// Lists of names, from the outermost. The first is empty. A nameless namespace or record is `.none`.
    public let paths: [[StringReference]]
    /// Of each unit that could be read, in the order of the file.
    public let summaries: [UnitSummary]
    /// One for each unit that could not be read to its end, in the order of the file. Types before the fault are kept.
    public let defects: [FormatError]
    /// How many imports of units lead to units that are not there: of a file that was not found, as a rule. Types may be
    /// missing here, then.
    public let missingImports: Int

    /// The largest number of distinct types: real kernels have some ten thousands.
    static let recordLimit = 1 << 20
    /// The largest number of distinct paths: real kernels have some thousands.
    static let pathLimit = 1 << 18

    public init(_ file: DWARFFile, _ options: Options = Options()) throws(FormatError) {
        try self.init(file, options, roots: [:], others: LanguageSet())
    }

    /// `roots` are the imports that lead here from another file whose units have the languages `others`.
    private init(
        _ file: DWARFFile, _ options: Options, roots: [DIEOffset: LanguageSet], others: LanguageSet
    ) throws(FormatError) {
        let runs = Self.runs(of: file)
        var workers = Self.workers(runs.count, file, options) { $0.scan(runs[$1]) }
        var partials = PartialUnits()
        for worker in workers { try partials.merge(worker.partials) }
        let resolved = partials.resolved(in: file, roots: roots, others: others)
        let left = partials.units.sorted()
        let stretches = (left.count + Self.stretch - 1) / Self.stretch
        if stretches > 0 {
            workers += Self.workers(stretches, file, options) { worker, place in
                for unit in left.dropFirst(place * Self.stretch).prefix(Self.stretch) {
                    worker.scan(unit, as: resolved.languages[unit] ?? LanguageSet())
                }
            }
        }
        var merged = Merger()
        var summaries: [UnitSummary] = []
        var defects: [(Int, FormatError)] = []
        var signed = SignedTypes()
        for worker in workers {
            if let failure = worker.failure { throw failure }
            try merged.add(worker)
            summaries += worker.summaries
            defects += worker.defects
            guard signed.merge(worker.signed) else {
                throw FormatError(.tooLarge, section: ".debug_info", offset: 0, "distinct types")
            }
        }
        for (record, path) in signed.records { try merged.add(record, path: path) }
        var missing = resolved.missing
        var shared: [FormatError] = []
        if let alternate = file.alternate {
            let options = Options(
                workers: options.workers, includesFunctions: options.includesFunctions, includesSummaries: false)
            let scan = try TypeScan(
                alternate, options, roots: resolved.alternate, others: partials.languages.union(others))
            try merged.add(alternate: scan)
            missing += scan.missingImports
            shared = scan.defects
        }
        missingImports = missing
        self.summaries = summaries.sorted { $0.header.index < $1.header.index }
        self.defects = defects.sorted { $0.0 < $1.0 }.map(\.1) + shared
        (records, paths) = merged.result()
    }

    /// Partial units that a worker takes at a time: they are small.
    private static let stretch = 64

    /// Shares out pieces of work among new workers, in no order.
    private static func workers(
        _ count: Int, _ file: DWARFFile, _ options: Options, _ scan: @Sendable (inout ScanWorker, Int) -> Void
    ) -> [ScanWorker] {
        let counter = Atomic<Int>(0)
        let finished = Mutex<[ScanWorker]>([])
        DispatchQueue.concurrentPerform(iterations: max(1, min(options.workers, count))) { _ in
            var worker = ScanWorker(file, options)
            while true {
                let (index, _) = counter.add(1, ordering: .relaxed)
                guard index < count, worker.failure == nil else { break }
                scan(&worker, index)
            }
            finished.withLock { [worker] in $0.append(worker) }
        }
        return finished.withLock { $0 }
    }

    /// Neighbouring units, about a megabyte of them: what a worker takes at a time.
    private static func runs(of file: DWARFFile) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var start = 0
        var size: UInt64 = 0
        for unit in file.units {
            if unit.section != file.units[start].section {
                runs.append(start..<unit.index)
                start = unit.index
                size = 0
            }
            size &+= unit.end &- unit.offset
            if size > 1 << 20 {
                runs.append(start..<unit.index + 1)
                start = unit.index + 1
                size = 0
                if start == file.units.count { break }
            }
        }
        if start < file.units.count { runs.append(start..<file.units.count) }
        return runs
    }

    /// A record's path as text.
    public func path(of record: TypeRecord, in sections: DWARFSections) throws(FormatError) -> [String] {
        var names: [String] = []
        for name in paths[record.path] { names.append(try sections.text(of: name) ?? "") }
        return names
    }
}

/// Puts together what workers found.
private struct Merger {
    private var table = RecordTable()
    private var paths: [[StringReference]] = [[]]
    private var pathPlaces: [UInt64: Int] = [0: 0]

    mutating func add(_ worker: ScanWorker) throws(FormatError) {
        for record in worker.table.records { try add(record, path: worker.paths[record.path]) }
    }

    /// Types of the alternate file, as the main file names them.
    mutating func add(alternate scan: TypeScan) throws(FormatError) {
        for record in scan.records {
            var record = record
            record.die = DIEOffset(.alternateInfo, record.die.offset)
            record.name = record.name.inAlternate
            try add(record, path: scan.paths[record.path].map(\.inAlternate))
        }
    }

    mutating func add(_ found: TypeRecord, path: [StringReference]) throws(FormatError) {
        var record = found
        if let known = pathPlaces[record.pathHash] {
            // The path is told from the first entry that has it, whichever worker found that.
            record.path = known
        } else {
            paths.append(path)
            pathPlaces[record.pathHash] = paths.count - 1
            record.path = paths.count - 1
        }
        guard table.merge(record) else {
            throw FormatError(.tooLarge, section: ".debug_info", offset: record.die.offset, "distinct types")
        }
    }

    func result() -> ([TypeRecord], [[StringReference]]) {
        var records = table.records.sorted {
            ($0.die, $0.isNamedByTypedef ? 1 : 0, $0.nameHash) < ($1.die, $1.isNamedByTypedef ? 1 : 0, $1.nameHash)
        }
        // Paths are numbered by their first record.
        var places = [Int?](repeating: nil, count: paths.count)
        var ordered: [[StringReference]] = [[]]
        places[0] = 0
        for index in records.indices {
            let old = records[index].path
            if let known = places[old] {
                records[index].path = known
            } else {
                ordered.append(paths[old])
                places[old] = ordered.count - 1
                records[index].path = ordered.count - 1
            }
        }
        return (records, ordered)
    }
}

/// Distinct records by their keys: open addressing, because most of a pass is finding what is there already.
struct RecordTable: Sendable {
    private struct Slot {
        var key: UInt64 = 0
        /// In `found`; -1 where the slot is free.
        var place: Int32 = -1
        /// Beside the key: counting one more touches no record.
        var count: UInt32 = 0
    }

    private var found: [TypeRecord] = []
    private var slots = Array(repeating: Slot(), count: 1 << 12)

    /// The records with their counts.
    var records: [TypeRecord] {
        var counted = found
        for slot in slots where slot.place >= 0 { counted[Int(slot.place)].count = Int(slot.count) }
        return counted
    }

    /// The slot of a key, or the free one where it belongs.
    @inline(__always) private func find(_ key: UInt64) -> Int {
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: key >> 16) & mask
        while slots[index].place >= 0, slots[index].key != key { index = (index + 1) & mask }
        return index
    }

    /// Counts one more of a known record; false for an unknown one.
    @inline(__always) mutating func count(_ key: UInt64) -> Bool {
        let index = find(key)
        guard slots[index].place >= 0 else { return false }
        slots[index].count &+= 1
        return true
    }

    /// False where there are too many.
    mutating func insert(_ record: TypeRecord) -> Bool {
        guard found.count < TypeScan.recordLimit else { return false }
        if (found.count + 1) * 4 > slots.count * 3 { grow() }
        slots[find(record.key)] = Slot(
            key: record.key, place: Int32(truncatingIfNeeded: found.count),
            count: UInt32(truncatingIfNeeded: record.count))
        found.append(record)
        return true
    }

    mutating func merge(_ record: TypeRecord) -> Bool {
        let index = find(record.key)
        let place = Int(slots[index].place)
        guard place >= 0 else { return insert(record) }
        slots[index].count &+= UInt32(truncatingIfNeeded: record.count)
        if record.die < found[place].die { found[place] = record }
        return true
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: Slot(), count: old.count * 2)
        for slot in old where slot.place >= 0 { slots[find(slot.key)] = slot }
    }
}
