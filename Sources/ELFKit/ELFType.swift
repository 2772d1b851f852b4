// SPDX-License-Identifier: Apache-2.0

/// What an ELF file is for: `e_type` (System V ABI, ELF header).
@frozen public enum ELFType: Hashable, Sendable {
    /// `ET_REL`: an object file or a kernel module.
    case relocatable
    /// `ET_EXEC`: vmlinux.
    case executable
    /// `ET_DYN`: a shared object or a position-independent executable; the vDSO, an s390 vmlinux.
    case sharedObject
    /// `ET_CORE`
    case core
    case other(UInt16)

    public init(_ value: UInt16) {
        self =
            switch value {
            case 1: .relocatable
            case 2: .executable
            case 3: .sharedObject
            case 4: .core
            default: .other(value)
            }
    }
}
