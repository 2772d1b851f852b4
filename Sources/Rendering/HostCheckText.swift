// SPDX-License-Identifier: Apache-2.0
package import Records

extension TerminalPrinter {
    /// What this host has and lacks, and how to fix it.
    package func text(of checks: [HostCheck]) -> String {
        var page = TerminalPage(style: style)
        for check in checks {
            page.paragraph(
                "\(check.title): \(check.found)", hanging: 9, lead: check.isGood ? "ok" : "missing",
                leadRole: check.isGood ? .good : .bad)
            if !check.isGood { page.paragraph("how to fix it: \(check.mend)", indent: 9) }
        }
        return page.text
    }
}
