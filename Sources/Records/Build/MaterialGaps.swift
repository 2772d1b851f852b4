// SPDX-License-Identifier: Apache-2.0

/// What the list of a kernel's materials could not explain: with any, what is not listed may still be in the kernel.
package struct MaterialGaps: Codable, Hashable, Sendable {
    /// Files that are named.
    package static let mostFiles = 5

    package let kernel: KernelRole
    package let count: Int
    /// The first ones, from the top of their tree.
    package let files: [String]

    package init(_ gaps: [KernelMaterials.Gap], of kernel: KernelRole) {
        self.kernel = kernel
        count = gaps.count
        files = gaps.prefix(Self.mostFiles).map(\.file)
    }

    /// The first files, and how many more there are.
    package var names: String {
        files.joined(separator: ", ") + (count > files.count ? " and \(count - files.count) more" : "")
    }

    /// `7 gaps: a.o, b.o and 5 more`.
    package var text: String { "\(count) gap\(count == 1 ? "" : "s"): \(names)" }
}
