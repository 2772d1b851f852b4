// SPDX-License-Identifier: Apache-2.0
internal import ByteKit

/// Units that other units bring in (`DW_TAG_partial_unit`, DWARF 5 § 3.1.1, which `dwz` makes) and that, as a rule, tell no
/// language: they have those of the units that import them.
struct PartialUnits: Sendable {
    /// One `DW_TAG_imported_unit`.
    struct Import: Sendable {
        /// The unit that it stands in, in the file's list of units.
        let unit: Int
        /// That unit's language; unknown for a partial unit.
        let language: Language.Family
        /// What it brings in.
        let target: DIEOffset
    }

    /// Those without a language of their own.
    var units: [Int] = []
    var imports: [Import] = []
    /// The languages of all other units.
    var languages = LanguageSet()

    /// The largest number of imports in a file: one of some thousand units has some hundred thousand.
    static let importLimit = 1 << 22

    mutating func merge(_ other: PartialUnits) throws(FormatError) {
        units += other.units
        imports += other.imports
        languages.formUnion(other.languages)
        guard imports.count <= Self.importLimit else {
            throw FormatError(.tooLarge, section: ".debug_info", offset: 0, "imported units")
        }
    }

    /// What the imports of a file come to.
    struct Resolved: Sendable {
        /// The languages of each partial unit.
        var languages: [Int: LanguageSet] = [:]
        /// What units of the alternate file are imported by, by the places of their first entries.
        var alternate: [DIEOffset: LanguageSet] = [:]
        /// How many imports lead nowhere.
        var missing = 0
    }

    /// The languages of the partial units of a file: of the units that import them, also through other partial units.
    ///
    /// One that nobody imports may be referred to by any unit, and has the languages of all.
    ///
    /// - Parameters:
    ///   - file: the file that these are units of.
    ///   - roots: the languages of units in another file that import units of this one, by places here.
    ///   - others: the languages of that other file's units.
    /// - Returns: the languages of each partial unit, and what leads elsewhere.
    func resolved(
        in file: DWARFFile, roots: [DIEOffset: LanguageSet] = [:], others: LanguageSet = LanguageSet()
    ) -> Resolved {
        var result = Resolved()
        guard !units.isEmpty || !imports.isEmpty else { return result }
        let partial = Set(units)
        var importedBy: [Int: [Int]] = [:]
        var waiting: [Int] = []
        func add(_ languages: LanguageSet, to unit: Int) {
            let known = result.languages[unit, default: LanguageSet()]
            guard !known.isSuperset(of: languages) else { return }
            result.languages[unit] = known.union(languages)
            waiting.append(unit)
        }
        for (target, languages) in roots {
            guard let unit = try? file.unit(holding: target).index, partial.contains(unit) else { continue }
            add(languages, to: unit)
        }
        for imported in imports where imported.target.section != .alternateInfo {
            guard let target = try? file.unit(holding: imported.target).index else {
                result.missing += 1
                continue
            }
            guard partial.contains(target) else { continue }
            if partial.contains(imported.unit) {
                importedBy[imported.unit, default: []].append(target)
            } else {
                add(LanguageSet(imported.language), to: target)
            }
        }
        while let unit = waiting.popLast() {
            let languages = result.languages[unit] ?? LanguageSet()
            for target in importedBy[unit] ?? [] { add(languages, to: target) }
        }
        for unit in units where result.languages[unit] == nil {
            result.languages[unit] = languages.union(others)
        }
        for imported in imports where imported.target.section == .alternateInfo {
            guard (try? file.alternate?.unit(holding: DIEOffset(.info, imported.target.offset))) != nil else {
                result.missing += 1
                continue
            }
            let languages = result.languages[imported.unit] ?? LanguageSet(imported.language)
            result.alternate[DIEOffset(.info, imported.target.offset), default: LanguageSet()].formUnion(languages)
        }
        return result
    }
}

/// Languages whose types are told apart.
struct LanguageSet: OptionSet, Sendable {
    let rawValue: UInt8

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init(_ language: Language.Family) {
        self.init(rawValue: language == .unknown ? 0 : 1 << language.rawValue)
    }

    /// In the order of their numbers.
    var members: [Language.Family] {
        (1...7).compactMap { number in
            rawValue >> number & 1 == 1 ? Language.Family(rawValue: UInt8(number)) : nil
        }
    }
}
