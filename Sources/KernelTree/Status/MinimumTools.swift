// SPDX-License-Identifier: Apache-2.0

/// The oldest tools that a kernel tree takes for s390, as its `scripts/min-tool-version.sh` says; nil where it does not.
package struct MinimumTools: Codable, Hashable, Sendable {
    package let rustc: String?
    package let bindgen: String?
    package let llvm: String?
}

extension KernelTree {
    package func minimumTools() -> MinimumTools {
        let (special, general, _) = TreeInspection(tree: self).minimumVersions(of: ["rustc", "bindgen", "llvm"])
        func version(_ tool: String) -> String? { special[tool] ?? general[tool] }
        return MinimumTools(rustc: version("rustc"), bindgen: version("bindgen"), llvm: version("llvm"))
    }
}
