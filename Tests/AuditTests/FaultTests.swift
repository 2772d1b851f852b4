// SPDX-License-Identifier: Apache-2.0
import Host
import Records
import S390xKit
import SystemPackage
import TestSupport
import Testing

@testable import Audit

/// Faults that the sandbox's compilers really make, each beside its nearest innocent neighbour.
@Suite(.integration) struct FaultTests {
    private static let rustCalls = """
        extern "C" { fn sink(x: u64) -> u64; }
        #[no_mangle] pub extern "C" fn chain(n: u64) -> u64 { unsafe { let a = sink(n); sink(n); sink(a) } }
        """
    private static let cCalls = """
        unsigned long sink(unsigned long);
        unsigned long chain(unsigned long n) { unsigned long a = sink(n); sink(n); return sink(a) + 1; }
        unsigned long leaf(unsigned long n) { return n + 1; }
        """

    // MARK: Frames

    @Test("Rust without -Zpacked-stack has ordinary frames; with it, packed ones")
    func rustFrames() async throws {
        try await Workbench.run { bench in
            try await bench.expect([], in: bench.rust(Self.rustCalls))
            let wrong = try await bench.rust(
                Self.rustCalls, without: ["-Zpacked-stack"], name: "ordinary")
            try await bench.expect(["FRM001"], in: wrong)
        }
    }

    @Test("C with -mno-packed-stack has ordinary frames; with the kernel's flags, packed ones")
    func cFrames() async throws {
        try await Workbench.run { bench in
            try await bench.expect([], in: bench.c(Self.cCalls))
            let wrong = try await bench.c(Self.cCalls, ["-mno-packed-stack"], name: "ordinary")
            try await bench.expect(["FRM001"], in: wrong)
        }
    }

    @Test("a frame without a backchain is told, in C and in Rust")
    func backchain() async throws {
        try await Workbench.run { bench in
            try await bench.expect(["FRM002"], in: bench.c(Self.cCalls, ["-mno-backchain"]))
            let rust = try await bench.rust(Self.rustCalls, without: ["-Ctarget-feature=+backchain"])
            try await bench.expect(["FRM002"], in: rust)
        }
    }

    // MARK: Instructions

