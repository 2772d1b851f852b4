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

/// How far a kernel build is.
package struct BuildProgress: Sendable, Hashable {
    package let stage: BuildStage
    /// Files compiled, linked or generated so far.
    package let steps: Int
    /// The last of them, as kbuild prints it.
    package let file: String
    package let elapsed: Duration

    package init(stage: BuildStage, steps: Int, file: String, elapsed: Duration) {
        self.stage = stage
        self.steps = steps
        self.file = file
        self.elapsed = elapsed
    }
}
