// SPDX-License-Identifier: Apache-2.0
package import Foundation
package import Host

/// What a finished step of a campaign came to: the file `result.json` that an attempt leaves.
package struct CampaignResult: Codable, Hashable, Sendable {
    package enum Outcome: String, Codable, Sendable {
        case done
        /// It is the kernel's, or the toolchain's, own: it comes again.
        case failed
        /// It says nothing of the kernel, and would not another time.
        case skipped
        /// It could not be tried: a full disk, a killed process, a lost node.
        case infrastructure
    }

    /// What tells one failure from another.
    package struct Fault: Codable, Hashable, Sendable {
        /// The same for the same failure: `build: fs/ext4/super.c: error: …`, `tests: drm_mm`.
        package let identity: String
        /// For people.
        package let text: String

        package init(identity: String, text: String) {
            self.identity = identity
            self.text = text
        }
    }

    /// What is known of what was built or booted.
    package struct Facts: Codable, Hashable, Sendable {
        /// `make kernelrelease`.
        package var release: String?
        /// Of the kernel's notes, as the running kernel shows it.
        package var notesSHA256: Digest?
        /// Of the sandbox.
        package var lock: Digest?
        /// `rustc 1.97.1`, `s390x-linux-gnu-gcc-15 …`: first lines of the tools' versions, by role.
        package var tools: [String: String]?
        package var auditErrors: Int?
        package var auditWarnings: Int?
        package var tests: TestCounts?
        /// Of the failed ones.
        package var failing: [String]?

        package init() {}
    }

    package static let form = "bessemer-campaign-result/1"

    package let form: String
    /// Of the step.
    package let key: Digest
    /// The attempt's folder.
    package let attempt: String
    /// The version of Bessemer, with the program's own digest.
    package let tool: String
    package let node: String
    package let startedAt: Date
    package let milliseconds: Int
    package let outcome: Outcome
    package let fault: Fault?
    /// Files below the attempt's folder.
    package let outputs: [Artifact]
    package let facts: Facts

    package init(
        key: Digest, attempt: String, tool: String, node: String, startedAt: Date, milliseconds: Int,
        outcome: Outcome, fault: Fault? = nil, outputs: [Artifact] = [], facts: Facts = Facts()
    ) {
        form = Self.form
        self.key = key
        self.attempt = attempt
        self.tool = tool
        self.node = node
        self.startedAt = startedAt
        self.milliseconds = milliseconds
        self.outcome = outcome
        self.fault = fault
        self.outputs = outputs
        self.facts = facts
    }
}
