// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Records
import S390xKit
import SystemPackage
import TestSupport
import Testing

@testable import Audit

/// What the audit says where debug information is not as a plain build leaves it: shared, split, without records, or
/// without the code. A check that compared nothing is unknown.
@Suite(.integration) struct WhatWasComparedTests {
    private func outcome(_ family: String, _ report: AuditReport) -> RuleOutcome? {
        report.totals.first { $0.family == family }
    }

    private func rust(_ bench: Workbench, _ source: String, name: String = "rust") async throws -> FilePath {
        try await bench.rust(
            "#[allow(non_camel_case_types)]\n" + source, ["-Cdebuginfo=2", "--crate-name=bindings"], name: name)
    }

    /// Linked but relocatable, as a module's objects are.
    private func join(_ bench: Workbench, _ files: [FilePath], name: String = "joined.o") async throws -> FilePath {
        try await bench.command(
            "s390x-linux-gnu-ld", ["-r", "-o", name] + files.map { $0.lastComponent?.string ?? "" })
        return bench.folder.appending(name)
    }

    private static let pair = "struct pair { unsigned a; unsigned b; }; "
    private static func rustPair(_ b: String = "u32") -> String {
        """
        #[repr(C)] pub struct pair { pub a: u32, pub b: \(b) }
        #[no_mangle] pub extern "C" fn probe(_x: *const pair) -> u64 { 3 }
        """
    }

    // MARK: Layouts

    @Test("what dwz shares among units is compared as before it", .enabled(if: RealThings.hasDwz))
    func partialUnits() async throws {
        try await Workbench.run { bench in
            let header = """
                struct inner { int a, b, c, d, e, f, g, h, i, j; };
                struct big { int i1, i2, i3, i4, i5, i6, i7, i8, i9, i10, i11, i12; struct inner n; long l; };

                """
            var files: [FilePath] = []
            try AtomicFile.write(header, to: bench.folder.appending("s.h"))
            for number in 1...3 {
                files.append(
                    try await bench.c(
                        "#include \"s.h\"\nint use\(number)(struct big *b) { return b->i\(number) + b->n.a; }", ["-g"],
                        name: "u\(number)"))
            }
            files.append(
                try await rust(
                    bench,
                    """
                    #[repr(C)] pub struct inner { pub a: [i32; 10] }
                    #[repr(C)] pub struct big { pub i: [i32; 12], pub n: inner, pub l: i32 }
                    #[no_mangle] pub extern "C" fn probe(_x: *const big) -> u64 { 3 }
                    """))
            let before = try await bench.link(files)
            let after = bench.folder.appending("shared")
            #expect(try await Command("dwz", ["-o", after.string, before.string]).capture().succeeded)
            let dump = try await bench.command("llvm-dwarfdump", ["--debug-info", "shared"])
            #expect(dump.contains("DW_TAG_partial_unit"))
            func words(_ file: FilePath) throws -> [String] {
                try bench.findings(file).map {
                    "\($0.rule) \($0.location?.symbol ?? "") \($0.expected ?? "") \($0.found ?? "")"
                }
            }
            #expect(try words(after) == words(before))
            #expect(try words(after).contains { $0.hasPrefix("LAY001 bindings::big") })
            #expect(try Audit.layouts(of: "struct big", in: after.string).first?.c?.size == 96)
            #expect(try Audit.difference(from: before.string, to: after.string).types.isEmpty)
        }
    }

