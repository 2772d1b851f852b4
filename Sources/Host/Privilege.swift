// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// Who runs this process, and how to get a root of one's own.
package enum Privilege {
    package static var isRoot: Bool { geteuid() == 0 }

    /// The command as root: itself for root; for anybody else in a user name space in which the caller is root and
    /// the other identities are those of /etc/subuid (unshare(1) `--map-auto`).
    package static func rooted(_ command: Command) -> Command {
        if isRoot { return command }
        let prefix = [
            "--user", "--map-root-user", "--map-auto", "--setuid=0", "--setgid=0", "--mount", "--pid", "--fork",
            "--kill-child",
        ]
        return Command(
            "unshare", prefix + ["--", command.executable] + command.arguments, environment: command.environment,
            workingDirectory: command.workingDirectory)
    }
}
