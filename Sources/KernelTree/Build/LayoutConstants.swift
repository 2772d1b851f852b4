// SPDX-License-Identifier: Apache-2.0

/// What both compilers take for the layouts of the same types, as two sources of a kernel module: a table of numbers in C,
/// and the same in Rust, so that a running kernel can compare them.
///
/// For each type its size, its alignment, and the offset of each of its members that has a name and whole bytes.
package struct LayoutConstants: Sendable {
    /// One type that bindgen made.
    struct Entry: Hashable, Sendable {
        /// In the crate `bindings`.
        let rust: String
        /// `struct page` or `atomic_t`.
        let c: String
        let members: [Member]
    }

    struct Member: Hashable, Sendable {
        let rust: String
        let c: String
    }

    let entries: [Entry]

    /// How many numbers each table has.
    package var count: Int { entries.reduce(0) { $0 + 2 + $1.members.count } }

    /// - Parameters:
    ///   - generated: what bindgen wrote, `rust/bindings/bindings_generated.rs`.
    ///   - complete: the types that are complete in C, as C spells them.
    package init(of generated: String, complete: Set<String>) {
        entries = Self.records(in: generated).compactMap { record in
            guard !record.isDeclaration else { return nil }
            let spelled = ["\(record.kind) \(record.name)", record.name].first(where: complete.contains)
            return spelled.map { c in
                Entry(
                    rust: record.name, c: c,
                    members: record.members.filter { !Self.isBindgens($0) }.map {
                        Member(rust: $0, c: Self.plain($0))
                    })
            }
        }
    }

    private struct Record {
        let kind: String
        let name: String
        var members: [String] = []
        /// Known to bindgen by name only.
        var isDeclaration = false
    }

    /// The public structures and unions with members in braces, as rustfmt writes them.
    private static func records(in generated: String) -> [Record] {
        var records: [Record] = []
        var open: Record?
        for line in generated.split(separator: "\n") {
            if let record = open {
                if line == "}" {
                    records.append(record)
                    open = nil
                } else if line == "    _unused: [u8; 0]," {
                    open?.isDeclaration = true
                } else if line.hasPrefix("    pub "), let colon = line.firstIndex(of: ":") {
                    open?.members.append(String(line[..<colon].dropFirst("    pub ".count)))
                }
                continue
            }
            for kind in ["struct", "union"] where line.hasPrefix("pub \(kind) ") {
                let rest = line.dropFirst("pub \(kind) ".count)
                guard let space = rest.firstIndex(of: " ") else { continue }
                let name = rest[..<space]
                if name.contains("<") || name.contains("__bindgen_ty_") { continue }
                let record = Record(kind: kind, name: String(name))
                switch rest[space...] {
                case " {": open = record
                case " {}": records.append(record)
                default: break
                }
            }
        }
        return records
    }

    /// Members that C has no name for: bit-fields' bytes, padding, anonymous records.
    private static func isBindgens(_ member: String) -> Bool {
        ["_bitfield_", "__bindgen_", "_bindgen_", "bindgen_union_field"].contains(where: member.hasPrefix)
    }

    /// bindgen appends an underscore to what is a word of Rust.
    private static func plain(_ member: String) -> String {
        guard member.hasSuffix("_"), words.contains(String(member.dropLast())) else { return member }
        return String(member.dropLast())
    }

    /// Keywords of Rust that are none of C (The Rust Reference, Keywords), and names of its primitive types.
    private static let words: Set<String> = [
        "abstract", "as", "async", "await", "become", "box", "crate", "dyn", "false", "final", "fn", "gen", "impl",
        "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "proc", "pub", "pure", "ref",
        "self", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where",
        "yield",
        "str", "bool", "f32", "f64", "usize", "isize", "u8", "u16", "u32", "u64", "u128", "i8", "i16", "i32", "i64",
        "i128",
    ]

    /// The table that C's compiler fills, and the names of its numbers: a type, its members, and an empty name.
    package var cSource: String {
        var source = """
            // SPDX-License-Identifier: GPL-2.0-only
            #include <bindings/bindings_helper.h>
            #include <uapi/uapi_helper.h>
            #include "selftest.h"

            const u32 selftest_c_layouts[] = {

            """
        for entry in entries {
            source += "\tsizeof(\(entry.c)), _Alignof(\(entry.c)),\n"
            for member in entry.members { source += "\toffsetof(\(entry.c), \(member.c)),\n" }
        }
        source += "};\nconst u32 selftest_layout_count = ARRAY_SIZE(selftest_c_layouts);\n"
        source += "const char selftest_layout_names[] =\n"
        for entry in entries {
            let names = [entry.c] + entry.members.map(\.c) + [""]
            source += "\t" + names.map { "\"\($0)\\0\"" }.joined(separator: " ") + "\n"
        }
        return source + "\t;\n"
    }

    /// The table that rustc fills.
    package var rustSource: String {
        var source = """
            // SPDX-License-Identifier: GPL-2.0-only

            //! What rustc takes for the layouts of bindgen's types; `layouts_c.c` has the same in C.
            #![allow(non_upper_case_globals)]

            use core::mem::{align_of, offset_of, size_of};
            use kernel::bindings;

            #[no_mangle]
            static selftest_rust_layouts: [u32; \(count)] = [

            """
        for entry in entries {
            let type = "bindings::\(entry.rust)"
            source += "    size_of::<\(type)>() as u32,\n    align_of::<\(type)>() as u32,\n"
            for member in entry.members { source += "    offset_of!(\(type), \(member.rust)) as u32,\n" }
        }
        return source + "];\n"
    }
}