    @Test(
        "the file that several share is read beside them, by its build ID, and is named",
        .enabled(if: RealThings.hasDwz))
    func sharedFile() async throws {
        try await Workbench.run { bench in
            let records = (0..<40).map { "struct r\($0) { unsigned a; unsigned long b; unsigned char c[\($0 + 1)]; };" }
            let c =
                records.joined(separator: "\n") + "\nstruct pair { unsigned a; unsigned b; };\n"
                + (0..<40).map { "struct r\($0) v\($0);" }.joined() + "struct pair p;"
            try AtomicFile.write(c, to: bench.folder.appending("s.h"))
            let one = try await bench.c("#include \"s.h\"\nint one(void) { return p.b; }", ["-g"], name: "one")
            let two = try await bench.c("#include \"s.h\"\nint two(void) { return p.a; }", ["-g"], name: "two")
            let bindings = try await rust(bench, Self.rustPair("u64"))
            let linked = [try await bench.link([one, bindings], to: "a"), try await bench.link([two], to: "b")]
            let before = try bench.findings(linked[0]).map(\.rule)
            #expect(before.contains("LAY001"))
            let common = bench.folder.appending("common")
            let made = try await Command(
                "dwz", ["-m", common.string, "-M", "/elsewhere/common"] + linked.map(\.string)
            ).capture()
            #expect(made.succeeded, "\(made.error)")
            let report = try bench.report(linked[0])
            #expect(report.findings.map(\.rule) == before)
            #expect(report.files.first?.alsoRead == [common.string])
            // A link, or a file of another build ID, is not it.
            try FileManager.default.moveItem(atPath: common.string, toPath: "\(bench.folder)/moved")
            try FileManager.default.createSymbolicLink(
                atPath: common.string, withDestinationPath: "\(bench.folder)/moved")
            let alone = try bench.report(linked[0])
            #expect(alone.files.first?.alsoRead == nil)
            #expect(outcome("LAY", alone)?.state == .unknown)
            #expect(outcome("LAY", alone)?.reason?.contains("/elsewhere/common") == true)
        }
    }

    @Test("types in .dwo files are not there, which is unknown and not nothing", arguments: ["4", "5"])
    func split(version: String) async throws {
        try await Workbench.run { bench in
            let source = Self.pair + "unsigned f(struct pair *p) { return p->b; }"
            let right = try await rust(bench, Self.rustPair())
            let whole = try await bench.c(source, ["-gdwarf-\(version)"])
            #expect(outcome("LAY", try bench.report(try await join(bench, [whole, right])))?.state == .checked)
            let parts = try await bench.c(source, ["-gdwarf-\(version)", "-gsplit-dwarf"], name: "parts")
            let report = try bench.report(try await join(bench, [parts, right], name: "split.o"))
            #expect(outcome("LAY", report)?.state == .unknown)
            #expect(outcome("LAY", report)?.reason?.contains("parts.dwo") == true)
            #expect(outcome("PRD", report)?.state == .unknown)
            #expect(!report.isClean)
            #expect(report.files.first?.units.contains { $0.name == CountName("units.split", "") } == true)
            let part = try bench.report(bench.folder.appending("parts.dwo"))
            #expect(outcome("LAY", part)?.state == .unknown)
            #expect(outcome("LAY", part)?.reason?.contains("-gsplit-dwarf") == true)
        }
    }

    @Test("a generic type of bindgen's is compared with the C type of its plain name")
    func flexibleArray() async throws {
        try await Workbench.run { bench in
            let c = try await bench.c(
                "struct msg { unsigned tag; unsigned len; unsigned char data[]; }; "
                    + "unsigned f(struct msg *m) { return m->len; }", ["-g"])
            func bindings(_ more: String) -> String {
                """
                #[repr(C)] pub struct msg<F: ?Sized = [u8; 0]> { pub tag: u32, \(more) pub len: u32, pub data: F }
                #[no_mangle] pub extern "C" fn probe(_x: *const msg) -> u64 { 3 }
                """
            }
            let right = try await join(bench, [c, try await rust(bench, bindings(""))], name: "right.o")
            let report = try bench.report(right)
            #expect(outcome("LAY", report)?.counts.contains(.init("types.verified", "verified", 1)) == true)
            try await bench.expect([], in: right)
            let wrong = try await rust(bench, bindings("pub extra: u32,"), name: "wrong")
            try await bench.expect(["LAY001", "LAY002", "LAY004"], in: join(bench, [c, wrong], name: "w.o"))
        }
    }

