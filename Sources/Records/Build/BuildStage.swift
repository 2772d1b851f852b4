// SPDX-License-Identifier: Apache-2.0

/// What a kernel build is at, for people.
package enum BuildStage: String, Sendable, Hashable, Codable, CaseIterable {
    /// Host programs and generated headers.
    case tools
    /// C declarations for Rust.
    case bindings
    /// Rust's own library and the kernel crate.
    case rust = "Rust core"
    case c = "C"
    case link
    case modules
    case image
}
