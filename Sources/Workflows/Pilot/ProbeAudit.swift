// SPDX-License-Identifier: Apache-2.0
internal import Audit
package import Host
package import KernelTree
internal import SystemPackage

/// The layout probe of a built kernel, ready for an audit: one object in which every type that bindgen made stands
/// beside its C counterpart, with the alignments that debug information alone does not tell.
package struct ProbeAudit: Codable, Hashable, Sendable {
    /// The object, in the probe's folder.
    package let object: Digest
    /// The types of bindgen's that are complete in C, as C spells them: `struct page`, `atomic_t`.
    package let complete: [String]

    /// Compiles the probe. Throws `Failure` with the codes of `LayoutProbe.make`, or `probe.unreadable`.
    package init(making probe: LayoutProbe, progress: ProgressSink) async throws {
        progress(WorkProgress("compiling the layout probe"))
        try await probe.make()
        let object = try probe.made.file(LayoutProbe.objectName)
        // Only the debug information of the first object tells which of the types are complete in C.
        do {
            complete = try Audit.completeTypes(in: object.string)
        } catch {
            throw Failure(
                "probe.unreadable", "the layout probe \(object) can't be read",
                advice: "remove its folder and run this again", underlying: error)
        }
        progress(WorkProgress("compiling the layout probe with alignments"))
        try await probe.make(declarations: complete.map(Audit.alignmentDeclaration))
        self.object = try probe.made.digest(of: LayoutProbe.objectName)
    }

    func holds(for probe: LayoutProbe) throws -> Bool {
        try object == probe.made.digest(of: LayoutProbe.objectName)
    }
}