    @Test("a vector instruction in Rust is told; the bytes of one in data are not")
    func vector() async throws {
        try await Workbench.run { bench in
            let vector = try await bench.rust(
                #"#[no_mangle] pub extern "C" fn f() { unsafe { asm!(".byte 0xe7,0,0,0,0,0x44"); } }"#)
            try await bench.expect(["ISA001"], in: vector)
            let data = try await bench.c("const unsigned char bytes[6] = {0xe7, 0, 0, 0, 0, 0x44};")
            try await bench.expect([], in: data)
        }
    }

    @Test("an instruction of z15 in a kernel for z13 is told; one of z13 is not")
    func level() async throws {
        try await Workbench.run { bench in
            var options = AuditOptions()
            options.level = .z13
            let source = "unsigned long f(unsigned long a, unsigned long b) { return a & ~b; }"
            try await bench.expect([], in: bench.c(source), options)
            try await bench.expect(["ISA002"], in: bench.c(source, ["-march=z15"], name: "new"), options)
        }
    }

    // MARK: Tables

    private static func bug(_ address: String) -> String {
        """
            .text
            .globl f
            .type f,@function
        f:  mc 0(%r0),0
        0:  br %r14
            .size f,.-f
            .section .rodata.str,"aMS",@progbits,1
        1:  .asciz "kernel/panic.c"
        2:  .asciz ""
            .section __bug_table,"aw"
        3:  .long \(address) - .
            .long 2b - .
            .long 1b - .
            .short 42
            .short 1
        """
    }

    @Test("a bug entry that points nowhere is told, in an object and in a linked image")
    func bugTable() async throws {
        try await Workbench.run { bench in
            let right = try await bench.assemble(Self.bug("f"))
            try await bench.expect([], in: right)
            try await bench.expect([], in: bench.link([right]))
            let wrong = try await bench.assemble(Self.bug("0b"), name: "wrong")
            try await bench.expect(["TAB001"], in: wrong)
            try await bench.expect(["TAB001"], in: bench.link([wrong], to: "wrong"))
        }
    }

    @Test("two entries of the short form are two, not one of the long form")
    func shortBugEntries() async throws {
        try await Workbench.run { bench in
            let source = """
                    .text
                    .globl f
                    .type f,@function
                f:  mc 0(%r0),0
                g:  mc 0(%r0),0
                    br %r14
                    .size f,.-f
                    .section __bug_table,"aw"
                    .long f - .
                    .short 1, 0
                    .long g - .
                    .short 1, 0
                """
            let report = try await bench.report(bench.assemble(source))
            #expect(report.findings.filter { $0.rule.hasPrefix("TAB") }.isEmpty)
            #expect(report.totals.first { $0.family == "TAB" }?.counts.first == .init("bugs", "bug entries", 2))
        }
    }

    @Test("a module whose sections were left with addresses is read as any other")
    func sectionsWithAddresses() async throws {
        try await Workbench.run { bench in
            let script = "SECTIONS { .text 0 : { *(.text) } __bug_table 0x14 : { *(__bug_table) } }"
            try AtomicFile.write(script, to: bench.folder.appending("module.lds"))
            for (address, expected): (String, Set<String>) in [("f", []), ("0b", ["TAB001"])] {
                _ = try await bench.assemble(Self.bug(address), name: "part")
                try await bench.command("s390x-linux-gnu-ld", ["-r", "-T", "module.lds", "-o", "module.o", "part.o"])
                let headers = try await bench.command("s390x-linux-gnu-readelf", ["-SW", "module.o"])
                #expect(headers.contains(#/__bug_table +PROGBITS +0*14 /#))
                try await bench.expect(expected, in: bench.folder.appending("module.o"))
            }
        }
    }

    private static func jump(_ target: String) -> String {
        """
            .text
            .globl f
            .type f,@function
        f:  brcl 0,1f
            br %r14
        1:  lghi %r2,1
            br %r14
            .size f,.-f
            .section __jump_table,"aw"
            .balign 8
            .long f - ., \(target) - .
            .quad key - .
            .data
            .balign 8
        key: .quad 0, 0
        """
    }

    @Test("a jump entry whose target is not the branch's is told")
    func jumpTable() async throws {
        try await Workbench.run { bench in
            try await bench.expect([], in: bench.assemble(Self.jump("1b")))
            try await bench.expect(["TAB005"], in: bench.assemble(Self.jump("(f+6)"), name: "wrong"))
        }
    }

    @Test("a static branch without an entry is told; the tracer's instruction of no distance is none")
    func missingJumpEntry() async throws {
        func source(_ entry: String) -> String {
            """
            struct key { long enabled, type; } key __attribute__((aligned(8)));
            static inline int branch(struct key *key) {
                asm goto("0: brcl 0,%l[on]\\n" \(entry) : : "X" (key) : : on);
                return 0;
            on: return 1;
            }
            static inline int whole(void) {
                asm goto("0: brcl 0,%l[on]\\n"
                    ".pushsection __jump_table,\\"aw\\"\\n.balign 8\\n.long 0b-.,%l[on]-.\\n.quad key-.\\n.popsection\\n"
                    : : : : on);
                return 0;
            on: return 1;
            }
            int f(void) { asm("brcl 0,0"); return whole() * 7; }
            int g(void) { return branch(&key) * 9; }
            """
        }
        let entry =
            #"".pushsection __jump_table,\"aw\"\n.balign 8\n.long 0b-.,%l[on]-.\n.quad key-.\n.popsection\n""#
        try await Workbench.run { bench in
            try await bench.expect([], in: bench.c(source(entry)))
            try await bench.expect(["TAB011"], in: bench.c(source("\"\""), name: "wrong"))
        }
    }

    // MARK: Layouts

    private static func pair(_ fields: String) -> String {
        """
        #[allow(non_camel_case_types)]
        #[repr(C)] pub struct pair { \(fields) }
        #[no_mangle] pub extern "C" fn probe(_x: *const pair) -> u64 { 3 }
        """
    }

    private func joined(_ bench: Workbench, _ c: String, _ rust: String) async throws -> FilePath {
        _ = try await bench.c(c, ["-g", "-fno-eliminate-unused-debug-types"])
        _ = try await bench.rust(rust, ["-Cdebuginfo=2", "--crate-name=bindings"])
        try await bench.command("s390x-linux-gnu-ld", ["-r", "-o", "both.o", "c.o", "rust.o"])
        return bench.folder.appending("both.o")
    }

    @Test("a bindgen type one field short is told, and its whole twin is verified")
    func shortType() async throws {
        try await Workbench.run { bench in
            let c = "struct pair { unsigned a; unsigned long b; }; struct pair p;"
            let right = try await bench.report(joined(bench, c, Self.pair("pub a: u32, pub b: u64")))
            #expect(right.isClean)
            let layout = try #require(right.totals.first { $0.family == "LAY" })
            #expect(layout.counts.contains(.init("types.verified", "verified", 1)))
            #expect(layout.counts.contains(.init("fields", "fields", 2)))
            try await bench.expect(["LAY001", "LAY004"], in: joined(bench, c, Self.pair("pub a: u32")))
        }
    }

    @Test("a packed and aligned record that bindgen gets wrong is told")
    func packedAndAligned() async throws {
        try await Workbench.run { bench in
            let header = """
                struct inner { unsigned char a; unsigned long b; } __attribute__((packed, aligned(4)));
                struct outer { unsigned char c; struct inner inner; } __attribute__((packed));
                """
            try AtomicFile.write(header, to: bench.folder.appending("fixture.h"))
            let generated = try await bench.command(
                "bindgen",
                [
                    "fixture.h", "--no-layout-tests", "--use-core", "--no-derive-debug", "--no-derive-copy", "--",
                    "--target=s390x-linux-gnu",
                ])
            let rust = """
                #[allow(non_camel_case_types)]
                \(generated.replacing("::core::ffi::c_uchar", with: "u8").replacing("::core::ffi::c_ulong", with: "u64"))
                #[no_mangle] pub extern "C" fn probe(_x: *const inner, _y: *const outer) -> u64 { 3 }
                """
            let both = try await joined(bench, header + "struct inner i; struct outer o;", rust)
            try await bench.expect(["LAY002"], in: both)
        }
    }

    // MARK: Producers

    @Test("objects of two versions of rustc in one image are told")
    func mixedCompilers() async throws {
        try await Workbench.run { bench in
            let first = try await bench.rust(Self.rustCalls, ["-Cdebuginfo=1"])
            let second = try await bench.rust(
                Self.rustCalls.replacing("chain", with: "other"), ["-Cdebuginfo=1"], name: "second")
            try await bench.expect([], in: bench.link([first, second]))
            // No second rustc is at hand: another version stands in the record that the first one wrote.
            let text = String(decoding: try Files.bytes(second), as: Unicode.ASCII.self)
            let version = try #require(text.firstMatch(of: /rustc version 1\.(\d\d)\.\d/)).output.1
            try await bench.command(
                "sed",
                ["-i", "s/rustc version 1.\(version)/rustc version 1.\(version == "85" ? "86" : "85")/", "second.o"])
            try await bench.expect(["PRD004"], in: bench.link([first, second], to: "mixed"))
        }
    }

    @Test("C without the kernel's flags is told by its own record")
    func producers() async throws {
        try await Workbench.run { bench in
            try await bench.expect([], in: bench.c("int x = 1;", ["-g"]))
            try await bench.expect(["PRD001"], in: bench.c("int x = 1;", ["-g", "-mno-packed-stack"], name: "w"))
        }
    }
}
