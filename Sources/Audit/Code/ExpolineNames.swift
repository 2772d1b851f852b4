// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import ELFKit
internal import S390xKit

extension ExpolineThunks {
    private static let prefix = Array("__s390_indirect_jump_r".utf8)

    /// The thunks of an image: by their names, and by what stands there.
    init(_ functions: FunctionTable, _ space: AddressSpace) {
        self.init()
        for entry in functions.entries where entry.mayBeThunk {
            guard let bytes = try? functions.symbols.nameBytes(of: functions.symbols[Int(entry.symbol)]),
                bytes.count >= Self.prefix.count + 1, bytes.count <= Self.prefix.count + 2,
                (try? bytes.slice(0, count: Self.prefix.count).array) == Self.prefix,
                let region = space.region(at: entry.start), !region.bytes.isEmpty,
                let thunk = ExpolineThunk(region.bytes, at: Int(entry.start - region.start), address: entry.start)
            else { continue }
            insert(thunk)
        }
    }
}
