// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import Host
package import Records

/// A machine to be looked at: what it is called, and the command that leads to a shell on it.
package struct MachineHost: Sendable, Hashable {
    package let name: String
    package let command: CommandPrefix

    package init(name: String, command: CommandPrefix) {
        self.name = name
        self.command = command
    }

    /// A machine that OpenSSH reaches by that name; nil where the name could be taken for an option or another word.
    package init?(ssh name: String, address: String? = nil, user: String? = nil, port: Int? = nil) {
        let target = (user.map { "\($0)@" } ?? "") + (address ?? name)
        func isPlain(_ text: String) -> Bool {
            !text.isEmpty && !text.hasPrefix("-")
                && text.unicodeScalars.allSatisfy {
                    $0.properties.isAlphabetic || "0123456789._-@:[]%".unicodeScalars.contains($0)
                }
        }
        guard isPlain(target), isPlain(name), user.map({ !$0.hasPrefix("-") }) ?? true,
            let command = CommandPrefix(
                (["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o", "StrictHostKeyChecking=yes"]
                    + (port.map { ["-p", "\($0)"] } ?? []) + ["--", target]).joined(separator: " "))
        else { return nil }
        self.init(name: name, command: command)
    }
}

/// Looks at machines, many at once.
package enum MachineSweep {
    /// At once.
    package static let width = 32
    package static let deadline = Duration.seconds(30)

    /// One look at each, in their order. `onLook` is handed each as it comes. Throws `CancellationError`, and what it throws.
    package static func look(
        at hosts: [MachineHost], onLook: (Int, MachineLook) async throws -> Void
    ) async throws -> [MachineLook] {
        var found: [MachineLook?] = Array(repeating: nil, count: hosts.count)
        try await withThrowingTaskGroup(of: (Int, MachineLook).self) { group in
            var next = 0
            var done = 0
            func start() {
                guard next < hosts.count else { return }
                let (index, host) = (next, hosts[next])
                next += 1
                group.addTask { (index, try await look(at: host)) }
            }
            for _ in 0..<Self.width { start() }
            while let (index, look) = try await group.next() {
                found[index] = look
                done += 1
                try await onLook(done, look)
                start()
            }
        }
        return found.compactMap(\.self)
    }

    private static func look(at host: MachineHost) async throws -> MachineLook {
        let probe = MachineProbe()
        func look(_ outcome: MachineLook.Outcome, _ reason: String?, _ state: MachineState? = nil) -> MachineLook {
            MachineLook(
                host: host.name, at: Date().formatted(.iso8601), outcome: outcome,
                reason: reason.map { String(host.command.redacted($0).prefix(300)) }, state: state)
        }
        let outcome: Outcome
        do {
            outcome = try await host.command.command("sh", ["-s"]).capture(
                limit: MachineProbe.largest + 1, deadline: deadline, input: probe.script)
        } catch let failure as Failure {
            try Task.checkCancellation()
            return look(.unreachable, failure.message)
        }
        try Task.checkCancellation()
        let answer = probe.read(outcome.bytes)
        // Whatever the status is: what was asked for came.
        if answer.outcome == .seen || answer.outcome == .notS390x {
            return look(answer.outcome, answer.reason, answer.state)
        }
        // Before it is cut, so that no half of a secret is left.
        let words = lastLine(host.command.redacted(outcome.error))
        if refusals.contains(where: words.contains) { return look(.refused, words) }
        guard outcome.bytes.isEmpty else { return look(answer.outcome, answer.reason) }
        return look(.unreachable, words.isEmpty ? "nothing answered (\(outcome.ending.text))" : words)
    }

    /// What OpenSSH says of a machine that is there and lets nobody in.
    private static let refusals = [
        "Permission denied", "Host key verification failed", "Too many authentication failures",
        "REMOTE HOST IDENTIFICATION HAS CHANGED", "No supported authentication", "This account is",
    ]

    private static func lastLine(_ text: String) -> String {
        let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        return lines.last { !$0.isEmpty } ?? ""
    }
}
