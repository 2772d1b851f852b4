// SPDX-License-Identifier: Apache-2.0

/// Which of a pilot's two kernels; both are made of one tree and one configuration.
enum PilotKernel: String, Encodable, Sendable {
    /// GCC alone: the kernel to go back to, and what shows what was broken before Rust.
    case baseline
    case rust

    /// What a step of this kernel is called.
    func step(_ name: String) -> String { self == .rust ? name : "\(rawValue)-\(name)" }
    /// Before the name of what is done, on a progress line.
    func doing(_ name: String) -> String { self == .rust ? name : "\(rawValue): \(name)" }
    /// The end of its release, so that the two have modules in folders of their own.
    var releaseEnding: String { self == .rust ? "-bessemer-rust" : "-bessemer-gcc" }
}
