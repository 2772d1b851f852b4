// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

/// How a rustc takes the two flags that s390 kernels need and that are not stable: what it accepts as a stable compiler,
/// as it is, and what only with `RUSTC_BOOTSTRAP=1`.
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
    /// Whether it can be made to behave as a stable compiler (`RUSTC_BOOTSTRAP=-1`), which old nightlies can't.
    package let canBeStable: Bool

    package static let packedStack = "-Zpacked-stack"
    package static let backchain = "target feature backchain"

    /// How the compiler is unlocked, by what is in RUSTC_BOOTSTRAP.
    private enum Gate: String, CaseIterable {
        case stable, plain, bootstrap
    }

    /// Asks the rustc of a place; nil where there is none.
    ///
    /// A released compiler builds no crate for the target without a library for it, so each flag is given where it prints
    /// the target's configuration, which it does after it has judged all flags. `path` is a program, or a name in PATH.
    /// Throws `Failure` with code `inventory.shell`, and `CancellationError`.
    package init?(of place: ToolPlace, path: String = "rustc") async throws {
        let script =
            ToolDiscovery.prelude + """
                unset RUSTC_BOOTSTRAP RUSTFLAGS
                rustc=$(command -v \(path.shellQuoted)) || exit
                echo "version $(limit 20 "$rustc" --version </dev/null 2>/dev/null | head -n 1)"
                ask() {
                    name=$1; shift
                    limit 60 "$rustc" --print cfg --target=s390x-unknown-none-softfloat "$@" >"$work/out" 2>"$work/said" </dev/null
                    echo "$name $gate $? $(grep -c '"backchain"' "$work/out") $(grep -m 1 -E '^(error|warning)' "$work/said")"
                }
                for gate in stable plain bootstrap; do
                    case $gate in
                    stable) RUSTC_BOOTSTRAP=-1; export RUSTC_BOOTSTRAP; ask unlocked -Zunstable-options ;;
                    plain) unset RUSTC_BOOTSTRAP ;;
                    *) RUSTC_BOOTSTRAP=1; export RUSTC_BOOTSTRAP ;;
                    esac
                    ask target
                    ask packed -Zpacked-stack
                    ask codegen -Cpacked-stack
                    ask backchain -Ctarget-feature=+backchain
                done
                """
        let lines = try await place.run(script, deadline: .seconds(600)).split(separator: "\n").map(String.init)
        guard let first = lines.first(where: { $0.hasPrefix("version ") }) else { return nil }
        version = String(first.dropFirst("version ".count).prefix(200))
        let isNightly = version.contains("nightly") || version.contains("-dev")
        struct Said {
            let isTaken: Bool
            let hasFeature: Bool
            let words: String
        }
        func said(_ name: String, _ gate: Gate) -> Said? {
            guard let line = lines.first(where: { $0.hasPrefix("\(name) \(gate.rawValue) ") }) else { return nil }
            let words = line.split(separator: " ", maxSplits: 4).map(String.init)
            guard words.count >= 4 else { return nil }
            return Said(isTaken: words[2] == "0", hasFeature: words[3] != "0", words: words.count > 4 ? words[4] : "")
        }
        let canBeStable = said("unlocked", .stable)?.isTaken == false && said("target", .stable)?.isTaken == true
        /// By whichever of the names it takes; the first one's words are shown.
        func answer(_ flag: String, _ names: [String], _ isAccepted: (Said) -> Bool) -> Answer {
            func state(_ state: Sighting.FlagState, _ said: [Said]) -> Answer {
                let words = (said.first(where: isAccepted) ?? said.first)?.words ?? ""
                return Answer(flag: flag, state: state, words: words.isEmpty ? nil : String(words.prefix(200)))
            }
            // A compiler that does not know the target says nothing of the flags.
            guard let target = said("target", .plain), target.isTaken else {
                return state(.unknown, [said("target", .plain)].compactMap(\.self))
            }
            let all = Gate.allCases.map { gate in names.compactMap { said($0, gate) } }
            guard all.allSatisfy({ $0.count == names.count }) else { return state(.unknown, [target]) }
            let (stable, plain, unlocked) = (all[0], all[1], all[2])
            if canBeStable, stable.contains(where: isAccepted) { return state(.stable, stable) }
            if plain.contains(where: isAccepted) { return state(isNightly ? .nightly : .stable, plain) }
            return unlocked.contains(where: isAccepted) ? state(.bootstrap, plain) : state(.refused, unlocked)
        }
        self.canBeStable = canBeStable
        answers = [
            // An option that becomes stable is one of -C.
            answer(Self.packedStack, ["packed", "codegen"]) { $0.isTaken },
            // An unstable feature is taken with a warning, and is not in the configuration of a released compiler.
            answer(Self.backchain, ["backchain"]) { $0.isTaken && $0.hasFeature },
        ]
    }

    /// Whether code that the rustc of a place compiles with both, unlocked where it has to be, has the frames that s390
    /// kernels need. Throws as `init` does.
    package func frames(in place: ToolPlace) async throws -> Ability {
        try await ToolProbes(place: place).packedRust("rustc", said: version)
    }

    /// Whether both flags are taken by a stable compiler.
    package var stable: Ability {
        if let unknown = answers.first(where: { $0.state == .unknown }) {
            return Ability(.stableRust, .unknown, "the target is not known\(unknown.words.map { ": \($0)" } ?? "")")
        }
        let missing = answers.filter { $0.state != .stable }.map(\.flag)
        if missing.isEmpty {
            return Ability(.stableRust, .yes, "packed frames and the back chain are taken without RUSTC_BOOTSTRAP")
        }
        return canBeStable
            ? Ability(.stableRust, .no, "not taken without RUSTC_BOOTSTRAP: \(missing.joined(separator: ", "))")
            : Ability(.stableRust, .unknown, "this compiler can't be made to behave as a stable one")
    }
}
