// SPDX-License-Identifier: Apache-2.0
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Audit

/// Rust's types beside the C types of another file.
@Suite(.integration) struct ForeignTypesTests {
    private static let c = """
        typedef struct { unsigned low : 3; unsigned high : 13; } flags_t;
        struct pair { unsigned a; struct { unsigned long b; }; enum { ONE = 1 } e; flags_t flags; };
        struct pair p;
        """

    private static func rust(_ b: String) -> String {
        """
        #[allow(non_camel_case_types)]
        #[repr(C)] pub struct pair { pub a: u32, pub b: \(b), pub e: u32, pub flags: u32 }
        #[no_mangle] pub extern "C" fn probe(_x: *const pair) -> u64 { 3 }
        """
    }

    private func counts(_ report: AuditReport) -> [RuleOutcome.Count] {
        report.totals.first { $0.family == "LAY" }?.counts ?? []
    }

    @Test("a module's Rust types are compared with a kernel's, told by DWARF or by BTF", arguments: ["-g", "-gbtf"])
    func kernelTypes(_ debug: String) async throws {
        try await Workbench.run { bench in
            let kernel = try await bench.c(Self.c, [debug, "-fno-eliminate-unused-debug-types"])
            var options = AuditOptions()
            let right = try await bench.rust(Self.rust("u64"), ["-Cdebuginfo=2", "--crate-name=bindings"])
            #expect(counts(try bench.report(right)).contains(.init("types.unmatched", "without a C type here", 1)))
            options.rules = ["LAY"]
            options.cTypes = try CTypes(path: kernel.string, jobs: 1)
            let report = try bench.report(right, options)
            #expect(report.isClean)
            #expect(counts(report).contains(.init("types.verified", "verified", 1)))
            #expect(counts(report).contains(.init("fields", "fields", 4)))
            #expect(counts(report).contains(.init("c-types.foreign", "names of C types from the other file", 1)))
            let wrong = try await bench.rust(
                Self.rust("u32"), ["-Cdebuginfo=2", "--crate-name=bindings"], name: "wrong")
            try await bench.expect(["LAY001", "LAY002", "LAY003"], in: wrong, options)
        }
    }

    @Test("one type of a file is shown from BTF, also where the file is nothing else")
    func sheets() async throws {
        try await Workbench.run { bench in
            let kernel = try await bench.c(Self.c, ["-gbtf"])
            let sheet = try #require(try Audit.layouts(of: "struct pair", in: kernel.string).first)
            try await bench.command(
                "s390x-linux-gnu-objcopy",
                ["-O", "binary", "-j", ".BTF", "--set-section-flags", ".BTF=alloc", "c.o", "c.btf"])
            let bare = try Audit.layouts(of: "pair", in: bench.folder.appending("c.btf").string)
            #expect(bare == [sheet])
            #expect(sheet.rows.compactMap(\.path) == ["a", "b", "e", "flags"])
        }
    }

    @Test("another machine's types are compared with nothing")
    func otherMachine() async throws {
        try await Workbench.run { bench in
            var options = AuditOptions()
            try AtomicFile.write(Self.c, to: bench.folder.appending("host.c"))
            try await bench.command("gcc", ["-g", "-c", "host.c", "-o", "host.o"])
            options.cTypes = try CTypes(path: bench.folder.appending("host.o").string, jobs: 1)
            let rust = try await bench.rust(Self.rust("u64"), ["-Cdebuginfo=2", "--crate-name=bindings"])
            let layout = try bench.report(rust, options).totals.first { $0.family == "LAY" }
            #expect(layout?.state == .unknown)
            #expect(layout?.reason?.contains("another machine") == true)
        }
    }
}
