// SPDX-License-Identifier: Apache-2.0

/// The architecture that an ELF file is for: `e_machine`.
@frozen public enum ELFMachine: Hashable, Sendable {
    /// `EM_S390`: s390x in a 64-bit file.
    case s390
    /// `EM_X86_64`
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case x86_64
    /// `EM_AARCH64`
    case aarch64
    case other(UInt16)

    public init(_ value: UInt16) {
        self =
            switch value {
            case 22: .s390
            case 62: .x86_64
            case 183: .aarch64
            default: .other(value)
            }
    }
}

extension ELFMachine: CustomStringConvertible {
    /// The name that the kernel's `uname -m` uses; `machine 243` for others.
    public var description: String {
        switch self {
        case .s390: "s390x"
        case .x86_64: "x86_64"
        case .aarch64: "aarch64"
        case .other(let value): "machine \(value)"
        }
    }
}
