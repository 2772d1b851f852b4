// SPDX-License-Identifier: Apache-2.0
public import ByteKit

/// The sections of one file that hold DWARF; a section that the file lacks is empty.
///
/// Sections of a relocatable object must have their relocations applied.
public struct DWARFSections: Sendable {
    public var info: Bytes
    /// `.debug_types`, DWARF 4's section of type units.
    public var types: Bytes
    public var abbrev: Bytes
    public var str: Bytes
    public var lineStr: Bytes
    public var strOffsets: Bytes
    public var addr: Bytes
    /// `.debug_ranges`, up to DWARF 4.
    public var ranges: Bytes
    /// `.debug_rnglists`, DWARF 5.
    public var rnglists: Bytes
    public var line: Bytes
    public var order: ByteOrder
    // An array, because a structure cannot hold one of its own kind.
    private var alternates: [DWARFSections] = []

    public init(
        info: Bytes = .empty, types: Bytes = .empty, abbrev: Bytes = .empty, str: Bytes = .empty,
        lineStr: Bytes = .empty, strOffsets: Bytes = .empty, addr: Bytes = .empty, ranges: Bytes = .empty,
        rnglists: Bytes = .empty, line: Bytes = .empty, order: ByteOrder, alternate: DWARFSections? = nil
    ) {
        self.info = info
        self.types = types
        self.abbrev = abbrev
        self.str = str
        self.lineStr = lineStr
        self.strOffsets = strOffsets
        self.addr = addr
        self.ranges = ranges
        self.rnglists = rnglists
        self.line = line
        self.order = order
        self.alternate = alternate
    }

    /// Sections of the file that `.gnu_debugaltlink` or `.debug_sup` names, which several files share.
    public var alternate: DWARFSections? {
        get { alternates.first }
        set { alternates = newValue.map { [$0] } ?? [] }
    }

    /// The section that holds entries of a kind of place.
    func entries(_ section: DIEOffset.Section) -> Bytes {
        switch section {
        case .info: info
        case .types: types
        case .alternateInfo: alternate?.info ?? .empty
        }
    }

    /// The section that holds a string.
    func strings(_ place: StringReference.Place) -> Bytes {
        switch place {
        case .none: .empty
        case .str: str
        case .lineStr: lineStr
        case .info: info
        case .types: types
        case .alternateStr: alternate?.str ?? .empty
        case .line: line
        case .alternateInfo: alternate?.info ?? .empty
        }
    }

    /// A string's bytes, without its NUL; nil for no string.
    public func bytes(of string: StringReference) throws(FormatError) -> Bytes? {
        guard !string.isNone else { return nil }
        do throws(FormatError) {
            return try strings(string.place).cStringBytes(at: string.offset)
        } catch { throw error.within(string.place.section) }
    }

    /// A string as text; what is not UTF-8 in it is replaced. Nil for no string.
    public func text(of string: StringReference) throws(FormatError) -> String? { try bytes(of: string)?.text }
}