    @Test("a C type whose name is a word of Rust's is compared; an enumeration inside is one, however Rust has it")
    func wordsAndEnumerations() async throws {
        try await Workbench.run { bench in
            let c = try await bench.c(
                """
                struct fn { unsigned a; unsigned b; };
                struct holder { unsigned a; enum { A0, A1 = 7 } kind; };
                struct value { unsigned __0; };
                struct fn f; struct holder h; struct value v;
                """, ["-g"])
            func bindings(_ b: String, _ value: String = "u32") -> String {
                """
                #[repr(C)] pub struct fn_ { pub a: u32, pub b: \(b) }
                #[repr(transparent)] pub struct holder__bindgen_ty_1(pub u32);
                #[repr(C)] pub struct holder { pub a: u32, pub kind: holder__bindgen_ty_1 }
                #[repr(C)] pub struct value { pub __0: \(value) }
                #[no_mangle] pub extern "C" fn probe(_a: *const fn_, _b: *const holder, _c: *const value) -> u64 { 3 }
                """
            }
            let right = try await join(bench, [c, try await rust(bench, bindings("u32"))], name: "right.o")
            let report = try bench.report(right)
            #expect(outcome("LAY", report)?.counts.contains(.init("types.verified", "verified", 3)) == true)
            try await bench.expect([], in: right)
            let wrong = try await rust(bench, bindings("u64"), name: "wrong")
            try await bench.expect(
                ["LAY001", "LAY002", "LAY003", "LAY005"], in: join(bench, [c, wrong], name: "w.o"))
            let value = try await rust(bench, bindings("u32", "u64"), name: "value")
            try await bench.expect(["LAY001", "LAY003", "LAY005"], in: join(bench, [c, value], name: "v.o"))
        }
    }

    @Test("members that C calls as bindgen calls its own are compared; bindgen's own are none")
    func memberNames() async throws {
        try await Workbench.run { bench in
            let c = try await bench.c(
                """
                struct regs { unsigned ctrl; unsigned char _unused[4]; unsigned status; };
                struct mac { unsigned char _address[6]; unsigned short vlan; };
                struct cell { unsigned char _address; };
                struct mode { unsigned char _bitfield_mode; unsigned char b; };
                struct bits { unsigned low : 3; unsigned high : 5; };
                struct known; struct known { int x; };
                struct regs r; struct mac m; struct cell c; struct mode o; struct bits b; struct known k;
                """, ["-g"])
            func bindings(_ unused: String) -> String {
                """
                #[repr(C)] pub struct regs { pub ctrl: u32, pub _unused: \(unused), pub status: u32 }
                #[repr(C)] pub struct mac { pub _address: [u8; 6], pub vlan: u16 }
                #[repr(C)] pub struct cell { pub _address: u8 }
                #[repr(C)] pub struct mode { pub _bitfield_mode: u8, pub b: u8 }
                #[repr(C)] pub struct bits { pub _bitfield_align_1: [u32; 0], pub _bitfield_1: [u8; 4] }
                #[repr(C)] pub struct known { pub _unused: [u8; 0] }
                #[no_mangle] pub extern "C" fn probe(_a: *const regs, _b: *const mac, _c: *const cell,
                    _d: *const mode, _e: *const bits, _f: *const known) -> u64 { 3 }
                """
            }
            let right = try await join(bench, [c, try await rust(bench, bindings("[u8; 4]"))], name: "right.o")
            let report = try bench.report(right)
            #expect(outcome("LAY", report)?.counts.contains(.init("types.verified", "verified", 5)) == true)
            #expect(report.findings.filter { $0.rule == "LAY010" }.map(\.location?.symbol) == ["bindings::known"])
            try await bench.expect([], in: right)
            let wrong = try await rust(bench, bindings("[u8; 8]"), name: "wrong")
            try await bench.expect(["LAY001", "LAY002", "LAY003"], in: join(bench, [c, wrong], name: "w.o"))
        }
    }

