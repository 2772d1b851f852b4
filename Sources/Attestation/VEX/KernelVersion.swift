// SPDX-License-Identifier: Apache-2.0

/// A version of the kernel: `6.12.107`, `7.3`, `7.3-rc2`.
struct KernelVersion: Hashable, Comparable {
    /// Two or three; what is missing is 0.
    let numbers: [Int]
    /// Of a release candidate, which comes before its release; nil for a release.
    let candidate: Int?
    let hasPatchLevel: Bool

    /// nil for a text that does not begin with such a version. What follows it (`-bessemer-rust`) is not looked at.
    init?(_ text: String) {
        guard
            let match = text.prefixMatch(
                of: /([0-9]{1,6})\.([0-9]{1,6})(?:\.([0-9]{1,6}))?(?:-rc([0-9]{1,6}))?(?![0-9.])/),
            let major = Int(match.1), let minor = Int(match.2)
        else { return nil }
        hasPatchLevel = match.3 != nil
        numbers = [major, minor, match.3.flatMap { Int($0) } ?? 0]
        candidate = match.4.flatMap { Int($0) }
    }

    /// `6.12`: what stable versions share.
    var line: String { "\(numbers[0]).\(numbers[1])" }

    static func < (left: KernelVersion, right: KernelVersion) -> Bool {
        if left.numbers != right.numbers { return left.numbers.lexicographicallyPrecedes(right.numbers) }
        return (left.candidate ?? .max) < (right.candidate ?? .max)
    }

    static func == (left: KernelVersion, right: KernelVersion) -> Bool {
        left.numbers == right.numbers && left.candidate == right.candidate
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(numbers)
        hasher.combine(candidate)
    }
}
