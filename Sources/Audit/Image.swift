// SPDX-License-Identifier: Apache-2.0
internal import DWARFKit
internal import ELFKit
internal import Records
internal import S390xKit
internal import Synchronization

/// One file under audit, with the facts that rules derive from it; each is read once.
package final class Image: Sendable {
    /// A function of the symbol table.
    struct Function: Sendable, Hashable {
        let name: String
        let start: UInt64
        let end: UInt64

        /// The name without what the compiler added to a part of it: `foo` for `foo.cold` and `foo.isra.0`.
        var stem: Substring {
            let body = name.drop { $0 == "." }
            return body.prefix { $0 != "." }
        }
    }

    /// As a person named it: `vmlinux`, `lib.a(foo.o)`.
    let name: String
    let elf: ELFFile
    /// Workers that one rule may use.
    let jobs: Int
    /// nil where there is no debug information.
    let dwarf: DWARFFile?
    /// The file that the debug information shares with others, where there is one.
    let alternate: DebugSections.Alternate?
    let functions: FunctionTable
    private let origins: OriginTable

    private let space: SharedValue<AddressSpace>
    private let expolines: SharedValue<ExpolineThunks>

    /// What is made once somebody asks for it.
    private struct Derived {
        var types: ImageTypes?
        /// The pass over all types, until `types` is made of it.
        var scan: TypeScan?
    }
    private let derived = Mutex(Derived())

    /// Reads what every rule needs. Where types will be asked for (`scansTypes`), one pass over the debug information
    /// serves both them and the units; where code will be (`readsCode`), another worker reads that at the same time.
    init(_ elf: ELFFile, name: String, path: String, jobs: Int, scansTypes: Bool, readsCode: Bool) throws {
        self.elf = elf
        self.name = name
        self.jobs = jobs
        let debug = SharedValue { try DebugSections.readBoth(elf, path: path) }
        let table = SharedValue { try FunctionTable(elf) }
        let space = SharedValue { try AddressSpace(elf, table.get()) }
        let expolines = SharedValue { ExpolineThunks(try table.get(), try space.get()) }
        let stretches = 16
        let summaries = try sharedWork(1 + stretches, jobs: jobs, piece: 1) { range -> [UnitSummary] in
            guard range.lowerBound > 0 else {
                _ = try table.get()
                // What fails here is reported where it is asked for.
                if readsCode, jobs > 1, elf.machine == .s390 { _ = try? expolines.get() }
                return []
            }
            guard let dwarf = try debug.get()?.file, !scansTypes else { return [] }
            let count = dwarf.units.count
            let units = dwarf.units[count * (range.lowerBound - 1) / stretches..<count * range.lowerBound / stretches]
            return units.compactMap { try? dwarf.summary(of: $0) }
        }
        let dwarf = try debug.get()?.file
        alternate = try debug.get()?.alternate
        functions = try table.get()
        self.dwarf = dwarf
        self.space = space
        self.expolines = expolines
        if let dwarf, scansTypes {
            let scan = try TypeScan(dwarf, TypeScan.Options(workers: jobs, includesSummaries: true))
            derived.withLock { $0.scan = scan }
            origins = try OriginTable(scan.summaries, dwarf.sections)
        } else {
            origins = try OriginTable(
                summaries.lazy.flatMap(\.self), dwarf?.sections ?? DWARFSections(order: elf.order))
        }
        // Several modules are read at once, and their strings stand in them once for each unit.
        if elf.type == .relocatable { dwarf?.releasePages() }
    }

    /// Compilation units, in the file's order.
    var units: [OriginTable.Unit] { origins.units }

    func producer(of unit: OriginTable.Unit) -> Producer { origins.producers[unit.producer] }

    func name(of unit: OriginTable.Unit) -> String {
        ((try? dwarf?.sections.text(of: unit.name)) ?? nil) ?? "a unit without a name"
    }

    /// Where the code at an address comes from.
    func origin(at address: UInt64) -> Origin { origins.origin(at: address) }

    /// The same for addresses that mostly ascend.
    func origin(at address: UInt64, _ cursor: inout OriginTable.Cursor) -> Origin {
        origins.origin(at: address, &cursor)
    }

    /// The unit whose code lies at an address.
    func unit(at address: UInt64) -> UnitHeader? {
        guard let units = dwarf?.units, let place = origins.unit(at: address), place < units.count else { return nil }
        return units[place]
    }

    /// The newest level that the configuration or, without one, the compilers' own record allows.
    func recordedLevel(_ options: AuditOptions) -> ArchitectureLevel? {
        if let configuration = options.configuration {
            for level in ArchitectureLevel.allCases {
                let option = "MARCH_" + level.name.uppercased().replacing("-", with: "_")
                if configuration[option] == "y" { return level }
            }
        }
        // A unit with a newer level of its own is what the rule is for: the level that most units have counts.
        return origins.commonLevel
    }

    /// Units by language and compiler, as people want to read them.
    var unitCounts: [RuleOutcome.Count] { origins.unitCounts }

    func place(symbol: String? = nil, address: UInt64? = nil) -> Finding.Location {
        Finding.Location(file: name, symbol: symbol, address: address)
    }

    func function(containing address: UInt64) -> Function? {
        functions.function(containing: address)
    }

    func addressSpace() throws -> AddressSpace { try space.get() }

    /// Of units whose types, language and compiler are described in other files (`.dwo`), the names of these.
    var splitUnits: [String] {
        origins.splitUnits.map { ((try? dwarf?.sections.text(of: $0)) ?? nil) ?? "a file without a name" }
    }

    /// Whether it is a `.dwo` or `.dwp` file: debug information that `-gsplit-dwarf` took out of another file.
    var isSplitPart: Bool { elf.section(named: ".debug_info.dwo") != nil }

    /// What rules over machine code come to where they can't look at this image; nil where they can.
    func outcomeWithoutCode(_ family: String) -> RuleOutcome? {
        if elf.machine != .s390 {
            return RuleOutcome(family: family, state: .notApplicable, reason: "the machine is not s390x")
        }
        if let section = absentCode {
            return RuleOutcome(
                family: family, state: .unknown,
                reason: "the code is not in this file: \(section) takes no bytes of it (debug information alone)")
        }
        guard functions.entries.isEmpty else { return nil }
        let hasCode = code.contains { $0.type != .noBits }
        return RuleOutcome(
            family: family, state: hasCode ? .unknown : .notApplicable,
            reason: hasCode ? "no symbol tells where functions are (a stripped file)" : "the file has no functions")
    }

    private var code: [Section] {
        elf.sections.filter { $0.flags.isSuperset(of: [.allocate, .execute]) && $0.size > 0 }
    }

    /// The first section of code, where all of it takes no bytes of the file.
    var absentCode: String? {
        let code = code
        return code.allSatisfy { $0.type == .noBits } ? code.first?.name : nil
    }

    /// The expolines, by their names and by what stands there.
    func thunks() throws -> ExpolineThunks { try expolines.get() }

    /// The types that the layout rules compare, those of `others` for what this file has no definition of; nil where
    /// there is no debug information.
    func types(beside others: CTypes?) throws -> ImageTypes? {
        guard let dwarf else { return nil }
        return try derived.withLock { derived in
            if let types = derived.types { return types }
            let scan = try derived.scan ?? TypeScan(dwarf, TypeScan.Options(workers: jobs, includesSummaries: false))
            let types = try ImageTypes(
                dwarf, scan, CTypes(scan, dwarf, elf), others, machine: elf.machine, jobs: jobs)
            derived.types = types
            derived.scan = nil
            return types
        }
    }
}
