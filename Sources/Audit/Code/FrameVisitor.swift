// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import Records
internal import S390xKit

/// What each function says of its frame.
struct FrameVisitor: CodeVisitor {
    private let image: Image
    private let fixups: FaultFixups
    private var reader: FrameReader?
    private var origins = OriginTable.Cursor()
    private var nextFixup: Int?
    /// In the order of the image's functions.
    private var facts: [FrameFacts] = []
    private(set) var languages: [Origin.Language] = []
    /// Parts of functions that are entered with a frame in place, by their address.
    private var continued: [(target: UInt64, state: FrameState)] = []

    init(_ image: Image) throws {
        self.image = image
        fixups = FaultFixups(entries: try image.addressSpace().exceptions())
        reader = FrameReader(thunks: try image.thunks())
    }

    mutating func visit(_ function: FunctionTable.Entry, _ code: DecodedCode, in region: Int?) {
        var next = nextFixup ?? fixups.first(from: function.start)
        let inside = fixups.inside(function, &next)
        nextFixup = next
        guard let fact = reader?.read(code, address: function.start, fixups: inside), let exits = reader?.exits else {
            return
        }
        facts.append(fact)
        languages.append(image.origin(at: function.start, &origins).language)
        for exit in exits where !exit.state.isReleased { continued.append((exit.target, exit.state)) }
    }

    mutating func finish() { reader = nil }

    mutating func merge(_ later: FrameVisitor) {
        facts += later.facts
        languages += later.languages
        continued += later.continued
    }

    /// The facts of all functions; parts that are entered with the frame which their function has made are read with it.
    func allFacts() throws -> [FrameFacts] {
        let functions = image.functions.entries
        let space = try image.addressSpace()
        let thunks = try image.thunks()
        // Of several states the last counts; reading the part with each of them could take the product of both.
        var entered: [Int: FrameState] = [:]
        for (target, state) in continued {
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
                    reader.read(
                        DecodedCode(code), address: function.start, entry: state, fixups: fixups.inside(function))
                }
            }
        }
        var facts = facts
        for (part, fact) in zip(parts, again.joined()) { facts[part.key] = fact ?? facts[part.key] }
        return facts
    }
}

/// Where faults go, by function.
private struct FaultFixups: Sendable {
    /// Sorted by the faulting instruction's address.
    let entries: [ExceptionEntry]

    func inside(_ function: FunctionTable.Entry) -> [FaultFixup] {
        var next = first(from: function.start)
        return inside(function, &next)
    }

    /// The place of the first fault at an address or behind it.
    func first(from address: UInt64) -> Int {
        entries.indices.partitioningIndex { entries[$0].instruction >= address }
    }

    /// The same for functions in ascending order; `next` is moved to the first fault in the function or behind it.
    func inside(_ function: FunctionTable.Entry, _ next: inout Int) -> [FaultFixup] {
        while next < entries.count, entries[next].instruction < function.start { next += 1 }
        let first = next
        guard first < entries.count, entries[first].instruction < function.end else { return [] }
        return entries[first...].prefix { $0.instruction < function.end }.compactMap { entry in
            guard (function.start..<function.end).contains(entry.fixup) else { return nil }
            return FaultFixup(
                instruction: Int(entry.instruction - function.start), target: Int(entry.fixup - function.start))
        }
    }
}

extension FrameKind {
    /// In the identifiers of counts.
    var identifier: String { rawValue.replacing(" ", with: "-") }

    init(_ verdict: FrameFacts.Verdict) {
        self =
            switch verdict {
            case .leaf: .leaf
            case .leafWithFrame: .leafWithFrame
            case .packedWithBackchain: .packedWithBackchain
            case .endOfChain: .endOfChain
            case .unknown: .unknown
            case .ordinaryWithBackchain: .ordinaryWithBackchain
            case .packedWithoutBackchain: .packedWithoutBackchain
            case .ordinaryWithoutBackchain: .ordinaryWithoutBackchain
            case .returnAddressNotSaved: .returnAddressNotSaved
            case .callWithoutFrame: .callWithoutFrame
            }
    }
}
