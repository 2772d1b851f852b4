// SPDX-License-Identifier: Apache-2.0
internal import Host

/// A package's version in the order of Debian Policy 5.6.12.
package struct DebianVersion: Comparable, Sendable {
    package let text: String
    private let epoch: Substring
    /// Without epoch and revision.
    package let upstream: Substring
    private let revision: Substring

    package init(_ text: String) {
        self.text = text
        var rest = text[...]
        if let colon = rest.firstIndex(of: ":") {
            epoch = rest[..<colon]
            rest = rest[rest.index(after: colon)...]
        } else {
            epoch = "0"
        }
        if let dash = rest.lastIndex(of: "-") {
            upstream = rest[..<dash]
            revision = rest[rest.index(after: dash)...]
        } else {
            upstream = rest
            revision = "0"
        }
    }

    /// Whether the upstream version is one of before a release, as `7.3~rc7` is; `~bpo13+1` of a revision does not count.
    package var isPreRelease: Bool {
        upstream.firstMatch(of: #/~(rc|alpha|beta|pre|dev|git)|[.-](rc|alpha|beta)[0-9]/#) != nil
    }

    package static func < (left: DebianVersion, right: DebianVersion) -> Bool {
        for (one, other) in [
            (left.epoch, right.epoch), (left.upstream, right.upstream), (left.revision, right.revision),
        ] {
            let order = compare(Array(one.utf8), Array(other.utf8))
            if order != 0 { return order < 0 }
        }
        return false
    }

    package static func == (left: DebianVersion, right: DebianVersion) -> Bool { !(left < right) && !(right < left) }

    /// Letters sort before all that is neither letter nor digit, a tilde before the end.
    private static func weight(_ byte: UInt8?) -> Int {
        switch byte {
        case nil: 0
        case UInt8(ascii: "~"): -1
        case let byte? where byte.isDigit: 0
        case let byte? where byte.isLetter: Int(byte)
        case let byte?: Int(byte) + 256
        }
    }

    /// Turns of text that is not digits, and of digits as a number.
    private static func compare(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var (i, j) = (0, 0)
        func at(_ bytes: [UInt8], _ index: Int) -> UInt8? { index < bytes.count ? bytes[index] : nil }
        while i < left.count || j < right.count {
            while at(left, i).map({ !$0.isDigit }) == true || at(right, j).map({ !$0.isDigit }) == true {
                let difference = weight(at(left, i)) - weight(at(right, j))
                if difference != 0 { return difference }
                if i < left.count { i += 1 }
                if j < right.count { j += 1 }
            }
            while at(left, i) == 0x30 { i += 1 }
            while at(right, j) == 0x30 { j += 1 }
            var first = 0
            while let one = at(left, i), let other = at(right, j), one.isDigit, other.isDigit {
                if first == 0 { first = Int(one) - Int(other) }
                i += 1
                j += 1
            }
            if at(left, i).map(\.isDigit) == true { return 1 }
            if at(right, j).map(\.isDigit) == true { return -1 }
            if first != 0 { return first }
        }
        return 0
    }
}

extension Sequence<LockedPackage> {
    /// The one with the highest version; nil where there is none.
    package var newest: LockedPackage? { self.max { DebianVersion($0.version) < DebianVersion($1.version) } }
}
