// SPDX-License-Identifier: Apache-2.0
import Host
import Records
import Testing

@testable import Documents
@testable import Toolchain

@Suite struct InventoryTextTests {
    private func tool(_ said: String, _ answer: InventoriedTool.Answer = .version) -> InventoriedTool {
        InventoriedTool(
            role: .rustCompiler, path: "/opt/\(String(repeating: "long/", count: 30))rustc", file: "/opt/rustc",
            answer: answer, said: said, package: nil, packageVersion: nil, toolchain: "nightly", isShim: false,
            sha256: Digest(of: "x"),
            abilities: [Ability(.packedRust, .no, "error: unknown unstable option: `packed-stack`")])
    }

    private func text(_ tools: [InventoriedTool]) throws -> String {
        let inventory = ToolInventory(location: "this host", tools: tools)
        let diagnoses = inventory.diagnoses(
            for: ToolRequirements(
                tree: "7.3", version: "7.3.4",
                minimum: MinimumTools(rustc: "1.96.0", bindgen: "0.71.1", llvm: "17.0.1"),
                hasSupport: true))
        return try shown(InventoryReport(inventories: [inventory], diagnoses: diagnoses))
    }

    @Test func `names the cause and the remedy of what is not usable`() throws {
        let text = try text([tool("rustc 1.95.0 (59807616e 2026-04-14)")])
        #expect(text.contains("not usable"))
        #expect(text.contains("cause: rustc 1.95.0 has no -Zpacked-stack"))
        #expect(text.contains("how to fix it: rustup toolchain install 1.96.0"))
    }

    @Test(arguments: ["rustc 1.95.0 \u{1b}[31mred\u{7}", String(repeating: "ü", count: 5000), "", "\u{202e}evil"])
    func `what a tool says can't leave its place`(said: String) throws {
        let lines = try text([tool(said), tool(said, .error)]).split(separator: "\n")
        #expect(!lines.contains { $0.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202e } })
        #expect(lines.allSatisfy { $0.count <= 80 || $0.contains("/opt/") })
    }
}
