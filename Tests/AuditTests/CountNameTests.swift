// SPDX-License-Identifier: Apache-2.0
import ByteKit
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Audit

@Suite struct CountNameTests {
    @Test func `a count of a record from before counts had identifiers is read, and goes by its words`() throws {
        let text = #"{"count":3,"label":"returns in C, unprotected"}"#
        let old = try JSONDecoder().decode(RuleOutcome.Count.self, from: Data(text.utf8))
        #expect(old.name.identifier == nil && old.label == "returns in C, unprotected" && old.count == 3)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        #expect(String(decoding: try encoder.encode(old), as: UTF8.self) == text)
        #expect([old, old].summed.map(\.count) == [6])
    }

    @Test func `a count is of the same where its identifier is, whatever its words`() throws {
        let one = RuleOutcome.Count("returns.c.unprotected", "returns in C, unprotected", 3)
        let other = RuleOutcome.Count("returns.c.unprotected", "unprotected returns in C", 4)
        #expect(one.name == other.name)
        #expect([one, .init("returns.c.protected", "protected", 1), other].summed.map(\.count) == [7, 1])
        let again = try JSONDecoder().decode(RuleOutcome.Count.self, from: JSONEncoder().encode(one))
        #expect(again == one)
    }

    @Test func `a compiler becomes a part of an identifier`() {
        #expect(CountName.part("GCC 14.2.0 (Debian 14.2.0-19)") == "gcc-14.2.0-debian-14.2.0-19")
        #expect(CountName.part("") == "unknown")
    }

    @Test func `what a policy may name stays as it is`() throws {
        let bytes = Bytes(try Files.bytes(RealThings.repository.appending("Tests/Corpus/Audit/mixed")))
        let file = Audit(options: AuditOptions(), jobs: 1).report(on: bytes, name: "mixed")
        let names = file.outcomes.map { outcome in
            "\(outcome.family): " + outcome.counts.compactMap(\.name.identifier).joined(separator: " ")
        }
        #expect(
            names == [
                "LAY: types fields alignments types.verified-through-parents types.unmatched types.mismatched c-types",
                "TAB: bugs bugs.unknown static-branches exceptions alternatives trace-locations",
                "FRM: functions functions.c.leaves functions.c.packed-with-backchain functions.rust.leaves "
                    + "functions.rust.packed-with-backchain functions.unknown.leaves",
                "ISA: functions instructions",
                "BRN: indirect-calls.c.unprotected returns.c.unprotected returns.rust.unprotected "
                    + "returns.unknown.unprotected", "PRD: units.gcc-14.2.0 units.rustc-1.96.1-31fca3adb-2026-06-26",
                "MOD: ",
            ])
        for outcome in file.outcomes { #expect(Set(outcome.counts.map(\.name)).count == outcome.counts.count) }
        #expect(
            file.units.compactMap(\.name.identifier) == [
                "units.c.gcc-14.2.0", "units.rust.rustc-1.96.1-31fca3adb-2026-06-26",
            ])
    }
}
