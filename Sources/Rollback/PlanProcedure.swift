// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records
package import SystemPackage

/// The commands of a plan, in the order in which its README has them: the lines that are indented as code.
///
/// What begins with a run of `uninstall` takes the change back; what stands before carries it out.
package struct PlanProcedure: Hashable, Sendable {
    package let implementation: [ChangeRecord.Command]
    package let backOut: [ChangeRecord.Command]

    package static let file = "README.md"

    /// Throws `Failure` with code `change.plan` where a line runs nothing of the plan, and not `reboot` either.
    package init(readme: String, of plan: RollbackPlan) throws {
        var commands: [ChangeRecord.Command] = []
        for line in readme.split(separator: "\n") where line.hasPrefix("    ") {
            let parts = line.split(separator: "#", maxSplits: 1).map { $0.trimmed }
            guard let text = parts.first, let word = text.split(separator: " ").first.map(String.init) else { continue }
            let script = Self.script(word, of: plan)
            // A README says what an administrator types: nothing that a shell would read as more than words.
            let isPlain = text.utf8.allSatisfy { $0.isLetter || $0.isDigit || " ./-".utf8.contains($0) }
            guard isPlain, script != nil || text == "reboot" else {
                throw Failure(
                    "change.plan", "the plan's \(Self.file) has a command that is not of the plan: \(text.prefix(80))",
                    advice: "write the plan again with `bessemer rollback plan`")
            }
            commands.append(.init(line: text, comment: parts.dropFirst().first, script: script))
        }
        let turn = commands.firstIndex { $0.script?.path == "uninstall" } ?? commands.endIndex
        implementation = Array(commands[..<turn])
        backOut = Array(commands[turn...])
    }

    /// Scripts are run from the plan's folder, or, once they are installed, by their names.
    private static func script(_ word: String, of plan: RollbackPlan) -> RollbackPlan.File? {
        let path = word.hasPrefix("./") ? String(word.dropFirst(2)) : "sbin/\(word)"
        return plan.files.first { $0.path == path }
    }
}

extension ChangeRecord.Plan {
    /// From a folder that `rollback plan` wrote, whose texts are those that it lists.
    ///
    /// Throws `Failure` with code `change.plan`, and as reading files does.
    package init(folder: FilePath, named name: String) throws {
        let files = ForeignFolder(folder)
        func bytes(_ path: String) throws -> [UInt8] { try files.bytes(of: path, limit: Self.largest) }
        let plan = try JSON.decode(RollbackPlan.self, from: try bytes("plan.json"), named: "\(name)/plan.json")
        try self.init(
            plan, readme: try bytes(PlanProcedure.file), sums: try bytes("SHA256SUMS"), origin: name, entry: nil)
    }

    /// Throws `Failure` with code `change.plan` where the README is not the one that the plan lists.
    package init(
        _ plan: RollbackPlan, readme: [UInt8], sums: [UInt8]?, origin: String, entry: EntryReference?
    ) throws {
        guard plan.files.contains(where: { $0.path == PlanProcedure.file && $0.sha256 == Digest(of: readme) }) else {
            throw Failure(
                "change.plan", "\(PlanProcedure.file) of the plan in \(origin) is not the one that the plan lists",
                advice: "write the plan again with `bessemer rollback plan`")
        }
        let procedure = try PlanProcedure(readme: String(decoding: readme, as: UTF8.self), of: plan)
        self.init(
            origin: origin, entry: entry, sums: sums.map { Digest(of: $0) },
            images: plan.kernels.map { Subject($0.role.rawValue, $0.image.sha256) }, device: plan.device,
            implementation: procedure.implementation, backOut: procedure.backOut, notes: plan.notes)
    }

    /// Bytes of a plan's text; the longest has 20,000.
    private static let largest = 1 << 20
}

extension Substring {
    fileprivate var trimmed: String {
        let start = drop { $0.isWhitespace }
        let end = start.lastIndex { !$0.isWhitespace }
        return end.map { String(start[...$0]) } ?? ""
    }
}
