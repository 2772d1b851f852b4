// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import ELFKit
internal import Records
internal import S390xKit

/// BRN: indirect branches and returns, and whether expolines stand before them.
struct BranchRule: Rule {
    static let family = "BRN"

    private static let sources = [
        "arch/s390/include/asm/nospec-insn.h", "arch/s390/kernel/nospec-branch.c", "arch/s390/Kconfig (EXPOLINE)",
    ]

    static let unprotected = RuleDescription(
        "BRN001", .error, "an unprotected indirect branch in a kernel that promises expolines",
        check:
            "Where CONFIG_EXPOLINE is set, or the image has expoline thunks, every indirect branch and return must go "
            + "through a thunk or be executed by EX or EXRL.",
        why:
            "On machines without facility 156 (etokens) a branch predictor that user space has trained decides where the "
            + "kernel goes on speculatively (Spectre variant 2); one branch without its expoline is enough.",
        mend: "Compile the unit with -mindirect-branch=thunk -mfunction-return=thunk, or use BR_EX in assembly.",
        sources: sources)
    static let cost = RuleDescription(
        "BRN002", .note, "the kernel has no expolines",
        check: "Indirect branches and returns are counted by language, where the configuration has no EXPOLINE and the "
            + "image has no thunk.",
        why: "rustc has no counterpart of -mindirect-branch, so CONFIG_RUST excludes EXPOLINE. A kernel with expolines "
            + "turns them off at boot where facility 156 is installed: there nothing is lost, elsewhere the mitigation "
            + "is.",
        mend:
            "Look for 156 in the `facilities` line of /proc/cpuinfo on each machine (--cpuinfo takes copies of the file); "
            + "keep the GCC kernel with expolines on machines without it.", sources: sources)

    static let descriptions = [unprotected, cost]

    struct Tally: Sendable {
        fileprivate var counts = BranchRule.noCounts
        fileprivate var naked: [(address: UInt64, text: String)] = []

        mutating func read(
            _ function: FunctionTable.Entry, _ decoded: DecodedCode, _ thunks: ExpolineThunks, _ image: Image,
            _ origins: inout OriginTable.Cursor, promised: Bool
        ) {
            let start = function.start
            // The thunk's own branch is what it protects.
            guard thunks.register(at: start) == nil else { return }
            IndirectBranch.forEach(in: decoded, address: start, thunks: thunks) { branch in
                guard branch.protection != .target else { return }
                let address = start &+ UInt64(branch.offset)
                let isProtected = branch.protection != .none
                let language = image.origin(at: address, &origins).language
                counts[language, BranchRule.column(branch.kind, isProtected: isProtected)] += 1
                if promised, !isProtected { naked.append((address, branch.instruction.text(at: address))) }
            }
        }
    }

    /// Whether somebody relies on expolines.
    static func isPromised(_ image: Image, _ options: AuditOptions) throws -> Bool {
        try options.isSet("EXPOLINE") || !image.thunks().isEmpty
    }

    /// Unprotected branches of each kind, then protected ones.
    private static let noCounts = LanguageCounts(kinds: 6)

    private static func column(_ kind: IndirectBranch.Kind, isProtected: Bool) -> Int {
        switch kind {
        case .call: isProtected ? 3 : 0
        case .jump: isProtected ? 4 : 1
        case .return: isProtected ? 5 : 2
        }
    }

    func check(_ image: Image, _ options: AuditOptions) throws -> RuleOutcome {
        if let outcome = image.outcomeWithoutCode(Self.family) { return outcome }
        let promised = try Self.isPromised(image, options)
        let tallies = try image.codeReadings(options).map(\.branches)
        var sums = Self.noCounts
        for tally in tallies { sums.add(tally.counts) }
        var counts: [RuleOutcome.Count] = []
        for language in Origin.Language.allCases {
            for (kind, name) in [
                (IndirectBranch.Kind.call, "indirect calls"), (.jump, "jumps, or returns by other registers,"),
                (.return, "returns"),
            ] {
                for isProtected in [true, false] {
                    let count = sums[language, Self.column(kind, isProtected: isProtected)]
                    guard count > 0 else { continue }
                    counts.append(
                        .init("\(name) in \(language.rawValue)\(isProtected ? ", protected" : ", unprotected")", count))
                }
            }
        }
        let findings =
            promised
            ? tallies.flatMap(\.naked).map { naked in
                Self.unprotected.finding(
                    at: image.place(symbol: image.function(containing: naked.address)?.name, address: naked.address),
                    expected: "a branch through an expoline",
                    found: "\(naked.text) in \(image.origin(at: naked.address).language.rawValue)")
            } : [Self.stated(sums, image, options)]
        return RuleOutcome(
            family: Self.family, counts: counts, findings: findings)
    }

    private static func stated(_ sums: LanguageCounts, _ image: Image, _ options: AuditOptions) -> Finding {
        var words = "\(sums.total) indirect branches and returns without a thunk"
        for machine in options.machines {
            words +=
                "; on \(machine.name) \(machine.hasEtokens ? "nothing is lost (it has" : "the loss is real (it lacks") facility 156)"
        }
        return cost.finding(at: image.place(), found: words)
    }

    /// The thunks by their names; in a linked image each is looked at, too.
    static func thunks(_ functions: FunctionTable, _ space: AddressSpace) -> ExpolineThunks {
        var thunks = ExpolineThunks()
        for entry in functions.entries where entry.mayBeThunk {
            guard let bytes = try? functions.symbols.nameBytes(of: functions.symbols[Int(entry.symbol)]),
                bytes.count >= prefix.count + 1, bytes.count <= prefix.count + 2,
                (try? bytes.slice(0, count: prefix.count).array) == prefix,
                let region = space.region(at: entry.start), !region.bytes.isEmpty,
                let thunk = ExpolineThunk(region.bytes, at: Int(entry.start - region.start), address: entry.start)
            else { continue }
            thunks.insert(thunk)
        }
        return thunks
    }

    private static let prefix = Array("__s390_indirect_jump_r".utf8)
}
