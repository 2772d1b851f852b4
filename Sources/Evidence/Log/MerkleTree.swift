// SPDX-License-Identifier: Apache-2.0
internal import Host

/// A hash tree to whose end leaves are added (RFC 6962 § 2.1, SHA-256).
package struct MerkleTree: Sendable {
    /// 32 bytes.
    package typealias Hash = [UInt8]

    /// `levels[k][i]` is the hash of the 2^k leaves from number i·2^k on.
    private var levels: [[Hash]] = [[]]

    package init() {}

    package init(_ leaves: some Sequence<Hash>) {
        for leaf in leaves { append(leaf) }
    }

    package var size: Int { levels[0].count }

    package static func leaf(_ data: [UInt8]) -> Hash { Digest.bytes(of: [0] + data) }
    package static func node(_ left: Hash, _ right: Hash) -> Hash { Digest.bytes(of: [1] + left + right) }

    /// `leaf` is its hash.
    package mutating func append(_ leaf: Hash) {
        levels[0].append(leaf)
        var level = 0
        while levels[level].count.isMultiple(of: 2) {
            let count = levels[level].count
            if level + 1 == levels.count { levels.append([]) }
            levels[level + 1].append(Self.node(levels[level][count - 2], levels[level][count - 1]))
            level += 1
        }
    }

    /// Of the first `size` leaves; nil where there are fewer.
    package func root(_ size: Int) -> Hash? {
        guard (0...self.size).contains(size) else { return nil }
        return size == 0 ? Digest.bytes(of: []) : hash(0, size)
    }

    /// From the leaf's sibling to the root's child, in the tree of the first `size` leaves (§ 2.1.1); nil where the leaf is
    /// not in it.
    package func inclusionPath(of index: Int, in size: Int) -> [Hash]? {
        guard (0...self.size).contains(size), (0..<size).contains(index) else { return nil }
        var path: [Hash] = []
        var (start, count) = (0, size)
        while count > 1 {
            let left = Self.left(count)
            if index - start < left {
                path.append(hash(start + left, count - left))
                count = left
            } else {
                path.append(hash(start, left))
                start += left
                count -= left
            }
        }
        return path.reversed()
    }

    /// That the tree of the first `old` leaves is the beginning of that of the first `size` (§ 2.1.2); nil where there are
    /// not as many leaves.
    package func consistencyProof(from old: Int, to size: Int) -> [Hash]? {
        guard (0...self.size).contains(size), (0...size).contains(old) else { return nil }
        guard old > 0 else { return [] }
        var path: [Hash] = []
        var (start, count) = (0, size)
        while old - start != count {
            let left = Self.left(count)
            if old - start <= left {
                path.append(hash(start + left, count - left))
                count = left
            } else {
                path.append(hash(start, left))
                start += left
                count -= left
            }
        }
        return (start == 0 ? [] : [hash(start, count)]) + path.reversed()
    }

    /// The largest power of two that is smaller than `count`, which is 2 or more.
    private static func left(_ count: Int) -> Int { 1 << (Int.bitWidth - 1 - (count - 1).leadingZeroBitCount) }

    /// Of leaves that the definition makes a subtree of: a power of two of them begins at a multiple of itself.
    private func hash(_ start: Int, _ count: Int) -> Hash {
        if count.nonzeroBitCount == 1 {
            let level = count.trailingZeroBitCount
            return levels[level][start >> level]
        }
        let left = Self.left(count)
        return Self.node(hash(start, left), hash(start + left, count - left))
    }
}

extension MerkleTree {
    /// More hashes than any proof has.
    package static let longestProof = 63

    /// The root that the path leads to from a leaf's hash; nil where it is not a path of that leaf in a tree of that size
    /// (RFC 9162 § 2.1.3.2).
    package static func root(of leaf: Hash, at index: Int, in size: Int, path: [Hash]) -> Hash? {
        guard index >= 0, index < size, path.count <= longestProof, path.allSatisfy({ $0.count == 32 }) else {
            return nil
        }
        var (position, last) = (index, size - 1)
        var hash = leaf
        for sibling in path {
            guard last > 0 else { return nil }
            if position & 1 == 1 || position == last {
                hash = node(sibling, hash)
                while position & 1 == 0, position > 0 { (position, last) = (position >> 1, last >> 1) }
            } else {
                hash = node(hash, sibling)
            }
            (position, last) = (position >> 1, last >> 1)
        }
        return last == 0 ? hash : nil
    }

    /// Whether the proof shows that the tree with the one root is the beginning of that with the other (RFC 9162 § 2.1.4.2).
    package static func isConsistent(
        _ old: (size: Int, root: Hash), _ new: (size: Int, root: Hash), proof: [Hash]
    ) -> Bool {
        guard old.size >= 0, old.size <= new.size, proof.count <= longestProof, proof.allSatisfy({ $0.count == 32 })
        else { return false }
        if old.size == 0 { return proof.isEmpty && old.root == Digest.bytes(of: []) }
        if old.size == new.size { return proof.isEmpty && old.root == new.root }
        let path = (old.size.nonzeroBitCount == 1 ? [old.root] : []) + proof
        guard !proof.isEmpty, var first = path.first else { return false }
        var second = first
        var (position, last) = (old.size - 1, new.size - 1)
        while position & 1 == 1 { (position, last) = (position >> 1, last >> 1) }
        for hash in path.dropFirst() {
            guard last > 0 else { return false }
            if position & 1 == 1 || position == last {
                (first, second) = (node(hash, first), node(hash, second))
                while position & 1 == 0, position > 0 { (position, last) = (position >> 1, last >> 1) }
            } else {
                second = node(second, hash)
            }
            (position, last) = (position >> 1, last >> 1)
        }
        return last == 0 && first == old.root && second == new.root
    }
}
