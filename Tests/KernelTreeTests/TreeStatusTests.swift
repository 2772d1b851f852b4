// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import KernelTree
import Records
import SystemPackage
import TestSupport
import Testing

@Suite struct TreeStatusTests {
    /// A tree that has every piece, in as few lines as show it.
    private static let complete: [String: String] = [
        "arch/s390/Kconfig":
            "config S390\n\tdef_bool y\n\tselect HAVE_RUST if !EXPOLINE\nconfig MARCH_Z13\n\tbool \"z13\"\nconfig MARCH_Z13_TUNE\n\tbool \"z13\"\n",
        "arch/Kconfig": "config HAVE_RUST\n\tbool\n",
        "init/Kconfig": "config RUST\n\tbool \"Rust support\"\n",
        "arch/s390/Makefile": """
        KBUILD_RUSTFLAGS += --target=s390x-unknown-none-softfloat -Zpacked-stack \\
        \t-Ctarget-feature=+backchain
        march-name-$(CONFIG_MARCH_Z13) := z13
        KBUILD_RUSTFLAGS += -Ctarget-cpu=$(march-name-y)

        """,
        "rust/Makefile": "BINDGEN_TARGET_x86 := x86_64-linux-gnu\nBINDGEN_TARGET_s390 := s390x-linux-gnu\n",
        "rust/bindgen_parameters": "--opaque-type desc_struct\n--opaque-type lowcore\n--opaque-type uv_cb.*\n",
        "rust/bindings/bindings_helper.h": "#include <linux/top.h>\n",
        "include/linux/top.h": "#include <asm/lowcore.h>\n",
        "arch/s390/include/asm/lowcore.h": """
        #include <asm/uv.h>
        struct subchannel_id { __u32 a : 8; __u32 b : 24; } __attribute__ ((packed, aligned(4)));
        /* struct commented { struct subchannel_id id; } __packed; */
        struct lowcore {
        \tunsigned long x; /* 0x0 */
        \tstruct subchannel_id id;
        } __packed __aligned(8192);
        struct pointing { struct subchannel_id *id; } __packed;
        struct plain { struct subchannel_id id; };
        """,
        "arch/s390/include/asm/uv.h":
            "struct uv_cb_header { u16 len; } __packed __aligned(8);\nstruct uv_cb_init { struct uv_cb_header header; u64 x; } __packed __aligned(8);\n",
        "arch/s390/include/asm/unseen.h":
            "#include <asm/lowcore.h>\nstruct unseen { struct subchannel_id id; } __packed;\n",
        "arch/s390/include/asm/bug.h":
            "#define ARCH_WARN_ASM(file, line, flags, size) \"mc\"\n#define ARCH_WARN_REACHABLE\n",
        "arch/s390/include/asm/jump_label.h": "#define ARCH_STATIC_BRANCH_ASM(key, label) \\\n\t\"brcl\"\n",
        "arch/s390/include/asm/string.h":
            "static inline void *memchr(const void * s, int c, size_t n)\n{\n}\nstatic inline int unused_by_rust(void)\n{\n}\n",
        "rust/kernel/generated_arch_warn_asm.rs.S": "::kernel::concat_literals!(ARCH_WARN_ASM(\"{file}\"))\n",
        "rust/kernel/generated_arch_reachable_asm.rs.S": "::kernel::concat_literals!(ARCH_WARN_REACHABLE)\n",
        "rust/kernel/generated_arch_static_branch_asm.rs.S":
            "::kernel::concat_literals!(ARCH_STATIC_BRANCH_ASM(\"x\"))\n",
        "rust/kernel/str.rs": "fn f() { unsafe { bindings::memchr(a, 0, 1) }; bindings::other(); }\n",
        "rust/helpers/string.c": "__rust_helper void *rust_helper_memchr(const void *s, int c, size_t n)\n",
        "scripts/min-tool-version.sh":
            "case \"$1\" in\nrustc)\n\tif [ \"$SRCARCH\" = \"s390\" ]; then\n\t\techo 1.96.0\n\telse\n\t\techo 1.85.0\n\tfi\n\t;;\nbindgen)\n\techo 0.71.1\n\t;;\nesac\n",
        "Documentation/rust/arch-support.rst":
            "``s390``       Maintained        ``CONFIG_EXPOLINE`` must be disabled.\n",
    ]

    private func status(_ changes: [String: String]) async throws -> [String: TreePiece] {
        try await withTemporaryFolder { folder in
            let files = Self.complete.merging(changes) { $1 }
            let status = try SmallTree.write(files, to: folder).status()
            return Dictionary(uniqueKeysWithValues: status.pieces.map { ($0.identifier, $0) })
        }
    }

    @Test func `a complete tree is ready, and each piece shows where it is`() async throws {
        try await withTemporaryFolder { folder in
            let status = try SmallTree.write(Self.complete, to: folder).status()
            #expect(status.pieces.filter { $0.state != .present }.map(\.identifier) == [])
            #expect(status.isReady)
            for piece in status.pieces {
                #expect(!piece.evidence.isEmpty, "\(piece.identifier)")
                for evidence in piece.evidence {
                    let lines = try Files.text(folder.pushing(FilePath(evidence.file))).split(
                        separator: "\n", omittingEmptySubsequences: false)
                    let start =
                        lines[evidence.line - 1].split(whereSeparator: \.isWhitespace).first.map(String.init) ?? "-"
                    #expect(evidence.text.hasPrefix(start), "\(evidence.file):\(evidence.line)")
                }
            }
            #expect(status.pieces[0].note?.hasPrefix("only if !EXPOLINE") == true)
        }
    }

