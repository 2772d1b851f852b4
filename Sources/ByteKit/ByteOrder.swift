// SPDX-License-Identifier: Apache-2.0

/// The order of an integer's bytes: ELF's `EI_DATA`.
@frozen public enum ByteOrder: UInt8, Sendable {
    case little = 1
    case big = 2
}
