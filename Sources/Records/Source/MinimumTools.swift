// SPDX-License-Identifier: Apache-2.0

/// The oldest tools that a kernel tree takes for s390, as its `scripts/min-tool-version.sh` says; nil where it does not.
package struct MinimumTools: Codable, Hashable, Sendable {
    package let rustc: String?
    package let bindgen: String?
    package let llvm: String?

    package init(rustc: String?, bindgen: String?, llvm: String?) {
        self.rustc = rustc
        self.bindgen = bindgen
        self.llvm = llvm
    }
}
