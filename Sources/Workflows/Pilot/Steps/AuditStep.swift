// SPDX-License-Identifier: Apache-2.0
internal import Audit
internal import Guest
internal import Host
internal import KernelTree
internal import Records
internal import SystemPackage

/// Audits the built files, the self-test module, and the layout probe.
struct AuditStep: Step {
    let program: String
    let artifacts: [Artifact]
    /// `make kernelrelease`.
    let release: String
    /// The layout probe's object.
    let probe: Digest
    /// nil where there is none.
    let selfTest: SelfTest?

    var name: String { "audit" }

    func perform(at site: PilotSite) throws -> AuditReport {
        let objects = ForeignFolder(site.folder.kernel(.candidate).objects)
        // The audit takes paths. What made these files has ended, and they are what was recorded of them.
        var options = try AuditOptions(build: BuildFolder(objects.path)) { $0.string }
        options.alsoRead = []
        let names = artifacts.map(\.path).filter { $0 == "vmlinux" || $0.hasSuffix(".ko") }
        var files = try names.map { AuditInput(path: try objects.file($0).string, name: $0) }
        // A module's Rust works with types of which its own C units describe few.
        if names.contains(where: { $0.hasSuffix(".ko") }) {
            options.cTypes = try? CTypes(path: objects.file("vmlinux").string, jobs: site.jobs)
        }
        if let file = try selfTest?.module(in: site.folder.selfTest)?.path {
            files.append(AuditInput(path: file.string, name: SelfTest.fileName))
        }
        let probe = try LayoutProbe.made(in: site.folder.probe).file(LayoutProbe.objectName)
        files.append(AuditInput(path: probe.string, name: LayoutProbe.objectName))
        return try Audit(options: options, jobs: site.jobs).report(on: files) { done, total, name in
            site.progress(WorkProgress("auditing", done: done, total: total, detail: name))
        }
    }
}
