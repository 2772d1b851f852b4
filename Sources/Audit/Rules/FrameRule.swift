// SPDX-License-Identifier: Apache-2.0
internal import Records
internal import S390xKit

/// FRM: whether the kernel's unwinder gets through each function.
struct FrameRule: CodeRule {
    static let family = "FRM"

    private static let sources = [
        "arch/s390/include/asm/stacktrace.h (struct stack_frame)", "arch/s390/kernel/unwind_bc.c",
        "z/Architecture ELF Application Binary Interface, -mpacked-stack",
    ]

    static let ordinary = RuleDescription(
        "FRM001", .error, "a function saves its registers in an ordinary frame",
        check:
            "Each function's code is followed along every path; where it calls, the return address must have been saved "
            + "at 136 (or 144) of its caller's frame, and not at 112.",
        rationale:
            "The kernel's frames are packed: the unwinder reads the return address at 136 and the backchain at 152. "
            + "Packed and ordinary code can call each other, so nothing fails at link time; stack traces, and what "
            + "depends on them, go wrong.",
        remediation: "Compile C with -mpacked-stack and Rust with -Zpacked-stack.", sources: sources)
    static let backchain = RuleDescription(
        "FRM002", .error, "a function calls without a backchain in place",
        check: "On every path to a call the caller's stack pointer must have been stored at 152 of the new frame.",
        rationale: "The unwinder follows the backchain; without it the stack trace ends there or goes astray.",
        remediation: "Compile C with -mbackchain and Rust with -Ctarget-feature=+backchain.", sources: sources)
    static let frameless = RuleDescription(
        "FRM003", .error, "a function calls before it has a frame",
        check: "At each call the stack pointer must have been lowered.",
        rationale: "The called function saves its registers over those of the caller's caller.",
        remediation: "Look at the function's prologue and at inline assembly in it.", sources: sources)
    static let unsaved = RuleDescription(
        "FRM004", .error, "a function calls without its return address saved where the unwinder looks",
        check: "At each call the return address must be in the caller's save area.",
        rationale: "The unwinder prints another function, or stops.", remediation: "Look at the function's prologue.",
        sources: sources)
    static let unread = RuleDescription(
        "FRM005", .note, "a function's frame can't be read",
        check:
            "Functions of C and Rust whose stack pointer can't be followed are reported, with the location where it was lost.",
        rationale: "Whether the unwinder gets through is not known.",
        remediation: "Disassemble the function; look for inline assembly that changes %r15.", sources: sources)

    static let descriptions = [ordinary, backchain, frameless, unsaved, unread]

    private static func rule(for verdict: FrameFacts.Verdict) -> RuleDescription? {
        switch verdict {
        case .leaf, .leafWithFrame, .packedWithBackchain, .endOfChain: nil
        case .ordinaryWithBackchain, .ordinaryWithoutBackchain: ordinary
        case .packedWithoutBackchain: backchain
        case .callWithoutFrame: frameless
        case .returnAddressNotSaved: unsaved
        case .unknown: unread
        }
    }

    func visitor(_ image: Image, _ options: AuditOptions) throws -> FrameVisitor { try FrameVisitor(image) }

    func outcome(of visitor: FrameVisitor, _ image: Image, _ options: AuditOptions) throws -> RuleOutcome {
        let functions = image.functions
        var sums: [Origin.Language: [FrameFacts.Verdict: Int]] = [:]
        var findings: [Finding] = []
        for (place, (fact, language)) in zip(try visitor.allFacts(), visitor.languages).enumerated() {
            sums[language, default: [:]][fact.verdict, default: 0] += 1
            guard language != .assembler, let rule = Self.rule(for: fact.verdict) else { continue }
            let function = functions.function(functions.entries[place])
            let cause = fact.cause == .none ? "" : " (\(fact.cause))"
            findings.append(
                rule.finding(
                    at: image.place(symbol: function.name, address: function.start &+ UInt64(fact.offset)),
                    expected: "a packed frame with its backchain",
                    found: "\(FrameKind(fact.verdict).rawValue)\(cause) in \(language.rawValue)"
                        + (fact.returnSlot.map { ", return address at \($0)" } ?? "")))
        }
        var counts = [RuleOutcome.Count("functions", "functions", functions.entries.count)]
        for language in Origin.Language.allCases {
            for verdict in FrameFacts.Verdict.allCases {
                guard let count = sums[language]?[verdict] else { continue }
                let kind = FrameKind(verdict)
                counts.append(
                    .init(
                        "functions.\(language.identifier).\(kind.identifier)",
                        "\(language.rawValue) \(kind.rawValue)", count))
            }
        }
        return RuleOutcome(family: Self.family, counts: counts, findings: findings)
    }
}
