// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import Records
internal import S390xKit

/// FRM: whether the kernel's unwinder gets through each function.
struct FrameRule: Rule {
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
        why: "The kernel's frames are packed: the unwinder reads the return address at 136 and the backchain at 152. "
            + "Packed and ordinary code can call each other, so nothing fails at link time; stack traces, and what "
            + "depends on them, go wrong.",
        mend: "Compile C with -mpacked-stack and Rust with -Zpacked-stack.", sources: sources)
    static let backchain = RuleDescription(
        "FRM002", .error, "a function calls without a backchain in place",
        check: "On every path to a call the caller's stack pointer must have been stored at 152 of the new frame.",
        why: "The unwinder follows the backchain; without it the stack trace ends there or goes astray.",
        mend: "Compile C with -mbackchain and Rust with -Ctarget-feature=+backchain.", sources: sources)
    static let frameless = RuleDescription(
        "FRM003", .error, "a function calls before it has a frame",
        check: "At each call the stack pointer must have been lowered.",
        why: "The called function saves its registers over those of the caller's caller.",
        mend: "Look at the function's prologue and at inline assembly in it.", sources: sources)
    static let unsaved = RuleDescription(
        "FRM004", .error, "a function calls without its return address saved where the unwinder looks",
        check: "At each call the return address must be in the caller's save area.",
        why: "The unwinder prints another function, or stops.", mend: "Look at the function's prologue.",
        sources: sources)
    static let unread = RuleDescription(
        "FRM005", .note, "a function's frame can't be read",
        check:
            "Functions of C and Rust whose stack pointer can't be followed are reported, with the location where it was lost.",
        why: "Whether the unwinder gets through is not known.",
        mend: "Disassemble the function; look for inline assembly that changes %r15.", sources: sources)

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

    static func words(_ verdict: FrameFacts.Verdict) -> String {
        switch verdict {
        case .leaf: "leaves"
        case .leafWithFrame: "leaves with a frame"
        case .packedWithBackchain: "packed with backchain"
        case .endOfChain: "ends of the chain"
        case .unknown: "unknown"
        case .ordinaryWithBackchain: "ordinary"
        case .packedWithoutBackchain: "packed without backchain"
        case .ordinaryWithoutBackchain: "ordinary without backchain"
        case .returnAddressNotSaved: "return address not saved"
        case .callWithoutFrame: "calls without a frame"
        }
    }

    /// Where faults go, by function.
    struct Fixups: Sendable {
        let pairs: [(instruction: UInt64, target: UInt64)]

        init(_ pairs: [(instruction: UInt64, target: UInt64)]) { self.pairs = pairs }

        init(_ space: AddressSpace) throws { pairs = try space.fixups() }

        func inside(_ function: FunctionTable.Entry) -> [FaultFixup] {
            var next = first(from: function.start)
            return inside(function, &next)
        }

        /// The place of the first fault at an address or behind it.
        func first(from address: UInt64) -> Int {
            pairs.indices.partitioningIndex { pairs[$0].instruction >= address }
        }

        /// The same for functions in ascending order; `next` is moved to the first fault in the function or behind it.
        func inside(_ function: FunctionTable.Entry, _ next: inout Int) -> [FaultFixup] {
            while next < pairs.count, pairs[next].instruction < function.start { next += 1 }
            let first = next
            guard first < pairs.count, pairs[first].instruction < function.end else { return [] }
            return pairs[first...].prefix { $0.instruction < function.end }.compactMap { pair in
                guard (function.start..<function.end).contains(pair.target) else { return nil }
                return FaultFixup(
                    instruction: Int(pair.instruction - function.start), target: Int(pair.target - function.start))
            }
        }
    }

    /// What a stretch of functions says.
    struct Reading: Sendable {
        var facts: [FrameFacts] = []
        /// Of each function, by its first address.
        var languages: [Origin.Language] = []
        /// Parts of functions that are entered with a frame in place, by their address.
        var continued: [(target: UInt64, state: FrameState)] = []
        private var nextFixup: Int?

        mutating func read(
            _ function: FunctionTable.Entry, _ decoded: DecodedCode, _ reader: inout FrameReader, _ fixups: Fixups,
            _ language: Origin.Language
        ) {
            languages.append(language)
            var next = nextFixup ?? fixups.first(from: function.start)
            facts.append(reader.read(decoded, address: function.start, fixups: fixups.inside(function, &next)))
            nextFixup = next
            for exit in reader.exits where !exit.state.isReleased { continued.append((exit.target, exit.state)) }
        }
    }

    func check(_ image: Image, _ options: AuditOptions) throws -> RuleOutcome {
        if let outcome = image.outcomeWithoutCode(Self.family) { return outcome }
        let fixups = try Fixups(try image.addressSpace())
        let readings = try image.codeReadings(options).map(\.frames)
        return outcome(readings, try Self.continued(readings, image, fixups), image)
    }

    /// What each function of an image's table says of its frame.
    static func facts(of image: Image) throws -> [FrameFacts] {
        let fixups = try Fixups(try image.addressSpace())
        let readings = try CodeReading.read(image, CodeReading.Wishes(frames: fixups)).map(\.frames)
        var facts = readings.flatMap(\.facts)
        for (place, fact) in try continued(readings, image, fixups) { facts[place] = fact }
        return facts
    }

    /// What parts of functions say that are entered with the frame which the function has made, by their places.
    private static func continued(
        _ readings: [Reading], _ image: Image, _ fixups: Fixups
    ) throws -> [Int: FrameFacts] {
        let functions = image.functions.entries
        let space = try image.addressSpace()
        let thunks = try image.thunks()
        // Of several states the last counts; reading the part with each of them could take the product of both.
        var entered: [Int: FrameState] = [:]
        for (target, state) in readings.flatMap(\.continued) {
            guard let place = image.functions.place(containing: target), functions[place].start == target else {
                continue
            }
            entered[place] = state
        }
        let parts = entered.sorted { $0.key < $1.key }
        let again = try sharedWork(parts.count, jobs: image.jobs, piece: 256) { range in
            var reader = FrameReader(thunks: thunks)
            return parts[range].map { place, state in
                let function = functions[place]
                return space.code(of: function).map { _, code in
                    reader.read(code, address: function.start, entry: state, fixups: fixups.inside(function))
                }
            }
        }
        let facts = zip(parts, again.joined()).compactMap { part, read in read.map { (part.key, $0) } }
        return Dictionary(uniqueKeysWithValues: facts)
    }

    private func outcome(_ readings: [Reading], _ continued: [Int: FrameFacts], _ image: Image) -> RuleOutcome {
        let functions = image.functions.entries
        var sums = LanguageCounts(kinds: FrameFacts.Verdict.allCases.count)
        var reported: [(place: Int, language: Origin.Language, fact: FrameFacts)] = []
        var place = 0
        for reading in readings {
            for (own, language) in zip(reading.facts, reading.languages) {
                let fact = continued.isEmpty ? own : continued[place] ?? own
                sums[language, Int(fact.verdict.rawValue)] += 1
                if language != .assembler, fact.verdict >= .unknown { reported.append((place, language, fact)) }
                place += 1
            }
        }
        var findings: [Finding] = []
        for (place, language, fact) in reported {
            let function = functions[place]
            guard let rule = Self.rule(for: fact.verdict) else { continue }
            let address = function.start &+ UInt64(fact.offset)
            let cause = fact.cause == .none ? "" : " (\(fact.cause))"
            findings.append(
                rule.finding(
                    at: image.place(symbol: image.functions.function(function).name, address: address),
                    expected: "a packed frame with its backchain",
                    found: "\(Self.words(fact.verdict))\(cause) in \(language.rawValue)"
                        + (fact.returnSlot.map { ", return address at \($0)" } ?? "")))
        }
        var counts = [RuleOutcome.Count("functions", place)]
        for language in Origin.Language.allCases {
            for verdict in FrameFacts.Verdict.allCases {
                let count = sums[language, Int(verdict.rawValue)]
                if count > 0 { counts.append(.init("\(language.rawValue) \(Self.words(verdict))", count)) }
            }
        }
        return RuleOutcome(
            family: Self.family, counts: counts, findings: findings)
    }
}
