// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Machines

/// Answers of machines, which are somebody else's bytes.
@Suite struct MachineProbeTests {
    private let probe = MachineProbe(mark: "mark")

    private func answer(_ more: String = "", sysinfo: String? = nil) throws -> String {
        let text = try sysinfo ?? SysinfoTextTests.text("z14-lpar")
        let lines = text.split(separator: "\n").map { "sysinfo=\($0)" }.joined(separator: "\n")
        return """
            mark begin
            architecture=s390x
            release=6.12.117-bessemer-rust
            \(lines)
            version=Linux version 6.12.117
            notes=0000000400000014000000034e474e5500112233445566778899aabbccddeeff0011223344
            facilities=0 1 2 156 9999999 x -1
            loaded.type=ccw
            loaded.device=0.0.0120
            loaded.parameter=
            next.type=ccw
            next.device=0.0.0120
            next.parameter=2
            secure=0
            taint=4096
            boot=0a1b
            \(more)
            mark end

            """
    }

    private func read(_ text: String) -> (outcome: MachineLook.Outcome, reason: String?, state: MachineState?) {
        probe.read(Array(text.utf8))
    }

    @Test func `a whole answer is read, behind a banner and through a terminal, too`() throws {
        for text in [
            try answer(), "Welcome!\nmark end\n" + (try answer()), try answer().replacing("\n", with: "\r\n"),
        ] {
            let (outcome, reason, state) = read(text)
            let seen = try #require(state)
            #expect(outcome == .seen && reason == nil)
            #expect(seen.identity.key == "3906-02-00000000000A1B2C/lpar-16")
            #expect(seen.facilities == [0, 1, 2, 156] && seen.hasEtoken == true)
            #expect(seen.loaded == .init(type: "ccw", device: "0.0.0120", parameter: nil))
            #expect(seen.next?.parameter == "2" && seen.isSecure == false && seen.taint == 4096)
            #expect(seen.buildID == nil && seen.notes != nil)
        }
    }

    @Test(arguments: [
        ("", "without what was asked for"), ("login: ", "without what was asked for"),
        ("mark begin\narchitecture=s390x\n", "is cut off"), ("mark begin\nmark end\n", "does not say what it is"),
        ("mark end\nmark begin\n", "is cut off"),
        ("mark begin\narchitecture=s390x\nrelease=6\nmark end\n", "is empty or missing"),
    ])
    func `what is not an answer is garbled`(_ text: String, _ reason: String) {
        let found = read(text)
        #expect(found.outcome == .garbled && found.state == nil)
        #expect(found.reason?.contains(reason) == true, "\(found.reason ?? "")")
    }

    @Test func `long, foreign and other machines' answers are not taken`() throws {
        let long = try answer(String(repeating: "x=1\n", count: 20_000))
        #expect(read(long).outcome == .garbled)
        let line = try answer(sysinfo: "LPAR Name: " + String(repeating: "A", count: 60_000))
        #expect(read(line).outcome == .garbled)
        let other = try answer().replacing("architecture=s390x", with: "architecture=x86_64")
        #expect(read(other).outcome == .notS390x)
        // EBCDIC, as z/OS would answer.
        #expect(probe.read([0x94, 0x81, 0x99, 0x92, 0x40, 0x82, 0x15, 0xFF, 0xC3]).outcome == .garbled)
        let escapes = try answer().replacing("release=6.12.117-bessemer-rust", with: "release=\u{1B}[31m6.12")
        #expect(read(escapes).outcome == .seen)
    }

    @Test func `the script asks this host's shell, without root`() async throws {
        let outcome = try await Command("sh", ["-s"]).capture(
            limit: MachineProbe.largest + 1, deadline: .seconds(60), input: probe.script)
        #expect(outcome.succeeded)
        #expect(outcome.output.hasPrefix("mark begin\n") && outcome.output.hasSuffix("\nmark end\n"))
        #expect(outcome.error.isEmpty || !outcome.error.contains("not found"), "\(outcome.error)")
        let answer = probe.read(outcome.bytes)
        #expect(answer.outcome == .notS390x || answer.outcome == .seen)
    }
}
