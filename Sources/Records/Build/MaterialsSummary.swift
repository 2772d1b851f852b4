// SPDX-License-Identifier: Apache-2.0
package import Host

/// What a kernel was made from in short; the whole list is a file.
package struct MaterialsSummary: Codable, Hashable, Sendable {
    /// Of the list, in its canonical form.
    package let sha256: Digest
    package let files: Int
    package let steps: Int
    package let tools: Int
    /// How many things are not explained.
    package let gaps: Int

    package init(_ materials: KernelMaterials, sha256: Digest) {
        self.sha256 = sha256
        files = materials.files.count
        steps = materials.steps.count
        tools = materials.tools.count
        gaps = materials.gaps.count
    }
}
