// SPDX-License-Identifier: Apache-2.0
internal import Records

/// What a pilot calls its two kernels; both are made of one tree and one configuration.
extension KernelRole {
    /// Before the name of what is done, on a progress line.
    func doing(_ name: String) -> String { self == .candidate ? name : "\(rawValue): \(name)" }
    /// The end of its release, so that the two have modules in folders of their own.
    var releaseEnding: String { self == .candidate ? "-bessemer-rust" : "-bessemer-gcc" }
}
