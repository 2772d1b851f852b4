// SPDX-License-Identifier: Apache-2.0
internal import ELFKit
internal import Records

/// PRD: which compilers made the image, with which flags, by their own record.
struct ProducerRule: Rule {
    static let family = "PRD"

    static let flags = RuleDescription(
        "PRD001", .error, "C code compiled without the kernel's stack or floating-point flags",
        check: "The record that GCC leaves in DW_AT_producer of each C unit is read; -mpacked-stack, -mbackchain and "
            + "-msoft-float must stand in it, and not be taken back by a later flag. Where a unit has no record of flags "
            + "at all, the answer is unknown; the rules over its code decide.",
        rationale:
            "The s390 unwinder expects the packed frame with a backchain; a unit without it breaks stack traces through "
            + "it, and a unit with hard float uses registers that belong to user space.",
        remediation:
            "Compile the unit with the kernel's own KBUILD_CFLAGS, and look for CFLAGS_REMOVE or a Makefile of its own.",
        sources: ["arch/s390/Makefile", "DWARF 5 § 3.1.1"])
    static let march = RuleDescription(
        "PRD002", .warning, "units compiled for different machine levels",
        check: "The -march= of all units that record one is compared.",
        rationale:
            "One unit for a newer machine makes the whole kernel fail there where it is reached, with an operation "
            + "exception, on machines that the configuration promises.",
        remediation: "Find out which Makefile sets a -march= of its own.", sources: ["arch/s390/Makefile"])
    static let mixedC = RuleDescription(
        "PRD003", .warning, "C units of several compiler versions in one image",
        check:
            "Name, version, commit and day of the compiler in DW_AT_producer of each C unit are compared; in a file without "
            + "debug information, those in .comment.",
        rationale:
            "Objects left from an earlier build, or of another origin, were linked in: what was tested is not what the "
            + "toolchain's record says.",
        remediation: "Build again from an empty object folder with one compiler.", sources: ["DWARF 5 § 3.1.1"])
    static let mixedRust = RuleDescription(
        "PRD004", .error, "Rust units of several compiler versions in one image",
        check:
            "The version, commit and day of rustc in DW_AT_producer of each Rust unit are compared; in a file without debug "
            + "information, those in .comment.",
        rationale:
            "Rust has no stable binary interface: layouts and calls between crates of two compilers agree by chance.",
        remediation: "Build every Rust crate, core included, with one rustc.", sources: ["DWARF 5 § 3.1.1"])
    static let rustc = RuleDescription(
        "PRD005", .error, "Rust built by a compiler other than the configuration names",
        check: "The version, commit and day of rustc in DW_AT_producer are compared with CONFIG_RUSTC_VERSION_TEXT.",
        rationale:
            "The configuration's decisions about the compiler (flags, lints, work-arounds) were made for another one.",
        remediation: "Run `make olddefconfig` and build again with the compiler that is meant.",
        sources: ["init/Kconfig", "DWARF 5 § 3.1.1"])

    static let descriptions = [flags, march, mixedC, mixedRust, rustc]

