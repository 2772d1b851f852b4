// SPDX-License-Identifier: Apache-2.0

/// Tells, by three look-ups, whether an instruction names one of some registers in the fields that matter for it.
///
/// Nearly every instruction of a kernel is asked, and nearly none does.
struct RegisterSieve: Sendable {
    /// By byte: a bit for the register in its high half in the upper 16 bits, and for that in its low half below.
    static let registers: [UInt32] = (0..<256).map { 1 << (16 + $0 >> 4) | 1 << ($0 & 15) }

    /// The halves that matter of the second, third and fourth byte.
    private var second: UInt32 = 0
    private var third: UInt32 = 0
    private var fourth: UInt32 = 0
    /// All bits where every register matters.
    private var always: UInt32 = 0

    /// Fields by their first bit, which is 8, 12, ... or 28; nil where every register matters.
    init(_ fields: [UInt8]?) {
        always = fields == nil ? .max : 0
        for field in fields ?? [] {
            let half: UInt32 = field & 7 == 0 ? 0xffff_0000 : 0xffff
            switch field {
            case 8, 12: second |= half
            case 16, 20: third |= half
            case 24, 28: fourth |= half
            default: always = .max
            }
        }
    }

    /// A set of registers, a bit each, as `names` takes it.
    @inline(__always) static func wide(_ registers: UInt16) -> UInt32 {
        UInt32(registers) &<< 16 | UInt32(registers)
    }

    @inline(__always) func names(_ wide: UInt32, _ word: UInt64, _ registers: Span<UInt32>) -> Bool {
        func byte(_ number: UInt64) -> UInt32 {
            registers[Int(UInt8(truncatingIfNeeded: word &>> (56 &- 8 &* number)))]
        }
        return (byte(1) & second | byte(2) & third | byte(3) & fourth | always) & wide != 0
    }
}

/// What an instruction may do to what is known of the stack, by its opcode alone.
struct FrameAction: Sendable {
    enum Effect: UInt8, Sendable {
        /// No more than writing the first register that it names, if any.
        case write
        case branchByRegister
        case callByRegister
        case countByRegister
        case branchSettingMode
        case programReturn
        case callByStorage
        case branchByStorage
        /// Writes its first register, and may go where base and displacement say.
        case countByStorage
        case branchThroughStorage
        case compareByStorage
        case loadPSW
        case jumpThenWrite
        case writeThenJump
        case compareAndJump
        /// BRC, BRCL, BRAS and BRASL.
        case branch
        case addHalfword
        case addWord
        case addUnsigned
        case subtractUnsigned
        case monitorCall
        case move
        /// Adds to the first register, or subtracts from it.
        case lowerByRegister
        /// The same with a third register for the result.
        case lowerByRegisters
        case lowerByStorage
        case executeRelative
        case execute
        case loadAddress
        /// XC
        case clear
        /// MVGHI
        case storeHalfword
        case store
        case load
        case storeMultiple
        case loadMultiple
        /// Loads a range of registers with something else than was saved.
        case writeSeveral
        /// AGHIK
        case addToOther

        init(opcode: UInt64) {
            let low = opcode >> 48 & 15
            let second = opcode >> 48 & 0xff
            let last = opcode >> 16 & 0xff
            self =
                switch opcode >> 56 {
                case 0x01: second == 0x01 ? .programReturn : .write
                case 0x05, 0x0c, 0x0d: .callByRegister
                case 0x06: .countByRegister
                case 0x07: .branchByRegister
                case 0x0b: .branchSettingMode
                case 0x41: .loadAddress
                case 0x44: .execute
                case 0x45, 0x4d: .callByStorage
                case 0x46, 0x86, 0x87: .countByStorage
                case 0x47: .branchByStorage
                case 0x82: .loadPSW
                case 0x84, 0x85: .jumpThenWrite
                case 0x98: .writeSeveral
                case 0xa7:
                    switch low {
                    case 4, 5: .branch
                    case 6, 7: .writeThenJump
                    case 0xb: .addHalfword
                    default: .write
                    }
                case 0xaf: .monitorCall
                case 0xb2: second == 0xb2 ? .loadPSW : .write
                case 0xb9:
                    switch second {
                    case 0x04: .move
                    case 0x08...0x0b: .lowerByRegister
                    case 0xe8...0xeb: .lowerByRegisters
                    default: .write
                    }
                case 0xc0: low == 4 || low == 5 ? .branch : .write
                case 0xc2: low == 4 ? .subtractUnsigned : low == 8 ? .addWord : low == 0xa ? .addUnsigned : .write
                case 0xc6: low == 0 ? .executeRelative : .write
                case 0xcc: low == 6 ? .jumpThenWrite : .write
                case 0xd7: .clear
                case 0xe3:
                    switch last {
                    case 0x04: .load
                    case 0x08...0x0b, 0x18...0x1b: .lowerByStorage
                    case 0x24: .store
                    case 0x46: .countByStorage
                    case 0x47: .branchThroughStorage
                    case 0x71: .loadAddress
                    default: .write
                    }
                case 0xe5: second == 0x48 ? .storeHalfword : .write
                case 0xeb:
                    switch last {
                    case 0x04: .loadMultiple
                    case 0x24: .storeMultiple
                    case 0x44, 0x45: .countByStorage
                    case 0x71: .loadPSW
                    case 0x96: .writeSeveral
                    default: .write
                    }
                case 0xec:
                    switch last {
                    case 0x44, 0x45: .writeThenJump
                    case 0x64, 0x65, 0x76, 0x77, 0x7c...0x7f: .compareAndJump
                    case 0xd9: .addToOther
                    case 0xe4...0xff: .compareByStorage
                    default: .write
                    }
                default: .write
                }
        }
    }

