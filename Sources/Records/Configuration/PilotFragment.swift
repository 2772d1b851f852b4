// SPDX-License-Identifier: Apache-2.0

/// The configuration fragments that a pilot brings itself; those that a person names stand between them.
package enum PilotFragment: String, Sendable, CaseIterable {
    /// As many tests as can be enabled.
    case tests
    /// What a pilot can't do without.
    case required = "pilot"
    case rust
    /// What tells the kernels' releases apart.
    case release
    case withoutRust = "gcc-only"

    /// Those before a person's.
    package static func first(of kernel: KernelRole) -> [PilotFragment] {
        kernel == .candidate ? [.tests, .required, .rust] : [.tests, .required]
    }

    /// Those after a person's.
    package static func last(of kernel: KernelRole) -> [PilotFragment] {
        kernel == .candidate ? [.release] : [.release, .withoutRust]
    }
}

extension ConfigurationFacts {
    /// The fragments that a person named, of a pilot's kernel; all of them where the pilot's own don't stand around them.
    package func givenFragments(of kernel: KernelRole) -> ArraySlice<Fragment> {
        let (first, last) = (PilotFragment.first(of: kernel), PilotFragment.last(of: kernel))
        let names = fragments.map(\.name)
        guard names.count >= first.count + last.count, names.starts(with: first.map(\.rawValue)),
            names.suffix(last.count).elementsEqual(last.map(\.rawValue))
        else { return fragments[...] }
        return fragments.dropFirst(first.count).dropLast(last.count)
    }
}
