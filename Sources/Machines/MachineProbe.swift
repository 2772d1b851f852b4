// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

/// The one question that a machine is asked, and how its answer is read.
///
/// A POSIX shell answers it without root, in one round trip, and nothing is written there.
package struct MachineProbe: Sendable {
    /// Stands around the answer, so that a banner before it, and an end that is missing, are known for what they are.
    private let mark: String

    package init(mark: String = Self.newMark()) { self.mark = mark }

    package static func newMark() -> String { "bessemer-\(UInt64.random(in: .min ... .max))" }

    /// Bytes of an answer that are read.
    package static let largest = 64 << 10

    /// What a shell there is given.
    package var script: String {
        """
        LC_ALL=C; export LC_ALL
        say() { printf '%s=%s\\n' "$1" "$2"; }
        show() { [ -r "$2" ] && say "$1" "$(head -n 1 "$2" 2>/dev/null | cut -c 1-200)"; }
        echo '\(mark) begin'
        say architecture "$(uname -m)"
        say release "$(uname -r)"
        sed -e 's/^/sysinfo=/' -e 500q /proc/sysinfo 2>/dev/null
        say version "$(head -n 1 /proc/version | cut -c 1-1000)"
        say notes "$(od -An -v -tx1 /sys/kernel/notes 2>/dev/null | head -n 1000 | tr -d ' \\n')"
        say facilities "$(sed -n '/^facilities *:/{s/.*: *//p;q;}' /proc/cpuinfo)"
        for f in loaded:ipl/ipl_type next:reipl/reipl_type; do
            name=${f%%:*}; file=/sys/firmware/${f#*:}
            [ -r "$file" ] || continue
            type=$(head -n 1 "$file" | cut -c 1-40); say "$name.type" "$type"
            case $name in loaded) folder=/sys/firmware/ipl ;; *) folder=/sys/firmware/reipl/$type ;; esac
            show "$name.device" "$folder/device"
            show "$name.parameter" "$folder/loadparm"
        done
        show secure /sys/firmware/ipl/secure
        show taint /proc/sys/kernel/tainted
        say command-line "$(sha256sum </proc/cmdline | cut -c 1-64)"
        show boot /proc/sys/kernel/random/boot_id
        echo '\(mark) end'

        """
    }

    /// What an answer says, whose bytes are somebody else's.
    package func read(_ bytes: [UInt8]) -> (outcome: MachineLook.Outcome, reason: String?, state: MachineState?) {
        guard bytes.count <= Self.largest else {
            return (.garbled, "it answered more than \(Self.largest >> 10) KiB", nil)
        }
        // A terminal on the way may have put carriage returns in.
        let lines = bytes.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }.map {
            String(decoding: $0, as: UTF8.self)
        }
        guard let begin = lines.firstIndex(of: "\(mark) begin") else {
            return (.garbled, "it answered \(bytes.count) bytes without what was asked for", nil)
        }
        guard let end = lines[begin...].firstIndex(of: "\(mark) end") else {
            return (.garbled, "its answer is cut off", nil)
        }
        var values: [Substring: Substring] = [:]
        var sysinfo: [Substring] = []
        for line in lines[(begin + 1)..<end] {
            guard let equals = line.firstIndex(of: "=") else { continue }
            let value = line[line.index(after: equals)...]
            let name = line[..<equals]
            if name == "sysinfo" {
                sysinfo.append(value)
            } else if let before = values.updateValue(value, forKey: name), before != value {
                return (.garbled, "it says two things of one name", nil)
            }
        }
        func value(_ name: Substring, _ longest: Int = 200) -> String? {
            let words = values[name]?.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            return words.flatMap { $0.isEmpty || $0.utf8.count > longest ? nil : $0 }
        }
        guard let architecture = value("architecture") else { return (.garbled, "it does not say what it is", nil) }
        guard architecture == "s390x" else {
            return (.notS390x, "it is an \(String(architecture.prefix(40))) machine", nil)
        }
        guard let release = value("release") else { return (.garbled, "it does not say which kernel runs", nil) }
        do {
            let notes = value("notes", Self.largest).flatMap { [UInt8](hexadecimal: $0) }
            return (
                .seen, nil,
                MachineState(
                    identity: try SysinfoText(sysinfo).identity, release: release, version: value("version", 2000),
                    notes: notes.map { Digest(of: $0) }, buildID: notes.flatMap(BuildFacts.buildID),
                    facilities: Self.numbers(value("facilities", 4000)), loaded: Self.load("loaded") { value($0) },
                    next: Self.load("next") { value($0) },
                    isSecure: value("secure").flatMap { ["0": false, "1": true][$0] },
                    taint: value("taint").flatMap { Int($0) },
                    commandLine: value("command-line").flatMap { Digest(hexadecimal: $0) }, boot: value("boot"))
            )
        } catch {
            return (.garbled, error.reason, nil)
        }
    }

    private static func numbers(_ text: String?) -> [Int] {
        Set((text ?? "").split(separator: " ").compactMap { Int($0) }.filter { (0..<16384).contains($0) }).sorted()
    }

    private static func load(_ name: String, _ value: (Substring) -> String?) -> MachineState.Load? {
        value("\(name).type").map {
            MachineState.Load(type: $0, device: value("\(name).device"), parameter: value("\(name).parameter"))
        }
    }
}
