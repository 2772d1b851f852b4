// SPDX-License-Identifier: Apache-2.0
package import Host
package import SystemPackage

/// The service and the timer of systemd that run `watch` (systemd.service(5), systemd.timer(5)).
package struct WatchUnits: Sendable {
    package static let name = "bessemer-watch"

    /// The program, links resolved.
    package let program: FilePath
    package let policy: FilePath
    /// As systemd.time(7) has calendar events: `daily`, `Mon 06:00`.
    package let calendar: String
    /// Whether a person's own manager runs it, and not the machine's.
    package let isUser: Bool
    /// Where the service finds the log, the cache and Bessemer's folders, which are those of whoever writes the units.
    package let environment: [(name: String, value: String)]

    /// Throws `Failure` with code `watch.calendar` where it can't be a calendar event, and `watch.name` where a path can't
    /// be written into a unit.
    package init(
        program: FilePath, policy: FilePath, calendar: String, isUser: Bool,
        environment: [(name: String, value: String)]
    ) throws(Failure) {
        guard !calendar.isEmpty, calendar.utf8.count <= 200,
            calendar.utf8.allSatisfy({ $0.isWord || " :*/.,~+-".utf8.contains($0) })
        else {
            throw Failure(
                "watch.calendar", "`\(calendar.prefix(60))` is not a calendar event of systemd",
                advice: "give one such as daily, or Mon..Fri 06:00 (`systemd-analyze calendar` checks it)")
        }
        for path in [program.string, policy.string] + environment.map(\.value) {
            guard !path.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) else {
                throw Failure(
                    "watch.name", "a path with control characters can't be written into a unit",
                    advice: "move the policy to a folder with a plain name")
            }
        }
        self.program = program
        self.policy = policy
        self.calendar = calendar
        self.isUser = isUser
        self.environment = environment
    }

    /// A word of a command line (systemd.service(5), “Command lines”; systemd.unit(5), “Specifiers”).
    private static func word(_ text: String) -> String {
        quoted(text.replacing("$", with: "$$"))
    }

    /// A setting's value (systemd.syntax(7), “Quoting”).
    private static func quoted(_ text: String) -> String {
        let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("%", with: "%%")
        return "\"\(escaped)\""
    }

    package var service: String {
        """
        # SPDX-License-Identifier: Apache-2.0
        [Unit]
        Description=Look at what Rust-enabled s390 kernels are made from
        Documentation=man:systemd.service(5)
        \(isUser ? "" : "Wants=network-online.target\nAfter=network-online.target\n")
        [Service]
        Type=oneshot
        \(environment.map { "Environment=\(Self.quoted("\($0.name)=\($0.value)"))" }.joined(separator: "\n"))
        ExecStart=\(Self.word(program.string)) watch look --policy \(Self.word(policy.string))
        # 1: something is new. 2, something could not be looked at, fails the unit.
        SuccessExitStatus=1
        TimeoutStartSec=2h
        Nice=10

        """
    }

    package var timer: String {
        """
        # SPDX-License-Identifier: Apache-2.0
        [Unit]
        Description=Look at what Rust-enabled s390 kernels are made from, by the calendar

        [Timer]
        OnCalendar=\(calendar)
        RandomizedDelaySec=1h
        Persistent=yes

        [Install]
        WantedBy=timers.target

        """
    }
}
