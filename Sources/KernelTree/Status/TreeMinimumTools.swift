// SPDX-License-Identifier: Apache-2.0
package import Records

extension KernelTree {
    package func minimumTools() -> MinimumTools {
        let (special, general, _) = TreeInspection(tree: self).minimumVersions(of: ["rustc", "bindgen", "llvm"])
        func version(_ tool: String) -> String? { special[tool] ?? general[tool] }
        return MinimumTools(rustc: version("rustc"), bindgen: version("bindgen"), llvm: version("llvm"))
    }
}
