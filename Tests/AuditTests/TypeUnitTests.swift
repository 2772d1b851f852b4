// SPDX-License-Identifier: Apache-2.0
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Audit

/// Types that the compiler puts in units of their own.
@Suite(.integration) struct TypeUnitTests {
    @Test("nameless records of an object's type units have their typedefs' names", arguments: ["4", "5"])
    func typedefs(version: String) async throws {
        try await Workbench.run { bench in
            let file = try await bench.c(
                """
                typedef struct { int counter; } atomic_t;
                typedef union { int i; long l; } either_t;
                struct pair { atomic_t a; either_t *b; } pair;
                """, ["-gdwarf-\(version)", "-fdebug-types-section"])
            for (name, size) in [("atomic_t", 4), ("either_t", 8), ("struct pair", 16)] as [(String, UInt64)] {
                let sheets = try Audit.layouts(of: name, in: file.string)
                #expect(sheets.count == 1)
                #expect(sheets.first?.c?.size == size, "\(name)")
            }
        }
    }
}
