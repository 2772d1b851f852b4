// SPDX-License-Identifier: Apache-2.0
internal import Records

/// Rust types that differ from their C types, put below those that they differ because of.
///
/// A record that holds a wrong one by value has another size and other offsets, too, and is right as soon as that one is.
struct MismatchCauses {
    /// One Rust type beside the C type that it differs from.
    struct Mismatch {
        let rust: RecordLayout
        let c: RecordLayout
        let comparison: LayoutComparison
        /// One of each difference, in their order.
        let findings: [Finding]
    }

    private let mismatches: [Mismatch]
    private var byName: [String: [Int]] = [:]

    private init(_ mismatches: [Mismatch]) {
        self.mismatches = mismatches
        for (index, mismatch) in mismatches.enumerated() { byName[mismatch.rust.name, default: []].append(index) }
    }

    /// The findings of causes, each with those that follow from it.
    static func findings(_ mismatches: [Mismatch]) -> [Finding] {
        let causes = MismatchCauses(mismatches)
        let parents = mismatches.indices.map(causes.parent)
        var below: [Int: [Finding]] = [:]
        var roots: [Int] = []
        for (index, mismatch) in mismatches.enumerated() {
            var root = index
            // By value no record is inside of itself; a file may say so all the same.
            var seen: Set<Int> = [index]
            while let parent = parents[root], seen.insert(parent).inserted { root = parent }
            if root == index || parents[root] != nil {
                roots.append(index)
            } else {
                below[root, default: []] += mismatch.findings
            }
        }
        return roots.flatMap { index in
            causes.own(index, follows: below[index] ?? [])
        }
    }

    /// A cause's own findings; its size and offsets follow, too, where bindgen left a member out and that explains them.
    private func own(_ index: Int, follows: [Finding]) -> [Finding] {
        let mismatch = mismatches[index]
        guard let first = mismatch.findings.first else { return [] }
        let pairs = zip(mismatch.comparison.differences, mismatch.findings)
        let left = pairs.filter { $0.0.note != nil }.map(\.1)
        guard let cause = left.first, explains(mismatch, { _ in false }) else {
            return [first.replacing(follows: follows)] + mismatch.findings.dropFirst()
        }
        let rest = pairs.filter { $0.0.note == nil }.map(\.1)
        return [cause.replacing(follows: rest + follows)] + left.dropFirst()
    }

    /// The mismatch because of which one is there: the same type in a crate before it, or a type that it holds.
    private func parent(_ index: Int) -> Int? {
        let mismatch = mismatches[index]
        let twin = (byName[mismatch.rust.name] ?? []).first { other in
            other < index && mismatches[other].c == mismatch.c
                && mismatches[other].comparison.differences == mismatch.comparison.differences
        }
        if let twin { return twin }
        var held: Int?
        let isExplained = explains(mismatch) { leaf in
            guard let other = holds(leaf, index) else { return false }
            held = held ?? other
            return true
        }
        return isExplained ? held : nil
    }

    /// The wrong record that a member is, or whose array it is.
    private func holds(_ leaf: RecordLayout.Leaf, _ index: Int) -> Int? {
        let words = leaf.type.split { !($0.isLetter || $0.isNumber || $0 == "_") }
        for word in words {
            let known = (byName[String(word)] ?? []).filter { $0 != index }
            let crate = mismatches[index].rust.crate
            if let other = known.first(where: { mismatches[$0].rust.crate == crate }) ?? known.first { return other }
        }
        return nil
    }

    /// Where a walk over a record's members is, of which Rust has some at other places.
    private struct Walk {
        /// Distances, C's place less Rust's, that are explained.
        var deltas: Set<Int64> = [0]
        /// The end of all members so far, in bits.
        var c: Int64 = 0
        var rust: Int64 = 0

        /// How far a bit-field of C's lies behind its bits in one of bindgen's units: as other members do, or as the first
        /// one in a unit that the ends explain; nil where no unit holds it.
        func delta(of bits: Range<Int64>, _ units: [RecordLayout.BitFieldUnit]) -> Int64? {
            for unit in units {
                let lower = Int64(clamping: unit.bits.lowerBound)
                let upper = Int64(clamping: unit.bits.upperBound)
                let known = deltas.sorted().first {
                    lower <= bits.lowerBound - $0 && bits.upperBound - $0 <= upper
                }
                if let known { return known }
                let delta = bits.lowerBound - lower
                if bits.upperBound - delta <= upper, meets(c: bits.lowerBound, rust: lower) { return delta }
            }
            return nil
        }

