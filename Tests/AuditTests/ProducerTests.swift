// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Audit

struct ProducerTests {
    @Test(arguments: [
        ("GNU C11 14.2.0 -m64 -mpacked-stack -march=z13 -O2", "GCC 14.2.0"),
        ("GNU AS 2.44.0", "GNU as 2.44.0"),
        ("clang LLVM (rustc version 1.96.1 (8f7cdbc9f 2026-06-01))", "rustc 1.96.1 (8f7cdbc9f 2026-06-01)"),
        ("rustc 1.96.1 (8f7cdbc9f 2026-06-01) (built from a source tarball)", "rustc 1.96.1 (8f7cdbc9f 2026-06-01)"),
        ("clang LLVM (rustc version 1.96.1)", "rustc 1.96.1"),
        ("GNU C11 13.3.1 20240807 (Red Hat 13.3.1-1) -m64", "GCC 13.3.1 20240807 (Red Hat 13.3.1-1)"),
        (
            "clang LLVM (rustc version 1.98.0-nightly (8f7cdbc9f 2026-05-19))",
            "rustc 1.98.0-nightly (8f7cdbc9f 2026-05-19)"
        ),
        ("Debian clang version 19.1.7 (3+b1)", "clang 19.1.7 (3+b1)"),
        ("GCC: (Debian 14.2.0-19) 14.2.0", "GCC 14.2.0"),
        ("GCC: (GNU) 13.3.1 20240807 (Red Hat 13.3.1-1)", "GCC 13.3.1 20240807 (Red Hat 13.3.1-1)"),
        ("GCC: (Ubuntu 13.3.0-6ubuntu2~24.04) 13.3.0", "GCC 13.3.0"),
        ("GCC: (SUSE Linux) 15.1.1 20250714", "GCC 15.1.1 20250714"),
        ("GCC: (", "GCC "),
        ("", ""),
    ])
    func compilersTellTheirNameAndVersion(text: String, name: String) {
        #expect(Producer(text).text == name)
    }

    @Test func aLaterFlagTakesAnEarlierOneBack() {
        #expect(Producer("GNU C11 14.2.0 -mpacked-stack -msoft-float").has("-mpacked-stack"))
        #expect(!Producer("GNU C11 14.2.0 -mpacked-stack -mno-packed-stack").has("-mpacked-stack"))
        #expect(!Producer("GNU C11 14.2.0 -msoft-float -mhard-float").has("-msoft-float"))
        #expect(!Producer("GNU C11 14.2.0").has("-mbackchain"))
        #expect(Producer("GNU C11 14.2.0 -march=z13 -march=z15").march == "z15")
    }
}
