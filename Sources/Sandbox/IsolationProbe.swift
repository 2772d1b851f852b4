// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
package import Records

extension SandboxRoot {
    /// Runs a program inside that tries what a hostile one would, and returns what it found.
    ///
    /// Throws `Failure` with code `sandbox.isolation` where it did not run, and `process.launch`.
    package func isolation() async throws -> IsolationFacts {
        let outcome = try await command(Command("python3", ["-I", "-c", Self.isolationProbe])).capture(
            limit: 1 << 20, deadline: .seconds(120))
        guard outcome.succeeded else {
            throw Failure(
                "sandbox.isolation", "the check of the sandbox's isolation did not run (\(outcome.ending.text))",
                advice: "`bessemer doctor` checks what a sandbox needs of this host",
                underlying: String(outcome.error.suffix(2000)))
        }
        do {
            return try JSONDecoder().decode(IsolationFacts.self, from: Data(outcome.output.utf8))
        } catch {
            throw Failure(
                "sandbox.isolation", "the check of the sandbox's isolation gave no answer that can be read",
                advice: "recreate the sandbox with `bessemer sandbox remove` and `bessemer sandbox create`",
                underlying: error)
        }
    }

    /// The same; throws `Failure` with code `sandbox.open` where anything is open that should be shut.
    package func checkedIsolation() async throws -> IsolationFacts {
        let facts = try await isolation()
        guard facts.faults.isEmpty else {
            throw Failure(
                "sandbox.open", "the sandbox does not hold on this host: \(facts.faults.joined(separator: "; "))",
                advice: "do not build other people's code here; report it as Docs/Security.md says")
        }
        return facts
    }

    /// Harmless where it succeeds: arguments are such that an unfiltered call does nothing lasting, and all is gone with
    /// the sandbox. Names, not numbers: `ctypes` finds the functions that the C library has.
    static let isolationProbe = String(decoding: PackageResources.isolation_probe_py, as: UTF8.self)
}