        /// Whether two places behind these ends differ by nothing but what alignment makes of the ends.
        func meets(c place: Int64, rust other: Int64) -> Bool {
            let (gap, otherGap) = (place - c, other - rust)
            if gap == otherGap { return true }
            guard gap >= 0, otherGap >= 0 else { return false }
            return (3...15).contains { power in
                let unit = Int64(1) << power
                return gap < unit && otherGap < unit && place % unit == 0 && other % unit == 0
            }
        }
    }

    /// Whether all differences come from members that are wrong for another reason, or were left out.
    private func explains(_ mismatch: Mismatch, _ isWrong: (RecordLayout.Leaf) -> Bool) -> Bool {
        let (rust, c) = (mismatch.rust, mismatch.c)
        guard
            mismatch.comparison.differences.allSatisfy({ difference in
                switch difference.kind {
                case .size, .offset, .fieldSize, .bitField, .alignment: true
                case .field: difference.note != nil
                case .enumerator: false
                }
            })
        else { return false }
        let ours = rust.leavesByPath
        let gone = Set(LayoutComparison.leftOut(rust, c, ours).flatMap(\.fields))
        var hasCause = !gone.isEmpty
        // Members of an array's elements count from their element.
        var walks: [Substring: Walk] = [:]
        // A member of a type without a name has another size where a member in it has.
        var wrong: [String] = []
        for leaf in c.leaves where !leaf.isBitField {
            guard let mine = LayoutComparison.match(leaf, in: ours), leaf.bitSize != mine.bitSize, isWrong(mine) else {
                continue
            }
            wrong.append(leaf.path)
            hasCause = true
        }
        guard hasCause else { return false }
        for leaf in c.leaves {
            let element = leaf.path.ranges(of: "[].").last.map { leaf.path[..<$0.upperBound] } ?? ""
            var walk = walks[element] ?? Walk()
            defer { walks[element] = walk }
            let place = Int64(clamping: leaf.bitOffset)
            let end = Int64(clamping: leaf.bitOffset &+ (leaf.bitSize ?? 0))
            if gone.contains(leaf.path) {
                walk.c = max(walk.c, end)
                continue
            }
            if leaf.isBitField {
                let parent = leaf.path.lastIndex(of: ".").map { String(leaf.path[...$0]) } ?? ""
                guard
                    let delta = walk.delta(
                        of: place..<max(place, end), rust.bitFieldUnits.filter { $0.parent == parent })
                else { return false }
                walk.deltas.insert(delta)
                walk.c = max(walk.c, (end + 7) / 8 * 8)
                walk.rust = max(walk.rust, end - delta)
                continue
            }
            guard let mine = LayoutComparison.match(leaf, in: ours) else {
                walk.c = max(walk.c, end)
                continue
            }
            if let size = leaf.bitSize, let mySize = mine.bitSize, size != mySize {
                let isOuter = wrong.contains { $0.hasPrefix(leaf.path + ".") || $0.hasPrefix(leaf.path + "[].") }
                guard wrong.contains(leaf.path) || isOuter else { return false }
            }
            let myPlace = Int64(clamping: mine.bitOffset)
            let delta = place - myPlace
            guard walk.deltas.contains(delta) || walk.meets(c: place, rust: myPlace) else { return false }
            walk.deltas.insert(delta)
            walk.c = max(walk.c, end)
            walk.rust = max(walk.rust, Int64(clamping: mine.bitOffset &+ (mine.bitSize ?? 0)))
        }
        let whole = walks[""] ?? Walk()
        let size = c.size.multipliedReportingOverflow(by: 8)
        let mySize = rust.size.multipliedReportingOverflow(by: 8)
        guard !size.overflow, !mySize.overflow else { return false }
        return size == mySize
            || whole.meets(c: Int64(clamping: size.partialValue), rust: Int64(clamping: mySize.partialValue))
    }
}
