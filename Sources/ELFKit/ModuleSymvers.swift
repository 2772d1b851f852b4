// SPDX-License-Identifier: Apache-2.0
public import ByteKit

/// What a kernel and its modules export: `Module.symvers`, which `modpost` writes at the end of a build.
///
/// One line a symbol, its fields separated by tabs: checksum, symbol, module, kind of export, namespace (empty for
/// most). See `Documentation/kbuild/modules.rst` and `write_dump()` in `scripts/mod/modpost.c`.
public struct ModuleSymvers: Hashable, Sendable {
    /// One exported symbol.
    public struct Entry: Hashable, Sendable {
        /// CRC of the symbol's type, for `CONFIG_MODVERSIONS`; 0 without it.
        public let checksum: UInt32
        public let symbol: String
        /// `vmlinux`, or a module's path in the tree without `.ko`.
        public let module: String
        /// `EXPORT_SYMBOL`, `EXPORT_SYMBOL_GPL`, …
        public let export: String
        /// Empty for none.
        public let namespace: String

        /// Whether modules under other licences than the GPL may not use it.
        public var isForGPLAlone: Bool { export.hasSuffix("_GPL") }
    }

    /// In the order of the file.
    public let entries: [Entry]

    /// Reads the whole file.
    ///
    /// - Throws: `invalid` for a line that is none of these, with the offset of its first byte.
    public init(_ bytes: Bytes) throws(FormatError) {
        entries = try bytes.array.split(separator: UInt8(ascii: "\n")).map { line throws(FormatError) in
            try Self.entry(line, at: line.startIndex)
        }
    }

    private static func entry(_ line: ArraySlice<UInt8>, at offset: Int) throws(FormatError) -> Entry {
        let fields = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        // Kernels before 5.4 knew no namespaces and wrote no field for them.
        guard fields.count == 5 || fields.count == 4 else {
            throw FormatError(
                .invalid, section: "Module.symvers", offset: offset, "\(fields.count) fields where there should be 5")
        }
        guard fields[0].hasPrefix("0x"), let checksum = UInt32(fields[0].dropFirst(2), radix: 16) else {
            throw FormatError(.invalid, section: "Module.symvers", offset: offset, "checksum \(fields[0].prefix(20))")
        }
        guard !fields[1].isEmpty, !fields[2].isEmpty, fields[3].hasPrefix("EXPORT_") else {
            throw FormatError(.invalid, section: "Module.symvers", offset: offset, "symbol, module and export")
        }
        return Entry(
            checksum: checksum, symbol: fields[1], module: fields[2], export: fields[3],
            namespace: fields.count == 5 ? fields[4] : "")
    }
}
