// SPDX-License-Identifier: Apache-2.0
import Host
import Records
import Testing

@testable import CMDB

/// A shop's CMDBs, in a file that people write.
@Suite struct CMDBSettingsTests {
    private func fault(_ text: String) -> String? {
        do {
            _ = try CMDBSettings(Array(text.utf8))
            return nil
        } catch {
            return (error as? Failure).map { "\($0.code) \($0.message)" }
        }
    }

    @Test func `what init writes can be read, also with its comments taken off`() throws {
        #expect(
            try CMDBSettings(Array(CMDBSettings.standard.utf8)).targets.keys.sorted() == ["files"])
        let whole = CMDBSettings.standard.split(separator: "\n").map { line in
            line.hasPrefix("  # ") && !line.contains("Two CSV") && !line.contains("A Nautobot")
                && !line.contains("A ServiceNow")
                ? "  " + line.dropFirst(4) : String(line)
        }.joined(separator: "\n")
        let settings = try CMDBSettings(Array(whole.utf8))
        #expect(settings.targets.keys.sorted() == ["files", "nautobot", "servicenow"])
        #expect(settings.targets["servicenow"]?.serviceNow?.columns == ["verdict": "u_kernel_verdict"])
        #expect(settings.targets["servicenow"]?.user == "bessemer")
        #expect(settings.retireAfter == 3)
    }

    @Test(
        arguments: [
            ("targets: []", "at least one"),
            ("targets:\n- name: a\n  type: csv\n  folder: x\n  url: y\n", ":5: there is no key"),
            ("targets:\n- name: a\n  type: csv\n  folder: x\n- name: a\n  type: csv\n  folder: y\n", "two targets"),
            ("targets:\n- name: a\n  type: nautobot\n  url: https://a\n", "token-file"),
            ("targets:\n- name: a\n  type: nautobot\n  url: https://a\n  token: secret\n", "no key `targets[1].token`"),
            ("targets:\n- name: a\n  type: glpi\n", "may have nautobot, servicenow, csv"),
            ("targets:\n- name: ../a\n  type: csv\n  folder: x\n", "letters, digits"),
            (
                "targets:\n- name: a\n  type: servicenow\n  url: https://a\n  token-file: t\n  data-source: B\n"
                    + "  columns:\n    verdict: serial_number\n", "serial_number are not written"
            ),
            (
                "targets:\n- name: a\n  type: servicenow\n  url: https://a\n  token-file: t\n  data-source: B\n"
                    + "  endpoint: https://elsewhere.example/x\n", "has to be a path"
            ),
        ]) func `a fault is refused with its line`(_ text: String, _ words: String)
    {
        let found = fault(text)
        #expect(found?.hasPrefix("cmdb.settings") == true && found?.contains(words) == true, "\(found ?? "read")")
    }

    @Test(arguments: [
        "http://cmdb.example", "ftp://cmdb.example", "https://user:pw@cmdb.example", "https://", "https://a/?x=1",
        "https://a\" -o /tmp/x", "cmdb.example", "http://127.evil.example", "http://127.0.0.1.nip.example",
    ]) func `a credential is sent to no such address`(_ address: String) {
        #expect(throws: Failure.self) { try WebClient(address, authorization: "Token x") }
    }

    @Test func `one on this machine need not be encrypted`() throws {
        #expect(try WebClient("http://127.0.0.1:8080/", authorization: "Token x").address == "http://127.0.0.1:8080")
        #expect(
            try WebClient("https://cmdb.example/base/", authorization: "Token x").address == "https://cmdb.example/base"
        )
        #expect(throws: Failure.self) { try WebClient("https://a", authorization: "Token x\nHost: b") }
    }
}
