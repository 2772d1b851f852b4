// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import EvidenceSQLite
internal import Foundation
internal import Records

/// `bessemer evidence prune`.
struct EvidencePrune: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Remove logs and other files of old runs; their entries stay.",
        discussion: """
            What is removed is recorded in the log, so that it is not taken for lost.

            Examples:
              bessemer evidence prune --keep 20 --dry-run
              bessemer evidence prune --keep 20
              bessemer evidence prune --since 2026-05-31
            """)

    @Option(help: .value("N", "Keep the files of that many newest finished runs and of what is newer; 0 keeps none."))
    var keep: Int?

    @Option(help: .value("DAY", "Keep the files of what was recorded on that day (UTC) or later."))
    var since: String?

    @Flag(help: "Say what would be removed, and neither remove nor record anything.")
    var dryRun = false

    func validate() throws {
        try require((keep == nil) != (since == nil), "Give either --keep or --since.")
        if let keep, keep < 0 { throw ValidationError("--keep takes a number of runs.") }
        if let since, Self.day(since) == nil {
            throw ValidationError("--since takes a day like 2026-05-31 that has begun.")
        }
    }

    private static func day(_ text: String) -> Date? {
        guard Waiver.isDay(text), let day = try? Date(text, strategy: .iso8601.year().month().day()), day <= Date()
        else { return nil }
        return day
    }

    func run(_ context: Context) async throws {
        guard try context.evidence() != nil else {
            context.say("nothing is recorded, so there is nothing to remove")
            return
        }
        let policy: PrunePolicy =
            if let keep { .keepRuns(keep) } else { .since(since.flatMap(Self.day) ?? .distantPast) }
        let files = try await context.store().prune(policy, isDry: dryRun)
        func count(_ count: Int, _ text: String) -> String? {
            count == 0 ? nil : "\(count) \(count == 1 ? "file" : "files")\(text)"
        }
        let parts = [
            count(files.removed.count, ", \(files.size >> 20) MiB uncompressed"),
            count(files.unnamed.count, " that no entry names"),
        ].compactMap(\.self)
        context.say(
            parts.isEmpty
                ? "no file is older than that" + ((keep ?? 0) > 0 ? "; unfinished runs are not counted" : "")
                : "\(dryRun ? "would remove" : "removed") \(parts.joined(separator: ", and "))")
    }
}
