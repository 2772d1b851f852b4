// SPDX-License-Identifier: Apache-2.0
internal import CZstd

/// zstd (RFC 8878) as blobs are kept.
enum Zstandard {
    /// Throws `StoreFault` where zstd can't compress, which takes more memory than there is.
    static func compressed(_ bytes: [UInt8]) throws -> [UInt8] {
        let bound = ZSTD_compressBound(bytes.count)
        var size = 0
        let packed = unsafe [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            size = unsafe bytes.withUnsafeBytes {
                unsafe ZSTD_compress(buffer.baseAddress, bound, $0.baseAddress, $0.count, 3)
            }
            count = ZSTD_isError(size) == 0 ? size : 0
        }
        guard ZSTD_isError(size) == 0 else { throw StoreFault("zstd could not compress a file") }
        return packed
    }

    /// Bytes of exactly that size; nil where there are more, fewer, or the bytes are no such frame.
    static func expanded(_ packed: [UInt8], size: Int) -> [UInt8]? {
        // Of one byte zstd makes at most some 32,000; what announces more is no frame of these bytes.
        guard size >= 0, size / (1 << 15) <= packed.count, size <= SQLiteEvidenceStore.largestBlob else { return nil }
        var result = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            result = unsafe packed.withUnsafeBytes {
                unsafe ZSTD_decompress(buffer.baseAddress, size, $0.baseAddress, $0.count)
            }
            count = ZSTD_isError(result) == 0 ? result : 0
        }
        return bytes.count == size && ZSTD_isError(result) == 0 ? bytes : nil
    }
}
