// SPDX-License-Identifier: Apache-2.0

/// One thing that this host needs to have.
package struct HostCheck: Codable, Hashable, Sendable {
    package let title: String
    package let isGood: Bool
    package let found: String
    /// The command that mends it; empty where nothing is to be mended.
    package let remediation: String

    package init(title: String, isGood: Bool, found: String, remediation: String) {
        self.title = title
        self.isGood = isGood
        self.found = found
        self.remediation = remediation
    }
}
