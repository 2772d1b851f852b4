// SPDX-License-Identifier: Apache-2.0
internal import DWARFKit
internal import Records

/// LAY: every type that bindgen made beside the C type that it was made from.
struct LayoutRule: Rule {
    static let family = "LAY"
    static let readsTypes = true

    private static let rationale =
        "Rust reads and writes the kernel's memory by the layout that bindgen worked out with clang, C by the one that "
        + "GCC worked out. A kernel build checks neither against the other (bindgen runs with --no-layout-tests), and on "
        + "s390 packed and aligned records are a known way to get them apart."
    private static let remediation =
        "Make the type opaque in rust/bindgen_parameters, or change the C declaration so that bindgen can express it; then "
        + "audit again."
    private static let sources = [
        "rust/Makefile (bindgen_c_flags, --no-layout-tests)", "rust/bindgen_parameters", "DWARF 5 § 5.7",
    ]

    static let size = RuleDescription(
        "LAY001", .error, "a type's size differs between C and Rust",
        check: "DW_AT_byte_size of each type in the bindgen crates is compared with that of the C type of its name.",
        rationale: rationale, remediation: remediation, sources: sources)
    static let offset = RuleDescription(
        "LAY002", .error, "a field's offset differs between C and Rust",
        check: "The offset of each named field, through anonymous members, is compared.", rationale: rationale,
        remediation: remediation,
        sources: sources)
    static let fieldSize = RuleDescription(
        "LAY003", .error, "a field's size differs between C and Rust",
        check: "The size of each named field's type is compared.", rationale: rationale, remediation: remediation,
        sources: sources)
    static let field = RuleDescription(
        "LAY004", .error, "a field exists on one side only",
        check:
            "Fields are matched by name, Rust's keywords with bindgen's trailing underscore. Members that have a tag and "
            + "no name (-fms-extensions), which bindgen leaves out, are named as a whole.", rationale: rationale,
        remediation: remediation,
        sources: sources)
    static let alignment = RuleDescription(
        "LAY005", .error, "a type's alignment differs between C and Rust",
        check: "DW_AT_alignment of the Rust type is compared with the C type's, where that is stated, where the layout "
            + "probe recorded it, or where the members' own alignments leave one possibility.",
        rationale: rationale, remediation: remediation, sources: sources)
    static let bitField = RuleDescription(
        "LAY006", .error, "a bit-field lies outside of bindgen's bit-field unit",
        check: "The bits of each C bit-field must lie in one of the byte runs (_bitfield_N) that bindgen keeps for the "
            + "record.", rationale: rationale, remediation: remediation, sources: sources)
    static let enumerator = RuleDescription(
        "LAY007", .error, "an enumerator's value differs between C and Rust",
        check: "Values of enumerators of one name are compared, where the Rust type is an enumeration.",
        rationale: rationale,
        remediation: remediation, sources: sources)
    static let oneDefinition = RuleDescription(
        "LAY008", .warning, "one declaration gives different layouts in different C units",
        check: "C types of one name that were declared at the same file and line are compared over all units.",
        rationale:
            "bindgen saw one of the layouts. Code of a unit with another one exchanges records with it, C or Rust, that "
            + "it misreads.",
        remediation:
            "Look for a macro or a configuration option that changes between the units before the header is included.",
        sources: ["DWARF 5 § 5.7"])
    static let ambiguous = RuleDescription(
        "LAY009", .note, "several C types of one name, and not all agree with Rust",
        check: "Where C units have types of one name with different layouts, declared at different places, Rust's type "
            + "is compared with all of them.",
        rationale: "Which of them Rust's type stands for can't be read from the image.",
        remediation: "Audit the layout probe (`--probe`), in which only the headers that bindgen read are included.",
        sources: ["DWARF 5 § 5.7"])
    static let incomplete = RuleDescription(
        "LAY010", .note, "one side saw a forward declaration only",
        check: "A Rust type without fields and size that has a full C definition, or the other way around.",
        rationale: "Code that only passes pointers works; code that needs the size or a field does not see the type.",
        remediation:
            "Include the header that defines the type in rust/bindings/bindings_helper.h if Rust needs more than "
            + "pointers to it.", sources: sources)

