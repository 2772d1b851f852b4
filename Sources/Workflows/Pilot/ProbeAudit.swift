// SPDX-License-Identifier: Apache-2.0
internal import Audit
package import Host
package import KernelTree
internal import SystemPackage

/// Makes the layout probe of a built kernel ready for an audit: one object in which every type that bindgen made stands
/// beside its C counterpart, with the alignments that debug information alone does not tell.
package struct ProbeAudit: Sendable {
    package let probe: LayoutProbe

    package init(probe: LayoutProbe) {
        self.probe = probe
    }

    /// What was made.
    package struct Made: Codable, Hashable, Sendable {
        /// The object, in the probe's folder.
        package let object: Digest
        /// The types of bindgen's that are complete in C, as C spells them: `struct page`, `atomic_t`.
        package let complete: [String]

        func holds(for probe: LayoutProbe) throws -> Bool {
            try object == probe.made.digest(of: LayoutProbe.objectName)
        }
    }

    /// Compiles the probe. Throws `Failure` with the codes of `LayoutProbe.make`, or `probe.unreadable`.
    package func make(progress: ProgressSink) async throws -> Made {
        progress(WorkProgress("compiling the layout probe"))
        try await probe.make()
        let object = try probe.made.file(LayoutProbe.objectName)
        // Only the debug information of the first object tells which of the types are complete in C.
        let complete: [String]
        do {
            complete = try Audit.completeTypes(in: object.string)
        } catch {
            throw Failure(
                "probe.unreadable", "the layout probe \(object) can't be read",
                advice: "remove its folder and run this again", underlying: error)
        }
        progress(WorkProgress("compiling the layout probe with alignments"))
        try await probe.make(declarations: complete.map(Audit.alignmentDeclaration))
        return Made(object: try probe.made.digest(of: LayoutProbe.objectName), complete: complete)
    }
}
