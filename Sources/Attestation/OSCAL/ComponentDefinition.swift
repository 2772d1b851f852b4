// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

extension OSCALDocuments {
    /// The kernels as components, and which requirements the facts about them answer.
    var componentDefinition: CanonicalJSON {
        let run = evidence.run
        return [
            "component-definition": [
                "uuid": identifier("component-definition"),
                "metadata": metadata("Linux \(run.source.version) for s390x with Rust, built by Bessemer"),
                "components": .array(evidence.kernels.map(component)),
                "back-matter": ["resources": .array(([record] + cited).map(resource))],
            ]
        ]
    }

    private var cited: [(name: String, sha256: Digest)] { statements.map { ($0.name, $0.sha256) } }

    private func component(_ kernel: RunRecord.Kernel) -> CanonicalJSON {
        let role = kernel.role.rawValue
        let artifacts = kernel.build.artifacts.filter { ["vmlinux", "arch/s390/boot/bzImage"].contains($0.path) }
        return [
            "uuid": component(kernel.role), "type": "software", "title": Self.line("linux \(kernel.build.release)"),
            "description": .string(
                kernel.role == .candidate
                    ? "Kernel with Rust code, proven by Bessemer."
                    : "Kernel of the same source without Rust: the one to go back to."),
            "props": .array(
                [
                    Self.property("version", kernel.build.release, own: false), Self.property("role", role),
                    Self.property("architecture", "s390x"),
                ]
                    + artifacts.map { artifact in
                        let name = artifact.path.split(separator: "/").last.map(String.init) ?? artifact.path
                        return Self.property("\(name)-sha256", artifact.sha256.hexadecimal)
                    }),
            "links": .array(
                ([record] + cited).map { ["href": reference(to: $0), "rel": "evidence"] }),
            "control-implementations": .list(
                kernel.role == .candidate ? mapping.frameworks.compactMap(implementation) : []),
        ]
    }

    /// What the facts answer of one catalogue; nil where that is nothing.
    private func implementation(of framework: ControlMapping.Framework) -> CanonicalJSON? {
        let answered = controls.filter { $0.control.framework == framework.name }
        guard !answered.isEmpty else { return nil }
        return [
            "uuid": identifier("implementation:\(framework.name)"), "source": .string(framework.source),
            "description": .string(
                "What a run of Bessemer shows for \(framework.title) \(framework.version). It is evidence for a requirement; "
                    + "whether the requirement is met as a whole is for the assessor to say."),
            "implemented-requirements": .array(answered.map { requirement($0.control, $0.facts) }),
        ]
    }

    private func requirement(_ control: ControlMapping.Control, _ facts: [RunFact]) -> CanonicalJSON {
        [
            "uuid": identifier("requirement:\(control.framework):\(control.identifier)"),
            "control-id": .string(control.identifier),
            "description": .string(facts.map(\.title).joined(separator: ". ") + "."),
            "props": .array(
                [Self.property("reference", control.reference)] + facts.map { Self.property("fact", $0.rawValue) }
                    + [Self.property("reference-read", control.isRead ? "yes" : "no")]),
            "remarks": .string(
                ((control.note.map { ["\(control.reference): \($0)."] } ?? [])
                    + [
                        control.isRead
                            ? "The reference was found in the catalogue."
                            : "The reference is from memory: look it up in the catalogue."
                    ]).joined(separator: " ")),
        ]
    }
}
