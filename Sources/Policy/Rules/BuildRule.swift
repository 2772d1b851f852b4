// SPDX-License-Identifier: Apache-2.0
internal import Records

/// BLD and KRN: whether what was built is reproducible, and what ran is what was built.
enum BuildRule: RunRule {
    static let leak = RuleDescription(
        "BLD001", .error, "a path of this machine is in an artifact", plural: "paths of this machine are in artifacts",
        check: "The names of the folders that the build was given are looked for in each artifact.",
        rationale: "The same source does not give the same bytes elsewhere, and the artifact tells where it was made.",
        remediation: "Find what wrote it (grep the object folder), and report it: builds see fixed mount points only.",
        sources: ["Documentation/kbuild/reproducible-builds.rst"])
    static let other = RuleDescription(
        "KRN001", .error, "the kernel that ran is not the vmlinux that was built",
        check:
            "The build notes of vmlinux, with its build identifier, are compared with /sys/kernel/notes of the kernel that ran.",
        rationale: "What was read from vmlinux says nothing of another kernel.",
        remediation: "Find out what made bzImage: kbuild makes it of vmlinux alone.",
        sources: ["kernel/ksysfs.c, notes_read()", "arch/s390/kernel/vmlinux.lds.S, NOTES"])
    static let unidentified = RuleDescription(
        "KRN002", .warning, "whether the kernel that ran is the vmlinux that was built is not known", decides: .unknown,
        check: "vmlinux and the kernel that ran both give their notes.",
        rationale: "What was read from vmlinux can't be said of the kernel that ran.",
        remediation:
            "Build with CONFIG_SYSFS and a linker that writes a build identifier; read the console log for the guest's error.",
        sources: ["kernel/ksysfs.c, notes_read()"])

    static let descriptions = [leak, other, unidentified]

    static func findings(in facts: RunFacts) -> [Finding] {
        let leaks = facts.kernels.candidate.build.leakedPaths.map {
            leak.finding(at: .init(file: $0), expected: "none", found: $0)
        }
        let kernels = [("", facts.kernels.candidate)] + (facts.kernels.baseline.map { [("baseline ", $0)] } ?? [])
        return leaks
            + kernels.compactMap { name, kernel in
                let image = Finding.Location(
                    file: "arch/s390/boot/bzImage", symbol: kernel.role.rawValue)
                guard let expected = kernel.build.notesSHA256, let found = kernel.boot.notesSHA256 else {
                    return unidentified.finding(
                        "whether the \(name)kernel that ran is the vmlinux that was built is not known: no notes",
                        at: image)
                }
                let (built, ran) = (kernel.build.buildID, kernel.boot.buildID)
                guard expected != found || built != ran && built != nil && ran != nil else { return nil }
                return other.finding(
                    "the \(name)kernel that ran is not the vmlinux that was built", at: image,
                    expected: "build identifier \(built ?? "none"), notes with SHA-256 \(expected)",
                    found: "build identifier \(ran ?? "none"), notes with SHA-256 \(found) at /sys/kernel/notes")
            }
    }
}
