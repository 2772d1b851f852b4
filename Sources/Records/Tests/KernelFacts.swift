// SPDX-License-Identifier: Apache-2.0
package import Host

/// What a kernel is, as its files tell.
package struct KernelFacts: Codable, Hashable, Sendable {
    /// In bytes.
    package struct Sizes: Codable, Hashable, Sendable {
        /// Of the file, debug information and all.
        package let file: Int
        /// Sections that are loaded: instructions, other contents, and what is zero at first; nil where the file is no
        /// ELF file.
        package let text: Int?
        package let data: Int?
        package let zeroed: Int?

        package init(file: Int, text: Int?, data: Int?, zeroed: Int?) {
            self.file = file
            self.text = text
            self.data = data
            self.zeroed = zeroed
        }
    }

    package struct Module: Codable, Hashable, Sendable {
        package let name: String
        package let sizes: Sizes

        package init(name: String, sizes: Sizes) {
            self.name = name
            self.sizes = sizes
        }
    }

    /// As the user named it.
    package let name: String
    /// `make kernelrelease`; nil in records of kernels that never said a word.
    package let release: String?
    package let imageSHA256: Digest
    /// Bytes.
    package let imageSize: Int
    /// CONFIG_RUST; nil where the configuration is not known.
    package let rust: Bool?
    /// nil for an image alone.
    package let vmlinux: Sizes?
    package let modules: [Module]

    package init(
        name: String, release: String? = nil, imageSHA256: Digest, imageSize: Int, rust: Bool?, vmlinux: Sizes?,
        modules: [Module]
    ) {
        self.name = name
        self.release = release
        self.imageSHA256 = imageSHA256
        self.imageSize = imageSize
        self.rust = rust
        self.vmlinux = vmlinux
        self.modules = modules
    }
}
