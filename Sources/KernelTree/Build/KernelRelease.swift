// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import Host

/// The release of a kernel, as `make kernelrelease` and `uname -r` say it.
package enum KernelRelease {
    /// `UTSRELEASE` has to fit into `new_utsname` with its NUL (Makefile; include/uapi/linux/utsname.h).
    package static let longest = 64

    /// Whether a text can be one: letters and digits of ASCII and `._+~-`, not two full stops together, at most 64 bytes.
    /// It becomes a part of paths, boot loader entries and scripts.
    package static func isRelease(_ text: some StringProtocol) -> Bool {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, bytes.count <= longest, first.isLetter || first.isDigit else { return false }
        return bytes.allSatisfy { $0.isWord || ".+~-".utf8.contains($0) }
            && !zip(bytes, bytes.dropFirst()).contains { $0 == UInt8(ascii: ".") && $1 == UInt8(ascii: ".") }
    }

    /// Where a build leaves it, in the object folder.
    package static let file = "include/config/kernel.release"

    /// What a build left. Throws `Failure` with code `build.release` where it is no release, and as
    /// `ForeignFolder.readPieces` does.
    package static func read(from objects: ForeignFolder) throws -> String {
        let text = try objects.text(of: file, limit: ForeignFolder.Limit.line)
        let release = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard isRelease(release) else {
            throw Failure(
                "build.release",
                "\(objects.path)/\(file) holds \(release.utf8.count) bytes that are not the release of a kernel",
                advice:
                    "a release has at most \(longest) letters, digits and ._+~-: look at LOCALVERSION and localversion*"
            )
        }
        return release
    }
}
