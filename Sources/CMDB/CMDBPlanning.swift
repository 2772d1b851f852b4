// SPDX-License-Identifier: Apache-2.0
package import Host
package import Records

extension CMDBPlan {
    /// Each change that brings a CMDB in step with a model.
    ///
    /// More retirements than three, and than a tenth of its machines, are held back where they are not allowed: the inventory
    /// may be what is wrong. Throws as `CMDBTarget.compare` does.
    package init(
        _ target: CMDBSettings.Target, named name: String, reading cmdb: some CMDBTarget, model: CMDBModel,
        retired: Set<String> = [], policy: Digest?, notes more: [String] = [], allowsRetiring: Bool, at time: String,
        toolVersion: String,
        progress: ProgressSink
    ) async throws {
        let found = try await cmdb.compare(model, retired: retired, progress: progress)
        let machines = Set(model.items.filter(\.kind.isMachine).map(\.identifier))
        let retirements = found.operations.filter { $0.action == .retire && machines.contains($0.identifier) }
        let most = Swift.max(3, found.machines / 10)
        let isHeld = !allowsRetiring && retirements.count > most
        // Where machines are held back, so are their kernels.
        let held = Set(isHeld ? found.operations.filter { $0.action == .retire }.map(\.identifier) : [])
        var notes = more + found.notes
        if isHeld {
            notes.append(
                "\(retirements.count) machines would be retired, and \(most) of \(found.machines) may be at once: "
                    + "look at the inventory, or allow it with --allow-retire")
        }
        self.init(
            toolVersion: toolVersion, at: time, target: name, type: target.type, location: target.location,
            head: model.head, policy: policy,
            operations: zip(1..., found.operations.filter { !held.contains($0.identifier) }).map { $1.numbered($0) },
            unchanged: found.unchanged, held: found.operations.filter { held.contains($0.identifier) }, notes: notes,
            refusals: found.refusals)
    }
}
