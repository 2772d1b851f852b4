// SPDX-License-Identifier: Apache-2.0
package import Host

/// A kernel image for s390x, as a boot loader takes it (`arch/s390/boot/bzImage`), and what can be read from it.
package struct KernelImage: Codable, Hashable, Sendable {
    /// What `uname -r` will say: the first word of the text that `kernel_version` points to.
    package let release: String
    package let sha256: Digest
    /// In bytes.
    package let size: Int
    /// Bytes of a command line with its NUL.
    package let commandLineSize: Int
    /// A signature is appended, as sign-file does for secure boot; whose it is, is not checked.
    package let isSigned: Bool

    package init(release: String, sha256: Digest, size: Int, commandLineSize: Int, isSigned: Bool) {
        self.release = release
        self.sha256 = sha256
        self.size = size
        self.commandLineSize = commandLineSize
        self.isSigned = isSigned
    }
}