    @Test("bindgen types without any C type beside them are unknown; one that is compared is enough")
    func nothingCompared() async throws {
        try await Workbench.run { bench in
            let alone = try await rust(bench, Self.rustPair())
            let report = try bench.report(alone)
            #expect(outcome("LAY", report)?.state == .unknown)
            #expect(report.verdict == .findings)
            var options = AuditOptions()
            options.rules = ["LAY"]
            #expect(try bench.report(alone, options).verdict == .undecided)
            let c = try await bench.c(Self.pair + "struct pair p;", ["-g"])
            #expect(try bench.report(try await join(bench, [c, alone]), options).verdict == .clean)
        }
    }

    @Test("a record that holds a wrong one is below it; one that is wrong by itself is not")
    func causes() async throws {
        try await Workbench.run { bench in
            let c = try await bench.c(
                """
                struct ns { unsigned id; struct tree { unsigned long left, right; }; unsigned char kind; };
                struct holder { unsigned short flags; struct ns ns; unsigned char small; void *next; };
                struct outer { struct holder many[3]; union { struct ns one; unsigned long two; }; unsigned on : 3; };
                struct mixed { struct ns ns; unsigned long count; };
                struct ns n; struct holder h; struct outer o; struct mixed m;
                """, ["-g", "-fms-extensions"])
            let bindings = try await rust(
                bench,
                """
                #[repr(C)] #[repr(align(8))] pub struct ns { pub id: u32, pub kind: u8 }
                #[repr(C)] pub struct holder { pub flags: u16, pub ns: ns, pub small: u8, pub next: *mut u8 }
                #[repr(C)] pub union outer__bindgen_ty_1 { pub one: ns, pub two: u64 }
                impl Copy for u8 {}
                impl Copy for u32 {}
                impl Copy for ns {}
                #[repr(C)] pub struct outer { pub many: [holder; 3], pub __bindgen_anon_1: outer__bindgen_ty_1,
                    pub _bitfield_1: [u8; 8] }
                #[repr(C)] pub struct mixed { pub ns: ns, pub count: u32 }
                #[no_mangle] pub extern "C" fn probe(_a: *const ns, _b: *const holder, _c: *const outer,
                    _d: *const mixed) -> u64 { 3 }
                """)
            let file = try await join(bench, [c, bindings])
            let findings = try bench.findings(file).filter { $0.severity == .error }
            let cause = try #require(findings.first { $0.follows != nil })
            #expect(cause.rule == "LAY004")
            #expect(cause.location?.symbol == "bindings::ns")
            #expect(cause.title.contains("left out a member that has a tag and no name, `struct tree`"))
            #expect(cause.title.contains("left, right"))
            let below = Set((cause.follows ?? []).compactMap { $0.location?.symbol })
            #expect(below.isSuperset(of: ["bindings::holder", "bindings::holder.ns", "bindings::outer"]))
            #expect(!below.contains { $0.hasPrefix("bindings::mixed") })
            // Its count is wrong whatever the other is.
            #expect(findings.contains { $0.rule == "LAY003" && $0.location?.symbol == "bindings::mixed.count" })
            #expect(findings.allSatisfy { $0 == cause || $0.location?.symbol?.hasPrefix("bindings::mixed") == true })
            let report = try bench.report(file)
            #expect(report.followingCount == cause.follows?.count)
            var options = AuditOptions()
            options.rules = ["LAY001"]
            let sizes = try bench.findings(file, options)
            #expect(sizes.allSatisfy { $0.rule == "LAY001" && $0.follows == nil })
            #expect(sizes.contains { $0.location?.symbol == "bindings::holder" })
        }
    }

    // MARK: Compilers

