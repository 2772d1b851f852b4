// SPDX-License-Identifier: Apache-2.0
internal import Host

/// A regular expression of bindgen's options, which a whole name has to match.
///
/// It comes from the tree, so it is matched without going back: the time is the length of the name times the length of
/// the pattern, whatever they are. What kernels write is read: literals, `.`, classes, groups, `|`, `*`, `+` and `?`.
/// Source: the syntax of Rust's regex crate, which bindgen puts `^(…)$` around.
struct NamePattern: Sendable {
    private enum Instruction: Sendable {
        case byte(ByteSet)
        /// Goes on at both.
        case split(Int, Int)
        case jump(Int)
    }

    /// Bytes that may stand at one place of the name.
    private typealias ByteSet = Set<UInt8>

    /// Every name is of ASCII; no other byte is ever in a set.
    private static let any = ByteSet(0..<128)

    private static let longest = 1000
    private static let deepest = 32

    private var program: [Instruction] = []

    /// Nil where the pattern uses what is not read here, is not well-formed, or is longer than any kernel's.
    init?(_ pattern: String) {
        guard pattern.utf8.count <= Self.longest, pattern.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) else {
            return nil
        }
        var parser = Parser(bytes: Array(pattern.utf8))
        guard let program = parser.alternatives(depth: 0), parser.isAtEnd else { return nil }
        self.program = program
    }

    /// Whether the whole name matches.
    func matches(_ name: String) -> Bool {
        var current = Set<Int>()
        var waiting: [Int] = []
        func add(_ start: Int, to states: inout Set<Int>) {
            waiting.append(start)
            while let state = waiting.popLast() {
                guard states.insert(state).inserted, state < program.count else { continue }
                switch program[state] {
                case .byte: break
                case .jump(let offset): waiting.append(state + offset)
                case .split(let one, let other):
                    waiting.append(state + one)
                    waiting.append(state + other)
                }
            }
        }
        add(0, to: &current)
        for byte in name.utf8 {
            var next = Set<Int>()
            for state in current where state < program.count {
                if case .byte(let bytes) = program[state], bytes.contains(byte) { add(state + 1, to: &next) }
            }
            if next.isEmpty { return false }
            current = next
        }
        return current.contains(program.count)
    }

    /// Makes programs whose targets are relative, so that they can be put one after the other.
    private struct Parser {
        let bytes: [UInt8]
        var position = 0

        var isAtEnd: Bool { position == bytes.count }
        private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

        private mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard next == UInt8(ascii: character) else { return false }
            position += 1
            return true
        }

        mutating func alternatives(depth: Int) -> [Instruction]? {
            guard depth < NamePattern.deepest, var left = sequence(depth: depth) else { return nil }
            while take("|") {
                guard let right = sequence(depth: depth) else { return nil }
                left = [.split(1, left.count + 2)] + left + [.jump(right.count + 1)] + right
            }
            return left
        }

        private mutating func sequence(depth: Int) -> [Instruction]? {
            var program: [Instruction] = []
            while let byte = next, byte != UInt8(ascii: "|"), byte != UInt8(ascii: ")") {
                guard let atom = atom(depth: depth) else { return nil }
                program += repeated(atom)
            }
            return program
        }

        private mutating func repeated(_ atom: [Instruction]) -> [Instruction] {
            var atom = atom
            var isRepeated = false
            while let byte = next, [UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?")].contains(byte) {
                position += 1
                // A `?` behind another sign changes which match is found first, and not which names match.
                if isRepeated, byte == UInt8(ascii: "?") { continue }
                isRepeated = true
                switch byte {
                case UInt8(ascii: "*"):
                    atom = [.split(1, atom.count + 2)] + atom + [.jump(-atom.count - 1)]
                case UInt8(ascii: "+"):
                    atom += [.split(-atom.count, 1)]
                default:
                    atom = [.split(1, atom.count + 1)] + atom
                }
            }
            return atom
        }

        private mutating func atom(depth: Int) -> [Instruction]? {
            guard let byte = next else { return nil }
            position += 1
            switch Unicode.Scalar(byte) {
            case ".": return [.byte(NamePattern.any)]
            case "(":
                if take("?") {
                    guard take(":") else { return nil }
                }
                guard let inner = alternatives(depth: depth + 1), take(")") else { return nil }
                return inner
            case "[": return characterClass().map { [.byte($0)] }
            case "\\": return escape().map { [.byte($0)] }
            case "*", "+", "?", "{", "}", "^", "$", "]": return nil
            default: return [.byte([byte])]
            }
        }

        /// What stands behind a backslash.
        private mutating func escape() -> ByteSet? {
            guard let byte = next else { return nil }
            position += 1
            switch Unicode.Scalar(byte) {
            case "d": return NamePattern.any.filter(\.isDigit)
            case "w": return NamePattern.any.filter(\.isWord)
            default: return byte.isWord ? nil : [byte]
            }
        }

        /// `[…]`, its opening bracket already taken.
        private mutating func characterClass() -> ByteSet? {
            let isNegated = take("^")
            var set: ByteSet = []
            var isEmpty = true
            while let byte = next, byte != UInt8(ascii: "]") || isEmpty {
                // Classes within classes and their arithmetic are not read.
                guard byte != UInt8(ascii: "["), byte != UInt8(ascii: "&"), byte != UInt8(ascii: "~") else {
                    return nil
                }
                position += 1
                isEmpty = false
                if byte == UInt8(ascii: "\\") {
                    guard let escaped = escape() else { return nil }
                    set.formUnion(escaped)
                    continue
                }
                guard next == UInt8(ascii: "-"), position + 1 < bytes.count, bytes[position + 1] != UInt8(ascii: "]")
                else {
                    set.insert(byte)
                    continue
                }
                let last = bytes[position + 1]
                guard last != UInt8(ascii: "["), last != UInt8(ascii: "\\"), byte <= last else { return nil }
                position += 2
                set.formUnion(byte...last)
            }
            guard take("]") else { return nil }
            return isNegated ? NamePattern.any.subtracting(set) : set
        }
    }
}
