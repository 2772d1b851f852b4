// SPDX-License-Identifier: Apache-2.0
internal import Host

/// One thing that the guest does after its kernel has started.
package struct GuestStep: Encodable, Sendable, Hashable {
    /// For people and for the console, e.g. `insert rust_minimal`; one line.
    package let title: String
    /// Program and arguments, as the guest's shell gets them; programs are busybox's applets.
    package let command: [String]

    package init(_ title: String, _ command: [String]) {
        self.title = title
        self.command = command
    }

    /// Says the running kernel's notes, its build identifier among them (/sys/kernel/notes), and their digest: the section
    /// .notes of `vmlinux` has the same where the two are one kernel.
    package static let showNotes = GuestStep(
        "show the kernel's notes",
        ["sh", "-c", #"sha256sum /sys/kernel/notes && hexdump -v -e '/1 "%02x"' /sys/kernel/notes"#])
}

/// The /init of the guest: takes its steps in order and says each one's beginning, output and exit status in the kernel
/// log.
///
/// Each line is one write(2) to /dev/kmsg, which makes it one printk record: records can be lost, but one never tears
/// another apart, as console writes from user space do.
struct GuestScript: Sendable {
    private static let marker = ConsoleReader.marker
    static let busybox = "/bin/busybox"

    let steps: [GuestStep]

    /// The script's text. Throws `Failure` with code `guest.step` where a step can't be written on one line.
    func text() throws -> String {
        var lines = [
            "#!\(Self.busybox) sh",
            "exec </dev/null >/dev/kmsg 2>&1",
            "PATH=/bin",
            "take() {",
            "    number=$1",
            "    echo \"\(Self.marker)step $number $2\"",
            "    shift 2",
            "    if said=$(\"$@\" 2>&1); then status=0; else status=$?; fi",
            "    printf '%s\\n' \"$said\" | while IFS= read -r line; do",
            "        if [ -n \"$line\" ]; then echo \"\(Self.marker)said $number $(printf '%.800s' \"$line\")\"; fi",
            "    done",
            "    echo \"\(Self.marker)end $number $status\"",
            "}",
        ]
        for (index, step) in steps.enumerated() {
            guard !step.title.isEmpty, !step.command.isEmpty, Self.isPlain(step.title), step.title.utf8.count <= 200,
                step.command.allSatisfy({ !$0.utf8.contains(0) })
            else {
                throw Failure(
                    "guest.step", "the guest's step \(index + 1), \"\(step.title)\", can't be written into its script",
                    advice: "give a title of one line and a command without NUL")
            }
            let words = ["\(index + 1)/\(steps.count)", step.title] + step.command
            lines.append((["take"] + words.map(\.shellQuoted)).joined(separator: " "))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    static func isPlain(_ text: String) -> Bool { text.utf8.allSatisfy { (0x20...0x7e).contains($0) } }
}
