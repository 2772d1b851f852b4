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

    /// The names of each generation, the first as `-march=` has it.
    private static let names = [
        ["z900", "arch5"], ["z990", "arch6"], ["z9-109", "z9", "z9_109"], ["z9-ec", "arch7"], ["z10", "arch8"],
        ["z196", "arch9"], ["zEC12", "arch10"], ["z13", "arch11"], ["z14", "arch12"], ["z15", "arch13"],
        ["z16", "arch14"], ["z17", "arch15"],
    ]

    /// As `-march=` has it: `z9-109`, `z13`.
    public var name: String { Self.names[Int(rawValue)][0] }

    /// The level of a `-march=`, `-Ctarget-cpu=` or `CONFIG_MARCH_` name: `z13`, `Z13`, `arch11`; nil for another.
    public init?(name: String) {
        let name = name.lowercased()
        guard
            let level = Self.allCases.first(where: { Self.names[Int($0.rawValue)].contains { $0.lowercased() == name } }
            )
        else { return nil }
        self = level
    }
}
