// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Host
internal import Policy
internal import Records

/// Files of deviations that somebody accepts.
struct WaiverOptions: ParsableArguments {
    @Option(
        help: .value(
            "FILE", "Accepted findings, each with owner and expiry date, as JSON; may be given several times."),
        completion: .file(extensions: ["json"]))
    var waivers: [String] = []

    /// What the option was called in 0.1 for findings of an audit.
    @Option(help: .hidden)
    var baseline: [String] = []

    /// Throws `Failure` with codes `waivers.unreadable` and those of reading a file.
    func read(_ context: Context) throws -> [Waiver] {
        if !baseline.isEmpty {
            context.say("--baseline is called --waivers here: --baseline names the GCC kernel elsewhere")
        }
        return try (waivers + baseline).flatMap { name in
            let bytes = try Files.bytes(context.path(name), limit: 1 << 26)
            do {
                let file = try WaiverFile(bytes, rules: RuleBook.ofBessemer.rules)
                if file.isOld {
                    context.say(
                        "\(name) is written as Bessemer 0.1 had it, and is read: write `rule` and `location` instead of `test` and `place`"
                    )
                }
                return file.waivers
            } catch {
                throw Failure(
                    "waivers.unreadable", "\(name) is not a list of waivers",
                    advice: "correct the file; `bessemer audit --help` shows an example", underlying: error)
            }
        }
    }
}
