// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import ELFKit
internal import Records

/// The sections of two ELF files that differ, and why, as far as what differs tells.
struct SectionComparison {
    private let old: ELFFile
    private let new: ELFFile
    private let buildIDs: (String?, String?)

    /// `buildIDs` are those of the two kernels.
    init(_ old: ELFFile, _ new: ELFFile, buildIDs: (String?, String?) = (nil, nil)) {
        self.old = old
        self.new = new
        self.buildIDs = buildIDs
    }

    /// What is made of the other sections alone.
    private static let derived = [".symtab", ".strtab", ".shstrtab"]

    var differences: [RebuildReport.Section] {
        var found = paired.compactMap { difference($0, $1) }
        if let signature { found.append(signature) }
        // A build identifier and tables of symbols are made of the sections that differ by themselves.
        let isAlone = found.allSatisfy { follows($0) != nil }
        if !isAlone {
            found = found.map { section in
                guard section.cause == .unknown, let detail = follows(section) else { return section }
                return section.replacing(cause: .follows, detail: detail)
            }
        }
        return found.isEmpty ? outside.map { [$0] } ?? [] : found
    }

    /// Sections of one name belong together in their order.
    private var paired: [(Section?, Section?)] {
        var rest: [String: [Section]] = [:]
        for section in new.sections.reversed() where section.type != .null {
            rest[section.name, default: []].append(section)
        }
        let pairs = old.sections.filter { $0.type != .null }.map { section in
            (Optional(section), rest[section.name]?.popLast())
        }
        let added = rest.values.flatMap(\.self).sorted { $0.index < $1.index }
        return pairs + added.map { (nil, Optional($0)) }
    }

    private func difference(_ one: Section?, _ other: Section?) -> RebuildReport.Section? {
        guard let name = (one ?? other)?.name else { return nil }
        let left = one.flatMap { try? old.contentsBeforeRelocation(of: $0) } ?? .empty
        let right = other.flatMap { try? new.contentsBeforeRelocation(of: $0) } ?? .empty
        let sizes = (one.map { Int(clamping: $0.size) }, other.map { Int(clamping: $0.size) })
        let place = FirstDifference.offset(left, right)
        guard place != nil || sizes.0 != sizes.1 else { return nil }
        let at = place ?? 0
        let symbol = one.flatMap { Self.symbol(in: old, $0, at) } ?? other.flatMap { Self.symbol(in: new, $0, at) }
        let (cause, detail) = cause(name, left, right, at, symbol)
        return RebuildReport.Section(
            name: name, offset: Int(clamping: (one ?? other)?.offset ?? 0), firstSize: sizes.0, secondSize: sizes.1,
            difference: at, firstBytes: FirstDifference.hexadecimal(left, at),
            secondBytes: FirstDifference.hexadecimal(right, at), symbol: symbol, cause: cause, detail: detail)
    }

    private func cause(
        _ name: String, _ left: Bytes, _ right: Bytes, _ at: Int, _ symbol: String?
    ) -> (RebuildReport.Cause, String?) {
        switch symbol {
        // certs/system_certificates.S holds the certificate of the modules' key.
        case "system_certificate_list"?, "__cert_list_start"?:
            return (.signature, "the list of trusted certificates")
        case "latent_entropy"?: return (.randomSeed, "scripts/gcc-plugins/latent_entropy_plugin.c")
        default: break
        }
        if [".BTF", ".BTF.base"].contains(name), left.count == right.count,
            let one = Self.strings(left), one == Self.strings(right)
        {
            return (.typeOrder, "both name the same types and fields")
        }
        return FirstDifference.cause(left, right, at: at)
    }

    /// Why a section is made of others; nil where it is not.
    private func follows(_ section: RebuildReport.Section) -> String? {
        if section.name == ".note.gnu.build-id" { return "the build identifier is a digest of the other sections" }
        if section.name == ".notes", buildIDs.0 != buildIDs.1 {
            return "the build identifier among the notes is a digest of the other sections"
        }
        if Self.derived.contains(section.name) { return "it lists the symbols of the other sections" }
        return nil
    }

    /// How often each string is in the section, sorted; nil where it is too large for a kernel's types.
    private static func strings(_ bytes: Bytes) -> [ArraySlice<UInt8>]? {
        guard bytes.count < 64 << 20 else { return nil }
        // Offsets into the strings, which change with the order, are before them (include/uapi/linux/btf.h).
        guard let header = try? ByteCursor(bytes, .big), bytes.count >= 24 else { return nil }
        var cursor = header
        guard (try? cursor.skip(4)) != nil, let size = try? cursor.u32(), (try? cursor.skip(8)) != nil,
            let offset = try? cursor.u32(), let length = try? cursor.u32(),
            let text = try? bytes.slice(UInt64(size) + UInt64(offset), count: length)
        else { return nil }
        return text.array.split(separator: 0).sorted { $0.lexicographicallyPrecedes($1) }
    }

    private static func symbol(in file: ELFFile, _ section: Section, _ offset: Int) -> String? {
        guard section.flags.contains(.allocate), let symbols = try? file.symbols() else { return nil }
        let base = file.type == .relocatable ? 0 : section.address
        let (address, overflow) = base.addingReportingOverflow(UInt64(clamping: offset))
        guard !overflow else { return nil }
        let found = symbols.first { symbol in
            symbol.sectionIndex == section.index && symbol.value <= address && address - symbol.value < symbol.size
        }
        return found.flatMap { try? symbols.name(of: $0) }
    }

    /// What is appended to a module.
    private var signature: RebuildReport.Section? {
        let (one, other) = (try? ModuleSignature.read(old.bytes), try? ModuleSignature.read(new.bytes))
        let (left, right) = (one?.signature ?? .empty, other?.signature ?? .empty)
        guard let at = FirstDifference.offset(left, right) else { return nil }
        return RebuildReport.Section(
            name: "module signature", offset: one?.signedLength ?? old.bytes.count,
            firstSize: one?.signature.count, secondSize: other?.signature.count,
            difference: at, firstBytes: FirstDifference.hexadecimal(left, at),
            secondBytes: FirstDifference.hexadecimal(right, at), cause: .signature,
            detail: "another key, or another time, signed it")
    }

    /// Bytes that no section has: headers and what lies between.
    private var outside: RebuildReport.Section? {
        guard let at = FirstDifference.offset(old.bytes, new.bytes) else { return nil }
        return RebuildReport.Section(
            name: "outside of the sections", offset: 0, firstSize: old.bytes.count, secondSize: new.bytes.count,
            difference: at, firstBytes: FirstDifference.hexadecimal(old.bytes, at),
            secondBytes: FirstDifference.hexadecimal(new.bytes, at), cause: .unknown)
    }
}
