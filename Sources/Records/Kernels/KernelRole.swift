// SPDX-License-Identifier: Apache-2.0

/// Which of two kernels: the one to go back to, or the one on trial.
package enum KernelRole: String, Codable, Sendable, CaseIterable {
    /// GCC alone: the kernel to go back to, and what shows what was broken before Rust.
    case baseline
    /// With Rust.
    case candidate

    /// What a pilot's step of this kernel is called: `build`, `baseline-build`.
    package func step(_ name: String) -> String { self == .candidate ? name : "\(rawValue)-\(name)" }

    /// Its number in a rollback plan's boot menu, which is what a load parameter selects.
    package var menuNumber: Int { self == .baseline ? 1 : 2 }
}
