// SPDX-License-Identifier: Apache-2.0
package import Host

/// What one look at one machine saw.
package struct MachineLook: RecordBody {
    package static let kind = RecordKind.machineLook
    package static let version = 1

    package enum Outcome: String, Codable, Hashable, Sendable, CaseIterable {
        case seen
        /// Nothing answered in time.
        case unreachable
        /// It answered, and let nobody in.
        case refused
        case notS390x = "not-s390x"
        /// What it answered is not what was asked for, or names no machine.
        case garbled
    }

    /// By what name it was reached, which says nothing of what it is.
    package let host: String
    /// When: `YYYY-MM-DDThh:mm:ssZ`.
    package let at: String
    package let outcome: Outcome
    /// What kept it from being seen; nil where it was.
    package let reason: String?
    /// nil where it was not seen.
    package let state: MachineState?

    package init(host: String, at: String, outcome: Outcome, reason: String?, state: MachineState? = nil) {
        self.host = host
        self.at = at
        self.outcome = outcome
        self.reason = reason
        self.state = state
    }

    package var subjects: [Subject] {
        [Subject("host", Digest(of: host))]
            + (state?.identity.aliases.map { Subject("machine", Digest(of: $0)) } ?? [])
            + [state?.notes.map { Subject("kernel-notes", $0) }].compactMap(\.self)
    }
}

/// What runs on a machine.
package struct MachineState: Codable, Hashable, Sendable {
    /// From where a kernel was or will be started (/sys/firmware/ipl, /sys/firmware/reipl).
    package struct Load: Codable, Hashable, Sendable {
        /// `ccw`, `fcp`, `nvme`, `unknown`.
        package let type: String
        /// `0.0.0120`; nil where the type has none.
        package let device: String?
        /// nil where there is none, or it is blank: the default entry of the boot menu.
        package let parameter: String?

        package init(type: String, device: String?, parameter: String?) {
            self.type = type
            self.device = device
            self.parameter = parameter
        }
    }

    package let identity: MachineIdentity
    /// `uname -r`.
    package let release: String
    /// /proc/version: with which compilers, and when.
    package let version: String?
    /// Of /sys/kernel/notes: it is that of exactly one build.
    package let notes: Digest?
    /// Among these notes, in hexadecimal.
    package let buildID: String?
    /// Numbers of the facilities that the kernel may use (/proc/cpuinfo); 156 is the one that makes expolines needless.
    package let facilities: [Int]
    package let loaded: Load?
    /// Of the next re-IPL.
    package let next: Load?
    /// Whether the kernel was started by a loader that checked its signature; nil where the machine does not say.
    package let isSecure: Bool?
    /// /proc/sys/kernel/tainted.
    package let taint: Int?
    /// Of the command line, which may hold secrets.
    package let commandLine: Digest?
    /// Of this start of the machine.
    package let boot: String?

    package init(
        identity: MachineIdentity, release: String, version: String?, notes: Digest?, buildID: String?,
        facilities: [Int], loaded: Load?, next: Load?, isSecure: Bool?, taint: Int?, commandLine: Digest?, boot: String?
    ) {
        self.identity = identity
        self.release = release
        self.version = version
        self.notes = notes
        self.buildID = buildID
        self.facilities = facilities
        self.loaded = loaded
        self.next = next
        self.isSecure = isSecure
        self.taint = taint
        self.commandLine = commandLine
        self.boot = boot
    }

    /// Whether the hardware needs no expolines: facility 156 (etoken), as `nospec-branch.c` of the kernel has it; nil where the
    /// machine does not say which it has.
    package var hasEtoken: Bool? { facilities.isEmpty ? nil : facilities.contains(156) }
}