    static let localDefinition = RuleDescription(
        "LAY011", .note, "one declaration gives different layouts of a type that Rust does not know",
        check: "As LAY008, for types of whose name bindgen made none.",
        rationale:
            "Units that exchange such a record misread it. Templates that are included several times with other macros "
            + "look the same and are harmless.",
        remediation: "Look whether a record of this type goes from one unit to another.", sources: ["DWARF 5 § 5.7"])

    static let descriptions = [
        size, offset, fieldSize, field, alignment, bitField, enumerator, oneDefinition, ambiguous, incomplete,
        localDefinition,
    ]

    private static let rules: [LayoutComparison.Difference.Kind: RuleDescription] = [
        .size: size, .offset: offset, .fieldSize: fieldSize, .field: field, .alignment: alignment, .bitField: bitField,
        .enumerator: enumerator,
    ]

    /// What became of one Rust type.
    private enum Verdict {
        case verified, sizeOnly, declaredOnly, incomplete, ambiguous, unmatched, mismatch, throughParent, inOpaque
    }

    func check(_ image: Image, _ options: AuditOptions) throws -> RuleOutcome {
        if let others = options.cTypes, !others.fit(image.elf) {
            return Self.outcome(.unknown, "the C types to compare with are another machine's")
        }
        let read: ImageTypes?
        do {
            read = try image.types(beside: options.cTypes)
        } catch {
            // What is wrong, then, is that the other file was not read.
            guard let reason = Self.absentFile(image) else { throw error }
            return Self.outcome(.unknown, reason)
        }
        guard let types = read else {
            return Self.outcome(
                .unknown,
                image.isSplitPart
                    ? "the file holds debug information of another file (-gsplit-dwarf), which is not read"
                    : "the file has no debug information")
        }
        let gaps = Self.gaps(image, types)
        var findings: [Finding] = []
        for group in types.divergent {
            let rule = types.c[group.plainName] == nil ? Self.localDefinition : Self.oneDefinition
            findings.append(
                rule.finding(
                    at: image.place(symbol: group.name), expected: "one layout of what \(group.declaredAt) declares",
                    found: group.text))
        }
        let compared = RuleOutcome.Count("c-types", "C types compared with their namesakes", types.compared)
        guard !types.rust.isEmpty else {
            let hasRust = types.hasRustUnits || image.units.contains { $0.language == .rust }
            var reasons = gaps
            if hasRust, !types.hasRustUnits, types.compared > 0 { reasons.append("the Rust units describe no types") }
            let words = hasRust ? "no type that bindgen made" : "no Rust unit"
            return RuleOutcome(
                family: Self.family,
                state: !reasons.isEmpty ? .unknown : hasRust && types.compared > 0 ? .checked : .notApplicable,
                reason: reasons.isEmpty ? words : reasons.joined(separator: "; "),
                counts: [compared], findings: findings)
        }
        var tally: [Verdict: Int] = [:]
        var fields = 0
        var hidden = 0
        var alignments = 0
        var mismatches: [MismatchCauses.Mismatch] = []
        for rust in types.rust {
            if RecordReader.isNested(rust.name) {
                tally[types.reachedThroughParent.contains(rust.name) ? .throughParent : .inOpaque, default: 0] += 1
                continue
            }
            let candidates = types.c[rust.name] ?? []
            let (verdict, comparison, found) = judge(rust, candidates, image)
            tally[verdict, default: 0] += 1
            if verdict == .verified {
                fields += comparison?.fields ?? 0
                hidden += comparison?.hidden ?? 0
            }
            if comparison?.isAlignmentKnown == true { alignments += 1 }
            if verdict == .mismatch, let comparison, let c = candidates.first(where: { !$0.isDeclaration }) {
                mismatches.append(.init(rust: rust, c: c, comparison: comparison, findings: found))
            } else {
                findings += found
            }
        }
        findings += MismatchCauses.findings(mismatches)
        let total = types.rust.count
        let foreign = types.foreign.count
        func count(_ verdict: Verdict, _ identifier: String, _ label: String) -> RuleOutcome.Count? {
            tally[verdict].map { .init("types.\(identifier)", label, $0) }
        }
        let counts: [RuleOutcome.Count?] = [
            .init("types", "types that bindgen made", total), count(.verified, "verified", "verified"),
            .init("fields", "fields", fields),
            hidden > 0 ? .init("fields.hidden", "fields that Rust keeps as padding", hidden) : nil,
            .init("alignments", "alignments", alignments),
            count(.throughParent, "verified-through-parents", "verified through their parents"),
            count(.sizeOnly, "size-only", "size only (opaque)"),
            count(.inOpaque, "in-opaque", "parts of opaque or undescribed parents"),
            count(.declaredOnly, "declared-only", "declared only on both sides"),
            count(.incomplete, "incomplete", "incomplete"), count(.ambiguous, "ambiguous", "ambiguous"),
            count(.unmatched, "unmatched", "without a C type here"), count(.mismatch, "mismatched", "mismatched"),
            foreign > 0 ? .init("c-types.foreign", "names of C types from the other file", foreign) : nil, compared,
        ]
        let hasCompared = [Verdict.verified, .sizeOnly, .mismatch, .ambiguous, .incomplete].contains {
            tally[$0] != nil
        }
        let nothing = "no type that bindgen made has a C type here that it could be compared with"
        return Self.outcome(
            doubts: (hasCompared ? [] : [nothing]) + gaps, counts: counts.compactMap { $0 }, findings: findings)
    }

