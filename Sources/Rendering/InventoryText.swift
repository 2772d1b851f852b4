// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// An inventory as text of 80 columns.
struct InventoryText {
    let report: InventoryReport
    let style: Style

    private static let roleWidth = 20

    var text: String {
        var page = TerminalPage(style: style)
        for inventory in report.inventories {
            page.gap()
            page.paragraph("Tools of \(inventory.place)", .strong)
            if inventory.tools.isEmpty { page.paragraph("none was found", .caution, indent: 2) }
            for tool in inventory.tools { self.tool(tool, isOnPath: inventory.isOnPath, on: &page) }
        }
        for (number, diagnosis) in report.diagnoses.enumerated() {
            let before = number > 0 ? report.diagnoses[number - 1].tree : nil
            if before != diagnosis.tree {
                page.gap()
                page.paragraph("\(diagnosis.tree) (Linux \(diagnosis.version))", .strong)
            }
            self.diagnosis(diagnosis, on: &page)
        }
        return page.text
    }

    private func tool(_ tool: InventoriedTool, isOnPath: Bool, on page: inout TerminalPage) {
        page.paragraph(
            tool.said.isEmpty ? Self.words(tool.answer) : tool.said, tool.answer == .version ? nil : .bad, indent: 2,
            hanging: Self.roleWidth + 2, lead: tool.role.rawValue, most: 2)
        func more(_ text: String, _ role: Style.Role? = .quiet) {
            page.paragraph(text, role, indent: Self.roleWidth + 2, hanging: Self.roleWidth + 4, most: 4)
        }
        let owner =
            tool.toolchain.map { ", rustup's \($0)" } ?? tool.package.map { ", \($0) \(tool.packageVersion ?? "")" }
            ?? ""
        more("\(tool.path)\(owner), SHA-256 \(tool.sha256?.short ?? "unknown")")
        if tool.answer != .version, !tool.said.isEmpty { more(Self.words(tool.answer), .bad) }
        if let variables = tool.makeVariables(isOnPath: isOnPath), !variables.isEmpty {
            more("for \(tool.machine ?? "an unknown machine"): make ARCH=s390 \(variables)")
        }
        if let library = tool.libclang {
            more("loads libclang \(library.version ?? "of an unknown version"): \(library.path ?? "not found")")
        }
        for ability in tool.abilities {
            let role: Style.Role = ability.verdict == .yes ? .good : ability.verdict == .no ? .bad : .caution
            page.paragraph(
                "\(Self.title(ability.kind)): \(ability.note)", role, indent: Self.roleWidth + 2,
                hanging: Self.roleWidth + 6, lead: Self.mark(ability.verdict), leadRole: role, most: 3)
        }
    }

    private func diagnosis(_ diagnosis: ToolDiagnosis, on page: inout TerminalPage) {
        let compiler = "\(diagnosis.rustc ?? "no rustc") of \(diagnosis.place)"
        page.paragraph(
            compiler, indent: 2, hanging: 14, lead: diagnosis.isUsable ? "usable" : "not usable",
            leadRole: diagnosis.isUsable ? .good : .bad)
        if let cause = diagnosis.cause { page.paragraph(cause, indent: 14, hanging: 20, lead: "cause") }
        for (number, mend) in (diagnosis.mend ?? "").split(separator: "\n").enumerated() {
            page.paragraph(String(mend), indent: 14, hanging: 20, lead: number == 0 ? "mend" : "")
        }
        if let variables = diagnosis.makeVariables, diagnosis.isUsable {
            page.paragraph("ARCH=s390 \(variables)", indent: 14, hanging: 20, lead: "make")
        }
        for note in diagnosis.notes { page.paragraph(note, .quiet, indent: 14, hanging: 20, lead: "note", most: 4) }
    }

    private static func words(_ answer: InventoriedTool.Answer) -> String {
        switch answer {
        case .version: "says its version"
        case .error: "ends with an error"
        case .silence: "prints nothing"
        case .none: "does not answer"
        }
    }

    private static func mark(_ verdict: Ability.Verdict) -> String {
        switch verdict {
        case .yes: "yes"
        case .no: "no"
        case .unknown: "?"
        }
    }

    private static func title(_ kind: Ability.Kind) -> String {
        switch kind {
        case .packedRust, .packedC: "packed frames"
        case .core: "core library"
        case .records: "C records"
        case .packedAligned: "packed and aligned"
        case .objectReading: "Rust objects"
        }
    }
}
