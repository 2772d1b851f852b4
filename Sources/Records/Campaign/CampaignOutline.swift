// SPDX-License-Identifier: Apache-2.0
package import Host

/// What a campaign would do.
package struct CampaignOutline: Codable, Hashable, Sendable {
    package struct Step: Codable, Hashable, Sendable {
        package let title: String
        package let key: Digest
        /// Whether it has a result already.
        package let isDone: Bool

        package init(title: String, key: Digest, isDone: Bool) {
            self.title = title
            self.key = key
            self.isDone = isDone
        }
    }

    package let name: String
    package let cells: [CampaignCell]
    package let steps: [Step]

    package init(name: String, cells: [CampaignCell], steps: [Step]) {
        self.name = name
        self.cells = cells
        self.steps = steps
    }
}
