// SPDX-License-Identifier: Apache-2.0
internal import Host

/// Text that goes into boot loader files, shell scripts and units: ASCII alone, refused or quoted.
enum PlainText {
    /// Letters, digits and `._+~-`, and not one that a folder's name can't be: a kernel release.
    static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 64, !"-.".utf8.contains(first) else { return false }
        return text.utf8.allSatisfy { $0.isLetter || $0.isDigit || "._+~-".utf8.contains($0) }
    }

    /// A relative file name that a line of a shell script can hold as it is, e.g. of a module.
    static func isFileName(_ text: String) -> Bool {
        text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
            guard let first = part.utf8.first, !"-.".utf8.contains(first) else { return false }
            return part.utf8.allSatisfy { $0.isLetter || $0.isDigit || "._+~,@-".utf8.contains($0) }
        }
    }

    /// Kernel parameters: printable ASCII without what zipl or a shell reads as more than text.
    static func isParameter(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x21...0x7e).contains($0) && !"\"'`\\$".utf8.contains($0) }
    }

    /// A device number, `cssid.ssid.devno` in hexadecimal digits (Documentation/arch/s390/driver-model.rst).
    static func isDevice(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.map(\.count) == [1, 1, 4] && parts.joined().allSatisfy(\.isHexadecimalDigit)
    }
}
