// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// A plan of the way back, and a drill of it, in text.
struct RollbackText {
    let style: Style

    func text(of plan: RollbackPlan) -> String {
        var page = TerminalPage(style: style)
        page.paragraph(
            "The machine's own default stays until the GCC kernel has come up once and is promoted; the kernel with Rust is "
                + "chosen for one IPL.", .strong)
        for kernel in plan.kernels {
            page.gap()
            page.entry(kernel.role == .baseline ? "GCC only" : "With Rust", kernel.image.release)
            page.more(
                "menu entry \(kernel.role.menuNumber), \(Quantities.size(kernel.image.size)), SHA-256 "
                    + "\(kernel.image.sha256.short), \(kernel.image.isSigned ? "signed" : "not signed")"
                    + (kernel.modules.map { ", \(Quantities.count($0, "module"))" } ?? ""), .quiet)
            page.more(kernel.parameters)
        }
        page.gap()
        page.entry("To know", Quantities.count(plan.notes.count, "point"))
        for note in plan.notes { page.paragraph(note, indent: 2, hanging: 4) }
        page.gap()
        page.entry("Files", Quantities.count(plan.files.count, "file"))
        for file in plan.files { page.row([(file.path, 50, nil), (file.sha256.short, 0, .quiet)], indent: 2) }
        return page.text
    }

    func text(of drill: RollbackDrill) -> String {
        var page = TerminalPage(style: style)
        Self.add(drill, to: &page)
        return page.text
    }

    /// Each step with a bar of its time; what was seen stands under it.
    static func add(_ drill: RollbackDrill, to page: inout TerminalPage) {
        page.paragraph(
            "The way back: \(drill.sum)", .strong, hanging: 9, lead: drill.verdict.rawValue,
            leadRole: drill.verdict.role)
        page.paragraph("drill \(drill.identifier), \(Quantities.time(drill.startedAt))", .quiet, indent: 9)
        for kernel in drill.kernels {
            page.paragraph(
                "\(kernel.role.rawValue) \(kernel.image.release), SHA-256 \(kernel.image.sha256.short)", .quiet,
                indent: 9)
        }
        page.paragraph("\(drill.emulator), \(drill.accelerator)", .quiet, indent: 9)
        let longest = max(drill.steps.map(\.seconds).max() ?? 0, 0.001)
        for step in drill.steps {
            let bar = String(repeating: "#", count: Int((step.seconds / longest * 16).rounded()))
            page.row(
                [
                    (step.verdict.rawValue, 9, step.verdict.role), (step.title, 44, nil),
                    (Quantities.duration(step.seconds), 9, nil), (bar, 0, .quiet),
                ], indent: 2)
            page.paragraph(
                step.found + (step.lineNumber.map { " (\(step.console ?? ""):\($0))" } ?? ""),
                step.verdict == .pass ? .quiet : step.verdict.role, indent: 11, hanging: 13, most: 4)
        }
    }
}

extension RollbackDrill {
    /// `17 of 17 steps passed`.
    var sum: String {
        let parts =
            ["\(count(.pass)) of \(Quantities.count(steps.count, "step")) passed"]
            + (count(.fail) > 0 ? ["\(count(.fail)) failed"] : [])
            + (count(.unknown) > 0 ? ["\(count(.unknown)) undecided"] : [])
        return parts.joined(separator: ", ") + " in " + Quantities.duration(steps.reduce(0) { $0 + max(0, $1.seconds) })
    }
}

extension RollbackDrill.Verdict {
    var role: Style.Role {
        switch self {
        case .pass: .good
        case .fail: .bad
        case .unknown: .caution
        }
    }
}
