// SPDX-License-Identifier: Apache-2.0
internal import Records
internal import S390xKit

/// BRN: indirect branches and returns, and whether expolines stand before them.
struct BranchRule: CodeRule {
    static let family = "BRN"

    private static let sources = [
        "arch/s390/include/asm/nospec-insn.h", "arch/s390/kernel/nospec-branch.c", "arch/s390/Kconfig (EXPOLINE)",
    ]

    static let unprotected = RuleDescription(
        "BRN001", .error, "an unprotected indirect branch in a kernel that promises expolines",
        check:
            "Where CONFIG_EXPOLINE is set, or the image has expoline thunks, every indirect branch and return must go "
            + "through a thunk or be executed by EX or EXRL.",
        rationale:
            "On machines without facility 156 (etokens) a branch predictor that user space has trained decides where the "
            + "kernel goes on speculatively (Spectre variant 2); one branch without its expoline is enough.",
        remediation: "Compile the unit with -mindirect-branch=thunk -mfunction-return=thunk, or use BR_EX in assembly.",
        sources: sources)
    static let cost = RuleDescription(
        "BRN002", .note, "the kernel has no expolines",
        check: "Indirect branches and returns are counted by language, where the configuration has no EXPOLINE and the "
            + "image has no thunk.",
        rationale:
            "rustc has no counterpart of -mindirect-branch, so CONFIG_RUST excludes EXPOLINE. A kernel with expolines "
            + "turns them off at boot where facility 156 is installed: there nothing is lost, elsewhere the mitigation "
            + "is.",
        remediation:
            "Look for 156 in the `facilities` line of /proc/cpuinfo on each machine (--cpuinfo takes copies of the file); "
            + "keep the GCC kernel with expolines on machines without it.", sources: sources)

    static let descriptions = [unprotected, cost]

    /// What is counted together.
    fileprivate struct Counted: Hashable {
        let language: Origin.Language
        let kind: IndirectBranch.Kind
        let isProtected: Bool
    }

    struct Visitor: CodeVisitor {
        private let image: Image
        private let thunks: ExpolineThunks
        private var origins = OriginTable.Cursor()
        /// Whether somebody relies on expolines: then those that have none are kept.
        fileprivate let isPromised: Bool
        fileprivate var counts: [Counted: Int] = [:]
        fileprivate var naked: [(address: UInt64, text: String)] = []

        fileprivate init(_ image: Image, _ options: AuditOptions) throws {
            self.image = image
            thunks = try image.thunks()
            isPromised = options.isSet("EXPOLINE") || !thunks.isEmpty
        }

        mutating func visit(_ function: FunctionTable.Entry, _ code: DecodedCode, in region: Int?) {
            let start = function.start
            // The thunk's own branch is what it protects.
            guard region != nil, thunks.register(at: start) == nil else { return }
            IndirectBranch.forEach(in: code, address: start, thunks: thunks) { branch in
                guard branch.protection != .target else { return }
                let address = start &+ UInt64(branch.offset)
                let isProtected = branch.protection != .none
                let language = image.origin(at: address, &origins).language
                let counted = Counted(language: language, kind: branch.kind, isProtected: isProtected)
                counts[counted, default: 0] += 1
                if isPromised, !isProtected { naked.append((address, branch.instruction.text(at: address))) }
            }
        }

        mutating func merge(_ later: Visitor) {
            counts.merge(later.counts, uniquingKeysWith: +)
            naked += later.naked
        }
    }

    func visitor(_ image: Image, _ options: AuditOptions) throws -> Visitor { try Visitor(image, options) }

    /// With the words of each.
    private static let kinds: [(kind: IndirectBranch.Kind, identifier: String, words: String)] = [
        (.call, "indirect-calls", "indirect calls"),
        (.jump, "indirect-jumps", "jumps, or returns by other registers,"), (.return, "returns", "returns"),
    ]

    func outcome(of visitor: Visitor, _ image: Image, _ options: AuditOptions) throws -> RuleOutcome {
        var counts: [RuleOutcome.Count] = []
        for language in Origin.Language.allCases {
            for (kind, identifier, words) in Self.kinds {
                for isProtected in [true, false] {
                    let counted = Counted(language: language, kind: kind, isProtected: isProtected)
                    guard let count = visitor.counts[counted] else { continue }
                    let state = isProtected ? "protected" : "unprotected"
                    counts.append(
                        .init(
                            "\(identifier).\(language.identifier).\(state)",
                            "\(words) in \(language.rawValue), \(state)", count))
                }
            }
        }
        let findings =
            visitor.isPromised
            ? visitor.naked.map { naked in
                Self.unprotected.finding(
                    at: image.place(symbol: image.function(containing: naked.address)?.name, address: naked.address),
                    expected: "a branch through an expoline",
                    found: "\(naked.text) in \(image.origin(at: naked.address).language.rawValue)")
            } : [Self.stated(visitor.counts.values.reduce(0, +), image, options)]
        return RuleOutcome(family: Self.family, counts: counts, findings: findings)
    }

    private static func stated(_ total: Int, _ image: Image, _ options: AuditOptions) -> Finding {
        var words = "\(total.grouped) indirect branches and returns without a thunk"
        for machine in options.machines {
            words +=
                "; on \(machine.name) \(machine.hasEtokens ? "nothing is lost (it has" : "the loss is real (it lacks") facility 156)"
        }
        return cost.finding(at: image.place(), found: words)
    }
}
