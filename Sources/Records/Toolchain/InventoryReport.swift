// SPDX-License-Identifier: Apache-2.0

/// What `bessemer inventory` found: the tools of each place, and what they are good for.
package struct InventoryReport: RecordBody {
    package static let kind = RecordKind.inventory
    package static let version = 2

    /// The tools.
    package var subjects: [Subject] {
        inventories.flatMap { $0.tools.compactMap { tool in tool.sha256.map { Subject(tool.file, $0) } } }
    }

    package let inventories: [ToolInventory]
    package let diagnoses: [ToolDiagnosis]

    package init(inventories: [ToolInventory], diagnoses: [ToolDiagnosis]) {
        self.inventories = inventories
        self.diagnoses = diagnoses
    }
}
