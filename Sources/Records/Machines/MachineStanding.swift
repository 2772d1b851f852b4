// SPDX-License-Identifier: Apache-2.0

/// What one machine runs, beside what was proven: computed from the looks at it and from the log's runs.
package struct MachineStanding: Codable, Hashable, Sendable {
    package enum Verdict: String, Codable, Hashable, Sendable, CaseIterable {
        /// The kernel that it runs is the one of a run that passed.
        case proven
        /// It is, and the gate of the stage that it had passed refuses it today.
        case refused
        /// The kernel without Rust of a run.
        case baseline
        /// No run of this log has such a kernel.
        case unknown
        /// It has not been seen for longer than is allowed.
        case lost
        /// It was named, and never seen.
        case unseen

        /// As people read it, here and in a CMDB.
        package var text: String {
            switch self {
            case .proven: "proven"
            case .refused: "proven, refused now"
            case .baseline: "baseline"
            case .unknown: "unknown kernel"
            case .lost: "not seen"
            case .unseen: "never seen"
            }
        }
    }

    /// The kernel of a run.
    package struct Kernel: Codable, Hashable, Sendable {
        package let run: String
        package let role: KernelRole
        /// Of the policy, that were passed with it, in their order.
        package let stages: [String]

        package init(run: String, role: KernelRole, stages: [String]) {
            self.run = run
            self.role = role
            self.stages = stages
        }
    }

    /// What a person has to know beside the verdict.
    package struct Remark: Codable, Hashable, Sendable {
        package enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
            /// The gate of the last stage refuses it: a waiver ended, evidence grew old.
            case gate
            /// The kernel has no expolines, and the hardware has nothing in their place.
            case expoline
            /// The next re-IPL takes an entry of the boot menu that is not the default.
            case trial
            /// It could not be seen when it was looked at last.
            case outcome
            /// Another machine is where it was, or it is where another one was.
            case moved
            /// Its inventory does not name it any more.
            case unnamed
        }

        package let kind: Kind
        package let text: String

        package init(_ kind: Kind, _ text: String) {
            self.kind = kind
            self.text = text
        }
    }

    /// What it is known by (`MachineIdentity.key`); of one that was never seen, `host NAME`.
    package let key: String
    /// The key under which it was first seen; no other machine of the log has it, and it stays.
    package let original: String
    package let aliases: [String]
    /// For people: `LINUX01 in ZVM1 in 8561-…`.
    package let place: String
    /// By which names it was reached.
    package let hosts: [String]
    package let verdict: Verdict
    package let kernel: Kernel?
    package let remarks: [Remark]
    /// The last look that saw it; nil for none.
    package let state: MachineState?
    /// When that was: `YYYY-MM-DDThh:mm:ssZ`.
    package let lastSeen: String?
    /// Whole days from then.
    package let age: Int?
    /// Looks at whole inventories, one after the other until the last, in which none of those that had named it did.
    package let sweepsWithout: Int
    /// Paths of the inventories that named it.
    package let inventories: [String]
    /// First keys of others of which a person said that they are this one.
    package let merged: [String]
    /// Of the last look, whatever it saw.
    package let entry: EntryReference

    package init(
        key: String, original: String? = nil, aliases: [String], place: String, hosts: [String], verdict: Verdict,
        kernel: Kernel?,
        remarks: [Remark], state: MachineState?, lastSeen: String?, age: Int?, sweepsWithout: Int = 0,
        inventories: [String] = [], merged: [String] = [], entry: EntryReference
    ) {
        self.key = key
        self.original = original ?? key
        self.aliases = aliases
        self.place = place
        self.hosts = hosts
        self.verdict = verdict
        self.kernel = kernel
        self.remarks = remarks
        self.state = state
        self.lastSeen = lastSeen
        self.age = age
        self.sweepsWithout = sweepsWithout
        self.inventories = inventories
        self.merged = merged
        self.entry = entry
    }

    /// Whether somebody has to look at it.
    package var isFinding: Bool { ![.proven, .baseline].contains(verdict) || !remarks.isEmpty }
}
