// SPDX-License-Identifier: Apache-2.0
package import Records

/// Names of packages that other programs know (purl-spec).
package enum PackageURL {
    /// Of a Debian package: `pkg:deb/debian/libstdc%2B%2B6@14.2.0-19?arch=amd64`.
    package static func debian(_ name: String, _ version: String, architecture: String) -> String {
        "pkg:deb/debian/\(encoded(name.lowercased()))@\(encoded(version))?arch=\(encoded(architecture))"
    }

    package static func of(_ package: LockedPackage) -> String {
        debian(package.name, package.version, architecture: package.architecture)
    }

    /// Of Bessemer itself.
    package static func bessemer(_ version: String) -> String { "pkg:generic/bessemer@\(encoded(version))" }

    /// In percent-encoding; letters, digits, `.-_~` and the colon stay.
    package static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "~"), UInt8(ascii: ":"):
                String(UnicodeScalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }
}
