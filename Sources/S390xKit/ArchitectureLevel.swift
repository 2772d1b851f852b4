// SPDX-License-Identifier: Apache-2.0

/// A machine generation, by the name that compilers give it: the first that has an instruction.
///
/// Source: `-march=` of binutils 2.44 for s390x; the kernel's `CONFIG_MARCH_*`.
@frozen public enum ArchitectureLevel: UInt8, Sendable, CaseIterable, Comparable {
    case z900
    case z990
    case z9
    case z9EC
    case z10
    case z196
    case zEC12
    case z13
    case z14
    case z15
    case z16
    case z17

    /// Whether the left generation came before the right one.
    @inlinable public static func < (left: ArchitectureLevel, right: ArchitectureLevel) -> Bool {
        left.rawValue < right.rawValue
    }

    /// As `-march=` has it: `z9-109`, `z13`.
    public var name: String {
        switch self {
        case .z900: "z900"
        case .z990: "z990"
        case .z9: "z9-109"
        case .z9EC: "z9-ec"
        case .z10: "z10"
        case .z196: "z196"
        case .zEC12: "zEC12"
        case .z13: "z13"
        case .z14: "z14"
        case .z15: "z15"
        case .z16: "z16"
        case .z17: "z17"
        }
    }

    /// The level of a `-march=`, `-Ctarget-cpu=` or `CONFIG_MARCH_` name: `z13`, `Z13`, `arch11`; nil for another.
    public init?(name: String) {
        switch name.lowercased() {
        case "z900", "arch5": self = .z900
        case "z990", "arch6": self = .z990
        case "z9", "z9-109", "z9_109": self = .z9
        case "z9-ec", "arch7": self = .z9EC
        case "z10", "arch8": self = .z10
        case "z196", "arch9": self = .z196
        case "zec12", "arch10": self = .zEC12
        case "z13", "arch11": self = .z13
        case "z14", "arch12": self = .z14
        case "z15", "arch13": self = .z15
        case "z16", "arch14": self = .z16
        case "z17", "arch15": self = .z17
        default: return nil
        }
    }
}
