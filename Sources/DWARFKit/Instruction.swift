// SPDX-License-Identifier: Apache-2.0

/// One step over an entry's attributes: what to read or skip, and where a captured value goes.
struct Instruction: Sendable {
    enum Operation: UInt8, Sendable {
        case end
        /// `operand` bytes.
        case skip
        case skipLEB
        case skipString
        case skipBlock1
        case skipBlock2
        case skipBlock4
        case skipBlock
        case skipIndirect
        case u8
        case u16
        case u32
        case u64
        case uleb
        case sleb
        /// `operand` is the index in the table of constants.
        case constant
        case strp4
        case string
        case ref4
        /// Any other form: `operand` is its number.
        case other
    }

    var operation: Operation
    var slot: Slot
    var operand: UInt32

    init(_ operation: Operation, _ slot: Slot = .name, _ operand: UInt32 = 0) {
        self.operation = operation
        self.slot = slot
        self.operand = operand
    }
}

/// The attributes that a pass over all types captures.
enum Slot: UInt8, Sendable {
    case name
    case sibling
    case type
    case byteSize
    case declaration
    case location
    case dataBitOffset
    case bitOffset
    case bitSize
    case value

    static var count: Int { 10 }

    @inline(__always) var bit: UInt32 { 1 << UInt32(rawValue) }
}

/// Turns lists of attributes into programs.
struct ProgramCompiler {
    private(set) var program: [Instruction] = []
    private(set) var constants: [UInt64] = []
    private let sizes: Form.Sizes

    init(_ sizes: Form.Sizes) {
        self.sizes = sizes
        program.reserveCapacity(512)
    }

    private static func role(of tag: Tag) -> Abbreviations.Role {
        switch tag {
        case .compileUnit, .partialUnit, .typeUnit, .skeletonUnit: .scope
        case .namespace, .module: .namespace
        case .structureType, .unionType, .classType, .enumerationType: .record
        case .member, .inheritance: .member
        case .enumerator: .enumerator
        case .typedef: .typedef
        case .variantPart, .variant: .variant
        case .subprogram, .lexicalBlock, .inlinedSubroutine: .function
        default: .other
        }
    }

    private static func slot(of attribute: Attribute, in role: Abbreviations.Role, _ hasChildren: Bool) -> Slot? {
        switch (role, attribute) {
        case (.namespace, .name), (.record, .name), (.member, .name), (.enumerator, .name), (.typedef, .name): .name
        case (_, .sibling): hasChildren ? .sibling : nil
        case (.member, .type), (.typedef, .type): .type
        case (.record, .byteSize), (.member, .byteSize): .byteSize
        case (.record, .declaration): .declaration
        case (.member, .memberLocation): .location
        case (.member, .dataBitOffset): .dataBitOffset
        case (.member, .bitOffset): .bitOffset
        case (.member, .bitSize): .bitSize
        case (.enumerator, .constValue), (.variant, .discriminantValue), (.variant, .discriminantList): .value
        default: nil
        }
    }

    mutating func compile(
        _ tag: Tag, _ hasChildren: Bool, _ specifications: [Abbreviations.Specification], from: Int
    ) -> Abbreviations.Entry {
        let role = Self.role(of: tag)
        let start = program.count
        var pending: UInt32 = 0
        var captures = false
        var hasName = false
        for specification in specifications[from...] {
            let form = specification.form
            if specification.attribute == .name { hasName = true }
            if let slot = Self.slot(of: specification.attribute, in: role, hasChildren) {
                flush(&pending)
                captures = true
                program.append(capture(form, slot, specification.implicit))
            } else if let size = form.fixedSize(sizes) {
                pending += UInt32(size)
                if pending > 1 << 20 { flush(&pending) }
            } else {
                flush(&pending)
                captures = true
                switch form {
                case .sdata, .udata, .refUdata, .strx, .addrx, .loclistx, .rnglistx, .gnuAddrIndex, .gnuStrIndex:
                    program.append(Instruction(.skipLEB))
                case .string: program.append(Instruction(.skipString))
                case .block1: program.append(Instruction(.skipBlock1))
                case .block2: program.append(Instruction(.skipBlock2))
                case .block4: program.append(Instruction(.skipBlock4))
                case .indirect: program.append(Instruction(.skipIndirect))
                default: program.append(Instruction(.skipBlock))
                }
            }
        }
        let skip: Int32 = !captures && program.count == start ? Int32(pending) : -1
        flush(&pending)
        program.append(Instruction(.end))
        return Abbreviations.Entry(
            tag: tag, hasChildren: hasChildren, hasName: hasName, role: role, skip: skip, program: UInt32(start),
            attributes: UInt32(from)..<UInt32(specifications.count),
            plain: hasChildren ? nil : plain(role, specifications[from...]))
    }

    private func plain(
        _ role: Abbreviations.Role, _ specifications: ArraySlice<Abbreviations.Specification>
    ) -> Abbreviations.Plain? {
        guard role == .member || role == .enumerator else { return nil }
        var size = 0
        var name: Int?
        var number: (place: Int, size: Int)?
        for specification in specifications {
            guard let length = specification.form.fixedSize(sizes) else { return nil }
            switch Self.slot(of: specification.attribute, in: role, false) {
            case nil, .type: break
            case .name:
                guard name == nil, specification.form == .strp, !sizes.is64Bit else { return nil }
                name = size
            case .location, .value:
                switch specification.form {
                case .data1, .data2, .data4, .data8: break
                default: return nil
                }
                guard number == nil else { return nil }
                number = (size, length)
            default: return nil
            }
            size += length
        }
        guard size <= UInt16.max, let name, number != nil || role == .member else { return nil }
        return Abbreviations.Plain(
            size: UInt16(size), name: UInt16(name), number: UInt16(number?.place ?? 0),
            surplus: UInt8(64 - 8 * (number?.size ?? 0)))
    }

    private mutating func flush(_ pending: inout UInt32) {
        if pending > 0 { program.append(Instruction(.skip, .name, pending)) }
        pending = 0
    }

    private mutating func capture(_ form: Form, _ slot: Slot, _ implicit: Int64) -> Instruction {
        let isNumber = slot != .name && slot != .type && slot != .sibling
        switch form {
        case .data1 where isNumber, .flag where isNumber: return Instruction(.u8, slot)
        case .data2 where isNumber: return Instruction(.u16, slot)
        case .data4 where isNumber: return Instruction(.u32, slot)
        case .data8 where isNumber: return Instruction(.u64, slot)
        case .udata where isNumber: return Instruction(.uleb, slot)
        case .sdata where isNumber: return Instruction(.sleb, slot)
        case .flagPresent where isNumber:
            constants.append(1)
            return Instruction(.constant, slot, UInt32(constants.count - 1))
        case .implicitConst where isNumber:
            constants.append(UInt64(bitPattern: implicit))
            return Instruction(.constant, slot, UInt32(constants.count - 1))
        case .strp where slot == .name && !sizes.is64Bit: return Instruction(.strp4, slot)
        case .string where slot == .name: return Instruction(.string, slot)
        case .ref4 where slot == .type || slot == .sibling: return Instruction(.ref4, slot)
        case .implicitConst:
            // Only constants may be implicit; a name or a reference of this form has no value.
            return Instruction(.skip, slot, 0)
        default: return Instruction(.other, slot, UInt32(form.rawValue))
        }
    }
}
