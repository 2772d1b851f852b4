// SPDX-License-Identifier: Apache-2.0
public import ByteKit

/// The signature that is appended to a signed kernel module, after the ELF data.
///
/// `struct module_signature` of `include/linux/module_signature.h`; the kernel checks it in `kernel/module/signing.c`.
/// Reading it says that there is a signature, not that it is good.
public struct ModuleSignature: Sendable {
    /// `id_type`: 2 is PKCS#7, the only one in use.
    public let kind: UInt8
    /// The signature itself: with PKCS#7, DER.
    public let signature: Bytes
    /// How many bytes of the file are signed: all before the signature.
    public let signedLength: Int

    private static let magic = Array("~Module signature appended~\n".utf8)

    /// The signature at the end of a file.
    ///
    /// - Returns: nil for a file that does not end with the magic.
    /// - Throws: `outOfRange` for a signature that would not fit into the file, `invalid` for fields that the kernel
    ///   refuses.
    public static func read(_ file: Bytes) throws(FormatError) -> ModuleSignature? {
        let trailer = file.count - magic.count
        guard trailer >= 0, try file.suffix(from: trailer).array == magic else { return nil }
        let header = trailer - 12
        guard header >= 0 else { throw FormatError(.truncated, section: "module signature", offset: 0) }
        let fields = try file.slice(header, count: 12)
        let size: UInt32 = try fields.load(at: 8, .big)
        guard let length = Int(exactly: size), length <= header else {
            throw FormatError(.outOfRange, section: "module signature", offset: header + 8, "\(size) bytes")
        }
        let kind = fields[2] ?? 0
        if kind == 2 {
            // With PKCS#7 the rest must be zero: mod_check_sig().
            for place in [0, 1, 3, 4, 5, 6, 7] where fields[place] != 0 {
                throw FormatError(.invalid, section: "module signature", offset: header + place)
            }
        }
        return ModuleSignature(
            kind: kind, signature: try file.slice(header - length, count: length), signedLength: header - length)
    }
}