    /// The number of a register in an instruction.
    private struct Field {
        /// Its first bit.
        var start: UInt8 = 0
        /// 0 where there is none.
        var isThere: UInt8 = 0

        init(_ start: UInt8?) {
            guard let start else { return }
            self.start = start
            isThere = 1
        }

        @inline(__always) func register(_ word: UInt64) -> UInt16 {
            UInt16(truncatingIfNeeded: (word &<< UInt64(start)) &>> 60)
        }

        @inline(__always) func set(_ word: UInt64) -> UInt16 { UInt16(isThere) &<< register(word) }
    }

    let effect: Effect
    /// Whether it may go elsewhere and changes nothing that is known.
    let keepsState: Bool
    /// Bits of the distance, from bit 16 on, of a jump that keeps nothing of where it came from; 0 for all else.
    let distanceWidth: UInt8
    private let written: Field
    /// 1 where it writes the next one too.
    private let writesPair: UInt8
    /// What it has to do with registers.
    let sieve: RegisterSieve

    private init(_ row: UInt16, _ table: InstructionTable) {
        effect = Effect(opcode: table.entry(row)?.opcode ?? 0)
        keepsState =
            switch effect {
            case .branchByRegister, .branchByStorage, .branchThroughStorage, .compareByStorage, .compareAndJump,
                .execute, .executeRelative:
                true
            // Not BRAS and BRASL, which call.
            case .branch: !table.classes(row).contains(.call)
            default: false
            }
        distanceWidth =
            switch effect {
            case .compareAndJump: 16
            case .branch where keepsState: table.entry(row)?.length == 4 ? 16 : 32
            default: 0
            }
        let first = table.layout(row).operands.first.flatMap { $0.kind == .general ? $0.start : nil }
        let place = Self.keepsFirstRegister(table.mnemonic(row)) ? nil : first
        let others: [UInt8]? =
            switch effect {
            case .write: place.map { [$0] } ?? []
            case .load, .store: [8, 16]
            case .loadAddress: [8, 12, 16]
            case .clear, .storeHalfword: [16]
            case .move: [24, 28]
            case .lowerByRegister, .lowerByRegisters: [24]
            case .addHalfword, .addWord, .addUnsigned, .subtractUnsigned, .lowerByStorage: [8]
            case .addToOther: [8, 12]
            default: nil
            }
        written = Field(others?.first)
        writesPair = effect == .write && place != nil && table.classes(row).contains(.writesPair) ? 1 : 0
        sieve = RegisterSieve(row == 0 || writesPair == 1 ? nil : others)
    }

    /// Worked out once, since it looks at every mnemonic; there is one table only.
    static let byRow: [FrameAction] = {
        let table = InstructionTable.standard
        return (0...table.count).map { FrameAction(UInt16($0), table) }
    }()

    /// The registers that an instruction writes where its effect is `write`: a bit each.
    @inline(__always) func written(by word: UInt64) -> UInt16 {
        written.set(word) | UInt16(writesPair) &<< (written.register(word) | 1)
    }

    /// Compares, tests and stores name a register first and leave it as it is.
    private static func keepsFirstRegister(_ name: String) -> Bool {
        if name.hasPrefix("st") || name.hasPrefix("tm") { return true }
        return [
            "c", "cy", "cr", "cg", "cgr", "cgf", "cgfr", "ch", "chy", "chi", "cghi", "cgh", "cl", "cly", "clr", "clg",
            "clgr", "clgf", "clgfr", "cfi", "cgfi", "clfi", "clgfi", "crl", "cgrl", "cgfrl", "chrl", "cghrl", "clrl",
            "clgrl", "clgfrl", "clhrl", "clghrl", "crj", "cgrj", "clrj", "clgrj", "cij", "cgij", "clij", "clgij",
            "crb", "cgrb", "clrb", "clgrb", "cib", "cgib", "clib", "clgib", "crt", "cgrt", "clrt", "clgrt", "cit",
            "cgit", "clfit", "clgit", "clt", "clgt", "clm", "clmy", "clmh", "sar", "ntstg",
        ].contains(name)
    }
}