    func check(_ image: Image, _ options: AuditOptions) throws -> RuleOutcome {
        guard !image.units.isEmpty else { return try Self.outcomeOfComments(image, options) }
        var findings: [Finding] = []
        var versions: [Producer.Compiler: [String: (count: Int, first: OriginTable.Unit)]] = [:]
        var levels: [String: (count: Int, first: OriginTable.Unit)] = [:]
        var unrecorded: [OriginTable.Unit] = []
        let isS390 = image.elf.machine == .s390
        for unit in image.units {
            let producer = image.producer(of: unit)
            versions[producer.compiler, default: [:]][producer.identity, default: (0, unit)].count += 1
            if let march = producer.march { levels["-march \(march)", default: (0, unit)].count += 1 }
            if isS390, producer.compiler == .gcc, unit.language == .c {
                guard !producer.flags.isEmpty else {
                    unrecorded.append(unit)
                    continue
                }
                let missing = ["-mpacked-stack", "-mbackchain", "-msoft-float"].filter { !producer.has($0) }
                if !missing.isEmpty {
                    findings.append(
                        Self.flags.finding(
                            at: image.place(symbol: image.name(of: unit)),
                            expected: "-mpacked-stack -mbackchain -msoft-float",
                            found: "without " + missing.joined(separator: " ")))
                }
            }
        }
        func mixed(_ rule: RuleDescription, _ found: [String: (count: Int, first: OriginTable.Unit)]) {
            guard found.count > 1 else { return }
            let most = found.max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }?.key ?? ""
            for (version, units) in found.sorted(by: { $0.key < $1.key }) where version != most {
                findings.append(
                    rule.finding(
                        at: image.place(symbol: image.name(of: units.first)),
                        expected: "\(most), as most units have",
                        found: "\(version) in \(units.count) of \(image.units.count) units"))
            }
        }
        func named(_ compilers: [Producer.Compiler]) -> [String: (count: Int, first: OriginTable.Unit)] {
            var found: [String: (count: Int, first: OriginTable.Unit)] = [:]
            for compiler in compilers {
                for (version, units) in versions[compiler] ?? [:] { found["\(compiler.rawValue) \(version)"] = units }
            }
            return found
        }
        mixed(Self.march, levels)
        mixed(Self.mixedC, named([.gcc, .clang]))
        mixed(Self.mixedRust, named([.rustc]))
        if let named = Self.named(options) {
            for (version, units) in (versions[.rustc] ?? [:]).sorted(by: { $0.key < $1.key }) where version != named {
                findings.append(
                    Self.rustc.finding(
                        at: image.place(symbol: image.name(of: units.first)), expected: "rustc \(named)",
                        found: "rustc \(version)"))
            }
        }
        var reasons: [String] = []
        if let first = unrecorded.first, options.wants("PRD001") {
            reasons.append(
                "\(Self.units(unrecorded.count)) of C without a record of the compiler's flags, the first is "
                    + "\(image.name(of: first))")
        }
        let silent = image.units.filter { unit in
            image.producer(of: unit).identity.isEmpty && [.c, .rust, .unknown].contains(unit.language)
        }
        if let first = silent.first {
            reasons.append(
                "\(Self.units(silent.count)) without a compiler's name, the first is \(image.name(of: first))")
        }
        reasons += Self.splitReasons(image)
        let counts = versions.flatMap { compiler, found in
            found.map { version, units in
                let name = (compiler == .other ? "" : compiler.rawValue + " ") + version
                return RuleOutcome.Count("units.\(CountName.part(name))", "units of \(name)", units.count)
            }
        }
        return Self.outcome(
            doubts: reasons, counts: counts.sorted { ($1.count, $0.label) < ($0.count, $1.label) }, findings: findings)
    }

    /// The compiler that the configuration names.
    private static func named(_ options: AuditOptions) -> String? {
        guard let text = options.rustcVersionText, !text.isEmpty else { return nil }
        return Producer(text).identity
    }

    /// What `.comment` tells where there is no debug information: each compiler once, without flags.
    private static func outcomeOfComments(_ image: Image, _ options: AuditOptions) throws -> RuleOutcome {
        let producers = try image.elf.comments().map { Producer($0) }
        guard !producers.isEmpty else {
            return Self.outcome(.unknown, "neither debug information nor .comment names the compiler")
        }
        var findings: [Finding] = []
        func versions(_ compilers: [Producer.Compiler]) -> [String] {
            Set(producers.filter { compilers.contains($0.compiler) }.map(\.text)).sorted()
        }
        for (rule, found) in [(Self.mixedC, versions([.gcc, .clang])), (Self.mixedRust, versions([.rustc]))]
        where found.count > 1 {
            findings.append(
                rule.finding(
                    at: image.place(), expected: "one compiler",
                    found: found.joined(separator: " and ") + " in .comment"))
        }
        if let named = Self.named(options) {
            for version in versions([.rustc]) where version != "rustc \(named)" {
                findings.append(
                    Self.rustc.finding(
                        at: image.place(), expected: "rustc \(named)", found: "\(version) in .comment"))
            }
        }
        var reasons = Self.splitReasons(image)
        if !versions([.gcc, .clang]).isEmpty, options.wants("PRD001") || options.wants("PRD002") {
            reasons.append("only .comment names the compilers, and nothing their flags")
        }
        return Self.outcome(
            doubts: reasons,
            counts: Set(producers.map(\.text)).sorted().map {
                .init("comments.\(CountName.part($0))", "of \($0) in .comment", 1)
            }, findings: findings)
    }

    private static func units(_ count: Int) -> String { count == 1 ? "1 unit" : "\(count) units" }

    private static func splitReasons(_ image: Image) -> [String] {
        let split = image.splitUnits
        guard let first = split.first else { return [] }
        return ["the compilers of \(units(split.count)) are described in other files, the first is \(first)"]
    }
}
