// SPDX-License-Identifier: Apache-2.0

/// What a relocation type does to its field, with S, A and P as in the ABIs: symbol, addend, place.
///
/// These are the types that compilers put into debug information and tables of data, and those of code whose targets
/// can lie in the same file. Others stand in instructions and get their value from the linker: their fields are left
/// as they are in code, and are an error elsewhere. Offsets into the thread-local block, which debug information has,
/// count from the symbol's section here: where that ends up in the block is the linker's to say.
enum RelocationRule: Hashable, Sendable {
    /// Changes nothing.
    case none
    /// S + A in so many bytes.
    case absolute(UInt8)
    /// S + A - P in so many bytes.
    case relative(UInt8)
    /// (S + A - P) / 2 in so many bytes: s390 counts halfwords.
    case relativeHalfwords(UInt8)
    /// (S + A - P) / 4 in the low 26 bits of a little-endian instruction: AArch64's `b` and `bl`.
    case branch26
    /// The symbol's size + A in so many bytes.
    case size(UInt8)
    /// In an instruction, and for the linker.
    case instruction

    /// The rule of a type; nil for a type that is not known.
    init?(_ type: UInt32, _ machine: ELFMachine) {
        switch machine {
        case .s390: self.init(s390: type)
        case .x86_64: self.init(x86_64: type)
        case .aarch64: self.init(aarch64: type)
        case .other: return nil
        }
    }

    /// s390x ELF Application Binary Interface Supplement 1.6, § 1.5.3 "Relocation Types".
    private init?(s390 type: UInt32) {
        switch type {
        case 0: self = .none  // R_390_NONE
        case 1: self = .absolute(1)  // R_390_8
        case 3: self = .absolute(2)  // R_390_16
        case 4: self = .absolute(4)  // R_390_32
        case 22: self = .absolute(8)  // R_390_64
        case 16: self = .relative(2)  // R_390_PC16
        case 5: self = .relative(4)  // R_390_PC32
        case 8: self = .relative(4)  // R_390_PLT32
        case 23: self = .relative(8)  // R_390_PC64
        case 25: self = .relative(8)  // R_390_PLT64
        case 17, 18: self = .relativeHalfwords(2)  // R_390_PC16DBL, R_390_PLT16DBL
        case 19, 20: self = .relativeHalfwords(4)  // R_390_PC32DBL, R_390_PLT32DBL
        case 52: self = .absolute(4)  // R_390_TLS_LDO32, in debug information: the offset in the TLS block
        case 53: self = .absolute(8)  // R_390_TLS_LDO64
        case 37, 38, 39: self = .none  // R_390_TLS_LOAD, _GDCALL, _LDCALL only mark an instruction
        case 2, 57: self = .instruction  // R_390_12, R_390_20: displacements
        case 62...65: self = .instruction  // R_390_PC12DBL, _PLT12DBL, _PC24DBL, _PLT24DBL
        case 6, 7, 9...15, 21, 24, 26...36, 40...51, 54...56, 58...61: self = .instruction  // GOT, PLT, TLS
        default: return nil
        }
    }

    /// System V ABI, AMD64 supplement 1.0, table 4.9.
    private init?(x86_64 type: UInt32) {
        switch type {
        case 0: self = .none  // R_X86_64_NONE
        case 14: self = .absolute(1)  // R_X86_64_8
        case 12: self = .absolute(2)  // R_X86_64_16
        case 10, 11: self = .absolute(4)  // R_X86_64_32, R_X86_64_32S
        case 1: self = .absolute(8)  // R_X86_64_64
        case 15: self = .relative(1)  // R_X86_64_PC8
        case 13: self = .relative(2)  // R_X86_64_PC16
        case 2, 4: self = .relative(4)  // R_X86_64_PC32, R_X86_64_PLT32
        case 24: self = .relative(8)  // R_X86_64_PC64
        case 21: self = .absolute(4)  // R_X86_64_DTPOFF32
        case 17: self = .absolute(8)  // R_X86_64_DTPOFF64
        case 32: self = .size(4)  // R_X86_64_SIZE32
        case 33: self = .size(8)  // R_X86_64_SIZE64
        case 3, 5...9, 16, 18...20, 22, 23, 25...31, 34...38, 41...51: self = .instruction  // GOT, PLT, TLS
        default: return nil
        }
    }

    /// ELF for the Arm 64-bit Architecture, § 5.7 "Relocation".
    private init?(aarch64 type: UInt32) {
        switch type {
        case 0, 256: self = .none  // R_AARCH64_NONE
        case 259: self = .absolute(2)  // R_AARCH64_ABS16
        case 258: self = .absolute(4)  // R_AARCH64_ABS32
        case 257: self = .absolute(8)  // R_AARCH64_ABS64
        case 262: self = .relative(2)  // R_AARCH64_PREL16
        case 261, 314: self = .relative(4)  // R_AARCH64_PREL32, R_AARCH64_PLT32
        case 260: self = .relative(8)  // R_AARCH64_PREL64
        case 282, 283: self = .branch26  // R_AARCH64_JUMP26, R_AARCH64_CALL26
        case 1029: self = .absolute(8)  // R_AARCH64_TLS_DTPREL64, in debug information
        case 263...280, 284...313, 512...573: self = .instruction
        default: return nil
        }
    }
}
