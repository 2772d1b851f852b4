// SPDX-License-Identifier: Apache-2.0
internal import Host
package import KernelTree
package import Records
package import SystemPackage

extension KernelRole {
    /// The name of its section in zipl's configuration.
    var section: String { "bessemer-\(rawValue)" }
}

extension SecureBoot {
    /// What the running machine says; unknown on anything but s390x.
    package static func ofHost() -> SecureBoot {
        #if arch(s390x)
            guard let secure = try? Files.text("/sys/firmware/ipl/secure") else { return .unknown }
            return secure.hasPrefix("1") ? .enforced : .off
        #else
            return .unknown
        #endif
    }
}

/// What a plan is asked for.
package struct RollbackRequest: Sendable {
    package var baseline: NamedKernel
    package var candidate: NamedKernel
    /// Initial RAM file systems, of the kernels that have one.
    package var initramfs: [KernelRole: FilePath] = [:]
    /// As the kernel takes it after `root=`.
    package var root: String
    /// For both kernels, e.g. `rw`, `console=ttyS0`.
    package var parameters: [String] = []
    /// For the kernel with Rust alone. An Oops in a trial is better a panic, which leads back.
    package var candidateParameters = ["oops=panic"]
    package var device: String?
    package var secureBoot = SecureBoot.unknown

    package init(baseline: NamedKernel, candidate: NamedKernel, root: String) {
        self.baseline = baseline
        self.candidate = candidate
        self.root = root
    }

    /// Writes the plan into a new folder, whole or not at all.
    ///
    /// Throws `Failure` with codes `kernel.image`, `rollback.same-kernel`, `rollback.roles`, `rollback.parameter`, `rollback.unsigned`,
    /// `rollback.root`, `rollback.initrd`, `rollback.modules`, `rollback.exists`, and those of reading and writing files.
    package func write(to folder: FilePath) throws -> RollbackPlan {
        try check()
        guard !Files.exists(folder) else {
            throw Failure(
                "rollback.exists", "\(folder) is there already",
                advice: "name a new folder with --output; a plan is never written over another")
        }
        let partial = FilePath("\(folder).partial")
        try Files.remove(partial)
        do {
            let plan = try write(into: partial)
            try Files.rename(partial, to: folder)
            return plan
        } catch {
            try? Files.remove(partial)
            throw error
        }
    }

    private func check() throws {
        guard baseline.image.sha256 != candidate.image.sha256 else {
            throw Failure(
                "rollback.same-kernel", "the baseline and the candidate are the same kernel image",
                advice: "name two kernels: the one to go back to (--baseline) and the one to try (--candidate)")
        }
        for word in [root] + parameters + candidateParameters {
            guard PlainText.isParameter(word) else {
                throw Failure(
                    "rollback.parameter", "“\(word)” can't be a kernel parameter here",
                    advice: "give printable ASCII without spaces, quotes, backslashes and dollar signs")
            }
        }
        for word in parameters + candidateParameters
        where ["root=", "bessemer.", "initrd=", "BOOT_IMAGE="].contains(where: word.hasPrefix) || word == "--" {
            throw Failure(
                "rollback.parameter", "“\(word)” contradicts what the plan says itself",
                advice:
                    "name the root file system with --root, and initial RAM file systems with --baseline-initrd and "
                    + "--candidate-initrd")
        }
        for role in KernelRole.allCases {
            let line = commandLine(role)
            let limit = kernel(role).image.commandLineSize
            guard line.utf8.count < limit else {
                throw Failure(
                    "rollback.parameter",
                    "the \(role.rawValue)'s command line has \(line.utf8.count) bytes; it takes \(limit - 1)",
                    advice: "give fewer kernel parameters")
            }
        }
        if let device, !PlainText.isDevice(device) {
            throw Failure(
                "rollback.parameter", "“\(device)” is not a device number", advice: "give one as lscss does: 0.0.0100")
        }
        let unsigned = KernelRole.allCases.filter { !kernel($0).image.isSigned }
        guard secureBoot != .enforced || unsigned.isEmpty else {
            throw Failure(
                "rollback.unsigned",
                "secure boot is enforced, and not signed: the "
                    + unsigned.map(\.rawValue).joined(separator: " and the "),
                advice: "sign both images (scripts/sign-file of the kernel's build), or turn secure boot off for the "
                    + "machine and give --secure off")
        }
    }

    /// That the kernels are what they are called: only the candidate has Rust. A sentence for each whose configuration is
    /// not known.
    private func roleWarnings() throws -> [String] {
        var unknown: [String] = []
        for role in KernelRole.allCases {
            guard let lacking = try kernel(role).lacking(["RUST"]) else {
                unknown.append("the \(role.rawValue)'s")
                continue
            }
            guard lacking.isEmpty == (role == .candidate) else {
                throw Failure(
                    "rollback.roles",
                    role == .baseline
                        ? "the kernel to go back to has CONFIG_RUST=y" : "the kernel to try has no CONFIG_RUST=y",
                    advice: "name the GCC kernel with --baseline and the kernel with Rust with --candidate: were they "
                        + "swapped?", underlying: kernel(role).configuration.map { "looked into \($0)" })
            }
        }
        guard !unknown.isEmpty else { return [] }
        return [
            "That the baseline has no Rust and the candidate has is not checked: no configuration was found beside "
                + "\(unknown.joined(separator: " and ")) image (.config of the build, or config-RELEASE)."
        ]
    }

    /// Tells bessemer-reipl-reset that this is the trial; the kernel takes it for a parameter of a module that is not there.
    static let trialParameter = "bessemer.trial=1"
    /// Tells bessemer-promote that this is the kernel to promote.
    package static let baselineParameter = "bessemer.baseline=1"

    func kernel(_ role: KernelRole) -> NamedKernel { role == .baseline ? baseline : candidate }

    func commandLine(_ role: KernelRole) -> String {
        let own = role == .candidate ? candidateParameters + [Self.trialParameter] : [Self.baselineParameter]
        return (["root=\(root)"] + parameters + own).joined(separator: " ")
    }

    private func write(into folder: FilePath) throws -> RollbackPlan {
        var warnings = try roleWarnings() + bootWarnings()
        let shareModules = baseline.image.release == candidate.image.release
        var written: [RollbackPlan.File] = []
        func add(_ path: String, _ bytes: [UInt8], executable: Bool = false) throws {
            let file = folder.pushing(FilePath(path))
            try Files.makeDirectory(file.removingLastComponent())
            try AtomicFile.write(
                bytes, to: file,
                permissions: executable
                    ? [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute]
                    : [.ownerReadWrite, .groupRead, .otherRead])
            written.append(RollbackPlan.File(path: path, sha256: Digest(of: bytes)))
        }
        var kernels: [RollbackPlan.Kernel] = []
        for role in KernelRole.allCases {
            let named = kernel(role)
            let image = try Files.bytes(named.file)
            guard Digest(of: image) == named.image.sha256 else {
                throw Failure(
                    "kernel.image", "\(named.file) changed while the plan was written", advice: "run this again")
            }
            try add("kernels/\(role.rawValue)/vmlinuz", image)
            var initramfs: Digest?
            if let file = self.initramfs[role] {
                let bytes = try InitramfsFile.bytes(file)
                initramfs = Digest(of: bytes)
                try add("kernels/\(role.rawValue)/initrd", bytes)
            }
            var brought: Int?
            if !shareModules, let modules = try named.objects.map(PlanModules.init(of:)), !modules.names.isEmpty {
                if modules.isTooLarge {
                    warnings.append(
                        "The \(role.rawValue)'s \(modules.names.count) modules have \(modules.size >> 20) MiB and are not in "
                            + "the plan, which takes \(PlanModules.largest >> 20): install them with `make modules_install "
                            + "INSTALL_MOD_STRIP=1` before the first start.")
                } else {
                    try modules.forEach { try add("kernels/\(role.rawValue)/modules/\($0)", $1) }
                    brought = modules.names.count
                }
            }
            kernels.append(
                .init(
                    role: role, image: named.image, initramfs: initramfs,
                    parameters: KernelParameters.redacted(commandLine(role)),
                    modules: brought))
        }
        let lines = Dictionary(uniqueKeysWithValues: KernelRole.allCases.map { ($0, commandLine($0)) })
        let hidden = Set(lines.values.flatMap(KernelParameters.hidden)).sorted()
        if !hidden.isEmpty {
            warnings.append(
                "The values of \(hidden.joined(separator: ", ")) stand in zipl.conf alone. They may be secret, so neither they "
                    + "nor zipl.conf are kept in the evidence log, which has its digest; protect this folder.")
        }
        let texts = PlanTexts(
            kernels: kernels, parameters: lines, device: device, secureBoot: secureBoot, warnings: warnings)
        for file in texts.files { try add(file.path, file.bytes, executable: file.isExecutable) }
        let sums = written.sorted { $0.path < $1.path }
        let plan = RollbackPlan(
            schema: RollbackPlan.schema, kernels: kernels, device: device, secureBoot: secureBoot, notes: texts.notes,
            files: sums)
        try AtomicFile.write(json: plan, to: folder.appending("plan.json"))
        try AtomicFile.write(
            sums.map { "\($0.sha256)  \($0.path)\n" }.joined(), to: folder.appending("SHA256SUMS"))
        return plan
    }
}