    /// Where the file that debug information is shared with was not read.
    private static func absentFile(_ image: Image) -> String? {
        guard let alternate = image.alternate, alternate.path == nil else { return nil }
        return "types are in another file, \(alternate.name), that is not beside this one or has another build ID"
    }

    /// Why C types may be missing here that the file's code works with.
    private static func gaps(_ image: Image, _ types: ImageTypes) -> [String] {
        var gaps: [String] = []
        let split = image.splitUnits
        if let first = split.first {
            gaps.append(
                "the types of \(split.count == 1 ? "1 unit" : "\(split.count) units") are in files of their own "
                    + "(-gsplit-dwarf), which are not read; the first is \(first)")
        }
        if let reason = absentFile(image) {
            gaps.append(reason)
        } else if types.missingImports > 0 {
            gaps.append("types are in units that are imported and not there")
        }
        return gaps
    }

    private func judge(_ rust: RecordLayout, _ candidates: [RecordLayout], _ image: Image)
        -> (Verdict, LayoutComparison?, [Finding])
    {
        let defined = candidates.filter { !$0.isDeclaration }
        let place = image.place(symbol: "\(rust.crate)::\(rust.name)")
        guard let c = defined.first else {
            if rust.isDeclaration(beside: nil) { return (.declaredOnly, nil, []) }
            if candidates.isEmpty { return (.unmatched, nil, []) }
            let finding = Self.incomplete.finding(
                at: place, expected: "\(rust.size) bytes, as Rust has it", found: "a forward declaration in C")
            return (.incomplete, nil, [finding])
        }
        if rust.isDeclaration(beside: c) {
            let finding = Self.incomplete.finding(
                at: place, expected: "\(c.size) bytes, as C has it", found: "a forward declaration in Rust")
            return (.incomplete, nil, [finding])
        }
        let comparisons = defined.map { LayoutComparison(rust: rust, c: $0) }
        guard let worst = comparisons.first(where: { !$0.differences.isEmpty }) else {
            return (comparisons[0].isSizeOnly ? .sizeOnly : .verified, comparisons[0], [])
        }
        guard defined.count > 1 else { return (.mismatch, worst, findings(worst, rust, c, image)) }
        let places = zip(defined, comparisons).map { c, comparison in
            "\(c.declaredAt?.description ?? "an unknown place") (\(c.size) bytes, "
                + (comparison.differences.isEmpty ? "agrees" : "differs") + ")"
        }
        let finding = Self.ambiguous.finding(
            at: place, expected: "one C type of this name", found: places.joined(separator: ", "))
        return (.ambiguous, nil, [finding])
    }

    private func findings(_ comparison: LayoutComparison, _ rust: RecordLayout, _ c: RecordLayout, _ image: Image)
        -> [Finding]
    {
        comparison.differences.compactMap { difference in
            guard let rule = Self.rules[difference.kind] else { return nil }
            let symbol = "\(rust.crate)::\(rust.name)" + (difference.path.isEmpty ? "" : ".\(difference.path)")
            let declared = c.declaredAt.map { " (\($0))" } ?? ""
            return rule.finding(
                difference.note, at: image.place(symbol: symbol), expected: difference.c + declared + ", as C has it",
                found: difference.rust + ", as Rust has it")
        }
    }
}
