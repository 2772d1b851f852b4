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

    private static let example = """
        {"rule": "LAY005", "location": "vmlinux bindings::foo", "reason": "TEXT", "owner": "TEAM", "expires": "2027-05-31"}
        """

    /// Throws `Failure` with codes `waivers.unreadable` and those of reading a file.
    func read(_ context: Context) throws -> [Waiver] {
        if !baseline.isEmpty {
            context.say("--baseline is called --waivers here: --baseline names the GCC kernel elsewhere")
        }
        var mistakes: [(name: String, text: String)] = []
        let read = try (waivers + baseline).flatMap { name in
            let bytes = try Files.bytes(context.path(name), limit: 1 << 26)
            do {
                let file = try WaiverFile(bytes, rules: RuleBook.ofBessemer.rules)
                for key in file.oldKeys.sorted() {
                    let new = key == "test" ? "`rule` with TST001, and `location`," : "`location`"
                    context.say("\(name) has the key `\(key)` of Bessemer 0.1, and is read: write \(new) instead")
                }
                return file.waivers
            } catch {
                mistakes.append((name, ErrorWords.of(error)))
                return []
            }
        }
        guard let first = mistakes.first else { return read }
        let isOne = mistakes.count == 1
        throw Failure(
            "waivers.unreadable", "could not read the waivers in \(mistakes.map(\.name).joined(separator: ", "))",
            advice: "correct the file\(isOne ? "" : "s"); an entry of the list is like \(Self.example)",
            underlying: isOne ? first.text : mistakes.map { "\($0.name):\n\($0.text)" }.joined(separator: "\n"))
    }
}
