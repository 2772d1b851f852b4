// SPDX-License-Identifier: Apache-2.0
package import Records

/// How a rustc takes the two flags that s390 kernels need and that are not stable: what it accepts as it is, and what only
/// with `RUSTC_BOOTSTRAP=1`.
package struct FlagProbe: Sendable {
    package struct Answer: Sendable {
        package let flag: String
        package let state: Sighting.FlagState
        /// The compiler's own words; nil where it had none.
        package let words: String?
    }

    /// What `rustc --version` prints.
    package let version: String
    package let answers: [Answer]
    /// Whether code that is compiled with both, unlocked where it has to be, has the frames that s390 kernels need.
    package let frames: Ability

    package static let packedStack = "-Zpacked-stack"
    package static let backchain = "target feature backchain"

    /// Asks the rustc of a place; nil where there is none.
    ///
    /// A released compiler builds no crate for the target without a library for it, so each flag is given where it prints
    /// the target's configuration, which it does after it has judged all flags. With `RUSTC_BOOTSTRAP=1` a crate is compiled
    /// by `ToolProbes`. Throws `Failure` with code `inventory.shell`, and `CancellationError`.
    package init?(of place: ToolPlace) async throws {
        let script =
            ToolDiscovery.prelude + """
                unset RUSTC_BOOTSTRAP RUSTFLAGS
                rustc=$(command -v rustc) || exit
                echo "version $(limit 20 "$rustc" --version </dev/null 2>/dev/null | head -n 1)"
                ask() {
                    limit 60 "$rustc" --print cfg --target=s390x-unknown-none-softfloat "$@" >"$work/out" 2>"$work/said" </dev/null
                    echo "$name $gate $? $(grep -c '"backchain"' "$work/out") $(grep -m 1 -E '^(error|warning)' "$work/said")"
                }
                for gate in plain bootstrap; do
                    case $gate in plain) unset RUSTC_BOOTSTRAP ;; *) RUSTC_BOOTSTRAP=1; export RUSTC_BOOTSTRAP ;; esac
                    name=target; ask
                    name=packed; ask -Zpacked-stack
                    name=codegen; ask -Cpacked-stack
                    name=backchain; ask -Ctarget-feature=+backchain
                done
                """
        let lines = try await place.run(script, deadline: .seconds(600)).split(separator: "\n").map(String.init)
        guard let first = lines.first(where: { $0.hasPrefix("version ") }) else { return nil }
        version = String(first.dropFirst("version ".count).prefix(200))
        let isNightly = version.contains("nightly") || version.contains("-dev")
        struct Said {
            let status: String
            let hasFeature: Bool
            let words: String
        }
        func said(_ name: String, _ gate: String) -> Said? {
            guard let line = lines.first(where: { $0.hasPrefix("\(name) \(gate) ") }) else { return nil }
            let words = line.split(separator: " ", maxSplits: 4).map(String.init)
            guard words.count >= 4 else { return nil }
            return Said(status: words[2], hasFeature: words[3] != "0", words: words.count > 4 ? words[4] : "")
        }
        /// By whichever of the names it takes; the first one's words are shown.
        func state(_ names: [String], _ isAccepted: (Said) -> Bool) -> (Sighting.FlagState, String?) {
            let (plain, unlocked) = (names.compactMap { said($0, "plain") }, names.compactMap { said($0, "bootstrap") })
            // A compiler that does not know the target says nothing of the flags.
            guard plain.count == names.count, unlocked.count == names.count, said("target", "plain")?.status == "0"
            else { return (.unknown, said("target", "plain")?.words) }
            func shown(_ all: [Said]) -> String? {
                guard let words = (all.first(where: isAccepted) ?? all.first)?.words, !words.isEmpty else { return nil }
                return String(words.prefix(200))
            }
            if plain.contains(where: isAccepted) { return (isNightly ? .nightly : .stable, shown(plain)) }
            return unlocked.contains(where: isAccepted) ? (.bootstrap, shown(plain)) : (.refused, shown(unlocked))
        }
        // An option that becomes stable is one of -C.
        let packed = state(["packed", "codegen"]) { $0.status == "0" }
        // An unstable feature is taken with a warning, and is not in the configuration of a released compiler.
        let chain = state(["backchain"]) { $0.status == "0" && $0.hasFeature }
        frames = try await ToolProbes(place: place).packedRust("rustc", said: version)
        answers = [
            Answer(flag: Self.packedStack, state: packed.0, words: packed.1),
            Answer(flag: Self.backchain, state: chain.0, words: chain.1),
        ]
    }
}