    @Test func `an empty kernel has none of it`() async throws {
        try await withTemporaryFolder { folder in
            let status = try SmallTree.write([:], to: folder).status()
            #expect(!status.isReady)
            #expect(status.pieces.first?.state == .absent)
            #expect(status.pieces.first?.note == "the tree has no Rust support at all, on any architecture")
        }
    }

    @Test func `what is half there is partial and says what is missing`() async throws {
        let flags = try await status([
            "arch/s390/Makefile": "KBUILD_RUSTFLAGS += --target=s390x-unknown-none-softfloat\n# -Zpacked-stack\n"
        ])
        #expect(flags["compiler-flags"]?.state == .partial)
        #expect(flags["compiler-flags"]?.note == "not in KBUILD_RUSTFLAGS: -Zpacked-stack, -Ctarget-feature=+backchain")
        #expect(flags["target-cpu"]?.state == .absent)
        let machines = try await status([
            "arch/s390/Kconfig":
                "config S390\n\tselect HAVE_RUST\nconfig MARCH_Z13\n\tbool \"z13\"\nconfig MARCH_Z17\n\tbool \"z17\"\n"
        ])
        #expect(machines["target-cpu"]?.state == .partial)
        #expect(machines["target-cpu"]?.note == "no processor is named for MARCH_Z17")
        #expect(machines["kconfig-capability"]?.state == .present)
        let opaque = try await status(["rust/bindgen_parameters": "--opaque-type lowcore\n"])
        #expect(opaque["opaque-types"]?.state == .partial)
        #expect(opaque["opaque-types"]?.note?.hasSuffix(": uv_cb_init") == true)
        #expect(
            opaque["opaque-types"]?.evidence.map(\.file) == ["rust/bindgen_parameters", "arch/s390/include/asm/uv.h"])
        let unread = try await status(["rust/bindgen_parameters": "--opaque-type lowcore\n--opaque-type uv_(?i)cb.*\n"])
        #expect(unread["opaque-types"]?.state == .partial)
        #expect(
            unread["opaque-types"]?.note?.hasSuffix("unknown: whether a pattern that can't be read names them") == true)
        #expect(unread["opaque-types"]?.evidence.contains { $0.text == "--opaque-type uv_(?i)cb.*" } == true)
        let warn = try await status(["arch/s390/include/asm/bug.h": "#define ARCH_WARN_ASM(a) \"x\"\n"])
        #expect(warn["warn-assembly"]?.state == .partial)
        #expect(warn["warn-assembly"]?.note == "missing: ARCH_WARN_REACHABLE in arch/s390/include/asm/bug.h")
        let target = try await status(["rust/Makefile": "BINDGEN_TARGET_s390 := x86_64-linux-gnu\n"])
        #expect(target["bindgen-target"]?.state == .partial)
    }

    @Test func `what is missing is absent, and what no Rust code uses is not needed`() async throws {
        let helper = try await status(["rust/helpers/string.c": "\n"])
        #expect(helper["helpers"]?.state == .absent)
        #expect(helper["helpers"]?.note?.hasSuffix(": memchr") == true)
        let branch = try await status([
            "arch/s390/include/asm/jump_label.h": "", "rust/kernel/generated_arch_static_branch_asm.rs.S": "",
        ])
        #expect(branch["static-branch-assembly"]?.state == .absent)
        #expect(branch["static-branch-assembly"]?.isNeeded == false)
        let tools = try await status([
            "scripts/min-tool-version.sh": "case \"$1\" in\nrustc)\n\techo 1.78.0\n\t;;\nesac\n"
        ])
        #expect(tools["minimum-tools"]?.state == .absent)
        let later = try await status([
            "scripts/min-tool-version.sh": "case \"$1\" in\nrustc)\n\techo 1.99.0\n\t;;\nesac\n"
        ])
        #expect(later["minimum-tools"]?.state == .present)
        let documents = try await status(["Documentation/rust/arch-support.rst": "``x86``  Maintained\n"])
        #expect(documents["documentation"]?.state == .absent)
    }

    @Test func `a tree whose Rust code warns without a word on reachability is complete`() async throws {
        let warn = try await status([
            "arch/s390/include/asm/bug.h": "#define ARCH_WARN_ASM(file, line, flags, size) \"mc\"\n",
            "rust/kernel/generated_arch_reachable_asm.rs.S": "",
        ])["warn-assembly"]
        #expect(warn?.state == .present)
        #expect(
            warn?.evidence.map(\.file) == [
                "arch/s390/include/asm/bug.h", "rust/kernel/generated_arch_warn_asm.rs.S",
            ])
    }

    @Test(.integration) func `the 7.3 kernel has all of it`() async throws {
        let status = try await RealThings.kernelTree("7.3").status()
        #expect(status.pieces.filter { $0.state != .present }.map(\.identifier) == [])
        #expect(status.pieces.count == 10)
        let opaque = status.pieces.first { $0.identifier == "opaque-types" }
        // What is derived from the headers is what the kernel's developers found by trying.
        for name in ["lowcore", "tod_clock", "tpi_info", "uv_cb.*", "uv_secret.*", "zpci_fib"] {
            #expect(opaque?.evidence.contains { $0.text == "--opaque-type \(name)" } == true, "\(name)")
        }
    }

    @Test(.integration) func `the 6.12 kernel lacks it`() async throws {
        let status = try await RealThings.kernelTree("6.12").status()
        #expect(!status.isReady)
        let absent = status.pieces.filter { $0.state == .absent }.map(\.identifier)
        #expect(
            absent.contains("kconfig-capability") && absent.contains("compiler-flags")
                && absent.contains("bindgen-target"))
        let helpers = status.pieces.first { $0.identifier == "helpers" }
        #expect(helpers?.note?.hasSuffix(": memchr, strlen") == true)
        #expect(status.pieces.first { $0.identifier == "warn-assembly" }?.isNeeded == false)
    }
}
