// SPDX-License-Identifier: Apache-2.0
internal import ByteKit

/// An entry of `__mcount_loc`: where the tracer patches (include/linux/ftrace.h).
struct TraceLocation: Sendable {
    /// In bytes.
    static let size = 8

    /// nil where the linker dropped the function, and the entry was filled with zeros.
    let address: UInt64?

    init(_ table: KernelTable, at offset: Int) throws(FormatError) {
        let value: UInt64 = try table.bytes.load(at: offset, .big)
        address = value == 0 ? nil : value
    }
}
