// SPDX-License-Identifier: Apache-2.0
public import ByteKit

/// What a kernel module says about itself in `.modinfo`: `name=`, `vermagic=`, `depends=`, `license=` and so on.
///
/// NUL-terminated strings, see `include/linux/moduleparam.h` and `include/linux/module.h`.
public struct ModuleInformation: Hashable, Sendable {
    /// By key, in the order of the section; a key may occur more than once.
    private var values: [String: [String]] = [:]

    /// - Parameter bytes: the contents of `.modinfo`.
    /// - Throws: `invalid` for a string without a `=`, `truncated` for one without a NUL.
    public init(_ bytes: Bytes) throws(FormatError) {
        var cursor = try ByteCursor(bytes, .big)
        while !cursor.isAtEnd {
            let offset = cursor.offset
            do throws(FormatError) {
                let text = try cursor.cStringBytes().text
                // Alignment leaves NULs between strings.
                if text.isEmpty { continue }
                guard let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) else {
                    throw FormatError(.invalid, offset: offset, "a string without '='")
                }
                values[String(text[..<equals]), default: []].append(String(text[text.utf8.index(after: equals)...]))
            } catch {
                throw error.within(".modinfo")
            }
        }
    }

    /// All values of a key.
    public func values(of key: String) -> [String] { values[key] ?? [] }
}

extension ELFFile {
    /// What `.modinfo` says; nil in a file without one.
    public func moduleInformation() throws(FormatError) -> ModuleInformation? {
        guard let contents = try contents(ofSectionNamed: ".modinfo") else { return nil }
        return try ModuleInformation(contents)
    }

    /// Whether it is a finished kernel module: one with the `struct module` that the kernel will link in.
    public var isKernelModule: Bool {
        type == .relocatable && sections.contains { $0.isNamed(".gnu.linkonce.this_module") }
    }
}
