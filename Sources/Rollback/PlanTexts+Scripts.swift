// SPDX-License-Identifier: Apache-2.0
internal import Records

/// The scripts of a plan, which are files in `Resources` like its units: POSIX shell, checked with shellcheck.
///
/// Each script takes the root of the file system that it works on from `BESSEMER_ROOT`, which is empty on a machine.
extension PlanTexts {
    /// `bessemer-promote`.
    var promote: String {
        Self.withDefaultTarget(PackageResources.bessemer_promote_sh).text(setting: [
            "RELEASE": release(.baseline), "SECTION": KernelRole.baseline.section,
            "MARK": RollbackRequest.baselineParameter,
        ])
    }

    /// `bessemer-trial`.
    var trial: String { ShellScript(PackageResources.bessemer_trial_sh).text(setting: ["DEVICE": device ?? ""]) }

    /// `install`. What it does is written down in `state` before it is done, so that `uninstall` can undo any part.
    ///
    /// The machine's own entries stay: the new /etc/zipl.conf is the configuration that zipl finds today, with the plan's
    /// two sections before its own (an automatic menu numbers them in that order, boot loader entries last), and a
    /// [defaultboot] of the plan's. The default stays the machine's own, until bessemer-promote puts the second menu in
    /// its place, which differs in the default alone. Sources: zipl.conf(5), zipl/src/scan.c, job.c and bootmap.c of
    /// s390-tools.
    var install: String {
        var consoles: [String] = []
        for word in kernels.flatMap({ $0.parameters.split(separator: " ") }) where word.hasPrefix("console=") {
            let name = String(word.dropFirst(8).prefix { $0 != "," })
            if PlainText.isName(name), !consoles.contains(name) { consoles.append(name) }
        }
        return Self.withDefaultTarget(PackageResources.install_sh).text(setting: [
            "IMAGES": "\(kernels.reduce(0) { $0 + $1.image.size })", "SECURE": secureBoot == .enforced ? "1" : "",
            "CONSOLES": consoles.joined(separator: " "), "BASELINE_RELEASE": release(.baseline),
            "CANDIDATE_RELEASE": release(.candidate), "BASELINE": KernelRole.baseline.section,
            "CANDIDATE": KernelRole.candidate.section,
        ])
    }

    /// `uninstall`. The boot record comes first: no file goes while the disk could still be started by the plan's menu.
    var uninstall: String { Self.withDefaultTarget(PackageResources.uninstall_sh).text }

    private func release(_ role: KernelRole) -> String { kernels.first { $0.role == role }?.image.release ?? "" }

    private static func withDefaultTarget(_ resource: [UInt8]) -> ShellScript {
        ShellScript(resource, reading: "default-target.sh", PackageResources.default_target_sh)
    }
}
