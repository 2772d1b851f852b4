// SPDX-License-Identifier: Apache-2.0

/// A machine as a guest gets it: one of the CPU models of the QEMU that runs it.
package struct MachineModel: Codable, Hashable, Sendable {
    /// As it was asked for: `z15`.
    package let name: String
    /// As QEMU names it: `gen15a`.
    package let model: String
    /// Features that such a machine has and this QEMU, with this accelerator, can't give; they are turned off.
    package let without: [String]
    /// Why there can be no such guest here, in QEMU's own words; nil where there can.
    package let impossible: String?

    package init(name: String, model: String, without: [String] = [], impossible: String? = nil) {
        self.name = name
        self.model = model
        self.without = without
        self.impossible = impossible
    }

    /// As QEMU's `-cpu` takes it.
    package var cpu: String { ([model] + without.map { "\($0)=off" }).joined(separator: ",") }
}