    @Test("a compiler is its version, commit and day")
    func twoCompilers() async throws {
        try await Workbench.run { bench in
            let one = try await bench.rust(
                #"#[no_mangle] pub extern "C" fn one() -> u64 { 1 }"#, ["-Cdebuginfo=2"], name: "one")
            let two = try await bench.rust(
                #"#[no_mangle] pub extern "C" fn two() -> u64 { 2 }"#, ["-Cdebuginfo=2"], name: "two")
            try await bench.expect([], in: join(bench, [one, two]))
            let version = try await bench.command("rustc", ["--version"])
            let words = version.split { " ()\n".contains($0) }
            let (commit, day) = (
                String(try #require(words.dropFirst(2).first)), String(try #require(words.dropFirst(3).first))
            )
            let other = String(commit.reversed())
            var options = AuditOptions()
            options.configuration = ["RUSTC_VERSION_TEXT": version.trimmingCharacters(in: .whitespacesAndNewlines)]
            try await bench.expect([], in: two, options)
            let bytes = try Data(contentsOf: URL(filePath: two.string))
            let place = try #require(bytes.range(of: Data("\(commit) \(day)".utf8)))
            try bytes.replacing(place, with: Data("\(other) \(day)".utf8)).write(to: URL(filePath: two.string))
            try await bench.expect(["PRD004"], in: join(bench, [one, two], name: "mixed.o"))
            try await bench.expect(["PRD005"], in: two, options)
        }
    }

    @Test("two compilers in .comment alone are two, and tell no flags; C of GCC and of clang is of two, too")
    func compilersInComments() async throws {
        try await Workbench.run { bench in
            let one = try await bench.rust(
                #"#[no_mangle] pub extern "C" fn one() -> u64 { 1 }"#, ["-Cdebuginfo=0"], name: "one")
            let two = try await bench.rust(
                #"#[no_mangle] pub extern "C" fn two() -> u64 { 2 }"#, ["-Cdebuginfo=0"], name: "two")
            let version = try await bench.command("rustc", ["--version"])
            let day = try #require(version.firstMatch(of: /\d{4}-\d\d-\d\d/)).output
            var options = AuditOptions()
            options.rules = ["PRD"]
            #expect(try bench.report(try await join(bench, [one, two]), options).verdict == .clean)
            let c = try await bench.c("int x = 1;")
            let report = try bench.report(c, options)
            #expect(outcome("PRD", report)?.state == .unknown)
            #expect(outcome("PRD", report)?.reason?.contains(".comment") == true)
            let bytes = try Data(contentsOf: URL(filePath: two.string))
            let place = try #require(bytes.range(of: Data(day.utf8)))
            try bytes.replacing(place, with: Data("2020-02-02".utf8)).write(to: URL(filePath: two.string))
            try await bench.expect(["PRD004"], in: join(bench, [one, two], name: "mixed.o"), options)
            options.configuration = ["RUSTC_VERSION_TEXT": version.trimmingCharacters(in: .whitespacesAndNewlines)]
            try await bench.expect(["PRD005"], in: two, options)
            try await bench.expect([], in: one, options)
            try AtomicFile.write("int y = 2;", to: bench.folder.appending("k.c"))
            try await bench.command("clang", ["--target=s390x-linux-gnu", "-g", "-c", "k.c", "-o", "k.o"])
            let debug = try await bench.c("int z = 3;", ["-g"], name: "z")
            try await bench.expect(
                ["PRD003"], in: join(bench, [debug, bench.folder.appending("k.o")], name: "both.o"), options)
        }
    }

    @Test("a unit without a record of flags is unknown, once; its code is judged")
    func unrecorded() async throws {
        try await Workbench.run { bench in
            let source = """
                extern int other(int);
                int calls(int a) { return other(a) + other(a + 1); }
                void by_hand(void) { asm volatile("ldr %f0,%f2"); }
                """
            let recorded = try await bench.c(source, ["-g"])
            try await bench.expect([], in: recorded)
            var options = AuditOptions()
            options.level = .z13
            let bare = try await bench.c(source, ["-g", "-gno-record-gcc-switches"], name: "bare")
            let report = try bench.report(bare, options)
            #expect(!report.findings.contains { $0.rule == "PRD001" })
            #expect(outcome("PRD", report)?.state == .unknown)
            #expect(outcome("PRD", report)?.reason?.contains("1 unit of C") == true)
            #expect(outcome("FRM", report)?.state == .checked)
            try await bench.expect(["ISA005"], in: bare, options)
            let ordinary = try await bench.c(
                source, ["-g", "-gno-record-gcc-switches", "-mno-packed-stack"], name: "ordinary")
            try await bench.expect(["FRM001", "ISA005"], in: ordinary, options)
        }
    }

    // MARK: Code

    @Test("code that is not in the file, or that no symbol names, is unknown; a file without code has none")
    func absentCode() async throws {
        try await Workbench.run { bench in
            let source = "extern int other(int); int calls(int a) { return other(a) + 1; }"
            _ = try await bench.c(source, ["-g"])
            try await bench.command("s390x-linux-gnu-objcopy", ["--only-keep-debug", "c.o", "c.debug"])
            try await bench.command("s390x-linux-gnu-strip", ["c.o", "-o", "stripped.o"])
            let data = try await bench.c("int data = 3;", ["-g"], name: "data")
            let sections = try await bench.command("readelf", ["-SW", "c.debug"])
            #expect(sections.contains(#/\.text\s+NOBITS/#))
            let debug = try bench.report(bench.folder.appending("c.debug"))
            for family in ["FRM", "ISA", "BRN", "TAB"] {
                #expect(outcome(family, debug)?.state == .unknown, "\(family)")
                #expect(outcome(family, debug)?.reason?.contains("not in this file") == true)
            }
            #expect(outcome("PRD", debug)?.state == .checked)
            let stripped = try bench.report(bench.folder.appending("stripped.o"))
            let none = try bench.report(data)
            for family in ["FRM", "ISA", "BRN"] {
                #expect(outcome(family, stripped)?.state == .unknown, "\(family)")
                #expect(outcome(family, none)?.state == .notApplicable, "\(family)")
            }
        }
    }

    // MARK: Modules

    private static func module(_ name: String, _ more: [String] = []) -> String {
        let words = ["license=GPL", "name=\(name)", "vermagic=7.3.0 SMP mod_unload "] + more
        let lines = words.enumerated().map { index, word in
            "__attribute__((section(\".modinfo\"),used,aligned(1))) static const char i\(index)[] = \"\(word)\";"
        }
        return lines.joined(separator: "\n") + """

            __attribute__((section(".gnu.linkonce.this_module"),used)) char this_module[64];
            extern int symbol(void);
            int init(void) { return symbol(); }
            """
    }

    @Test(
        "a symbol for named modules is one of theirs alone, and is not imported",
        arguments: [
            ("module:kvm", "kvm", [], []), ("module:kvm", "xvm", [], ["MOD007"]),
            ("module:a,kvm-intel", "kvm_intel", [], []), ("module:kvm-*", "kvm_amd", [], []),
            ("module:kvm-*", "kvm", [], ["MOD007"]), ("module:kv", "kvm", [], ["MOD007"]),
            ("module:kvm", "kvm", ["import_ns=module:kvm"], ["MOD008"]), ("KVM", "kvm", [], ["MOD005"]),
            ("KVM", "kvm", ["import_ns=KVM"], []), ("module:", "kvm", [], ["MOD007"]),
            ("module:*", "kvm", [], []), ("module:k*m", "kvm", [], ["MOD007"]), ("module:k**", "kvm", [], ["MOD007"]),
            ("module:a, kvm", "kvm", [], ["MOD007"]), ("module:,kvm", "kvm", [], []), ("module", "kvm", [], ["MOD005"]),
            ("module", "kvm", ["import_ns=module"], []), ("Module:kvm", "kvm", [], ["MOD005"]),
            ("module:KVM", "kvm", [], ["MOD007"]), ("", "kvm", ["import_ns=module:other"], ["MOD008"]),
            ("module:xvm", "kvm", ["import_ns=module:kvm"], ["MOD007", "MOD008"]),
        ] as [(String, String, [String], Set<String>)])
    func namespaces(_ namespace: String, _ name: String, _ more: [String], _ expected: Set<String>) async throws {
        try await Workbench.run { bench in
            let file = try await bench.c(Self.module(name, more), name: "m")
            let list = bench.folder.appending("Module.symvers")
            try AtomicFile.write("0x00000000\tsymbol\tvmlinux\tEXPORT_SYMBOL_GPL\t\(namespace)\n", to: list)
            var options = AuditOptions()
            options.rules = ["MOD"]
            options.exports = try Audit.exports(at: list.string)
            try await bench.expect(expected, in: file, options)
        }
    }

    @Test(
        "what a module's check is made against has to be given",
        arguments: [
            ("MOD", RuleOutcome.State.checked), ("MOD003", .checked), ("MOD001", .unknown), ("MOD002", .unknown),
            ("MOD004", .unknown), ("MOD007", .unknown),
        ])
    func nothingGiven(_ rule: String, _ state: RuleOutcome.State) async throws {
        try await Workbench.run { bench in
            let file = try await bench.c(Self.module("kvm"), name: "m")
            var options = AuditOptions()
            options.rules = [rule]
            let report = try bench.report(file, options)
            #expect(report.totals.map(\.state) == [state])
            #expect(report.isClean == (state == .checked))
        }
    }

    @Test("a weak symbol may be missing; where it is exported, its namespace counts")
    func weakSymbols() async throws {
        try await Workbench.run { bench in
            let source = Self.module("kvm").replacing(
                "extern int symbol(void);", with: "extern int symbol(void) __attribute__((weak));")
            let file = try await bench.c(source, name: "m")
            let list = bench.folder.appending("Module.symvers")
            for (line, expected) in [
                ("symbol\tvmlinux\tEXPORT_SYMBOL_GPL\tKVM", ["MOD005"]),
                ("symbol\tvmlinux\tEXPORT_SYMBOL_GPL\tmodule:xvm", ["MOD007"]),
                ("symbol\tvmlinux\tEXPORT_SYMBOL_GPL\t", []), ("other\tvmlinux\tEXPORT_SYMBOL_GPL\t", []),
            ] as [(String, Set<String>)] {
                try AtomicFile.write("0x00000000\t\(line)\n", to: list)
                var options = AuditOptions()
                options.rules = ["MOD"]
                options.exports = try Audit.exports(at: list.string)
                try await bench.expect(expected, in: file, options)
            }
        }
    }

    @Test(
        "of several licences each counts",
        arguments: [
            (["GPL"], []), (["GPL", "Dual MIT/GPL"], []), (["GPL", "Proprietary"], ["MOD003", "MOD006"]),
            (["Proprietary", "GPL"], ["MOD003", "MOD006"]),
        ] as [([String], Set<String>)])
    func licences(_ licences: [String], _ expected: Set<String>) async throws {
        try await Workbench.run { bench in
            let more = licences.map { "license=\($0)" }
            let file = try await bench.c(
                Self.module("kvm", more).replacing("\"license=GPL\";", with: "\"depends=\";", maxReplacements: 1),
                name: "m")
            let list = bench.folder.appending("Module.symvers")
            try AtomicFile.write("0x00000000\tsymbol\tvmlinux\tEXPORT_SYMBOL_GPL\t\n", to: list)
            var options = AuditOptions()
            options.rules = ["MOD"]
            options.exports = try Audit.exports(at: list.string)
            try await bench.expect(expected, in: file, options)
        }
    }

    @Test("kbuild's object with a module's description is not a module; the finished module is one")
    func intermediateObject() async throws {
        try await Workbench.run { bench in
            let source = Self.module("m").replacing("license=GPL", with: "depends=")
            var options = AuditOptions()
            options.rules = ["MOD"]
            try await bench.expect(["MOD003"], in: bench.c(source, name: "m"), options)
            let object = try await bench.c(source + "\nextern int init_module(void); int (*p)(void) = init_module;")
            #expect(outcome("MOD", try bench.report(object, options))?.state == .notApplicable)
        }
    }
}

extension Data {
    fileprivate func replacing(_ range: Range<Index>, with other: Data) -> Data {
        var copy = self
        copy.replaceSubrange(range, with: other)
        return copy
    }
}
