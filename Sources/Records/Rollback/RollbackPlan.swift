// SPDX-License-Identifier: Apache-2.0
package import Host

/// What a host's firmware does about signatures (`/sys/firmware/ipl/{has_secure,secure}`).
package enum SecureBoot: String, Codable, Sendable, CaseIterable {
    /// Only signed kernels start.
    case enforced
    case off
    /// Nothing told.
    case unknown
}

/// The boot configuration in which a GCC kernel stands beside a kernel with Rust and the machine's own.
///
/// The same plan gives the same bytes. Sources: zipl.conf(5), zipl(8), chreipl(8), arch/s390/kernel/ipl.c.
package struct RollbackPlan: RecordBody {
    package static let kind = RecordKind.rollbackPlan
    package static let version = 1

    /// One of the two kernels.
    package struct Kernel: Codable, Hashable, Sendable {
        package let role: KernelRole
        package let image: KernelImage
        /// Of the initial RAM file system; nil where the kernel starts without one.
        package let initramfs: Digest?
        /// The kernel's command line, without the values that may be secret (`KernelParameters`).
        package let parameters: String
        /// The number of modules that the plan brings; nil where it brings none.
        package let modules: Int?

        package init(role: KernelRole, image: KernelImage, initramfs: Digest?, parameters: String, modules: Int?) {
            self.role = role
            self.image = image
            self.initramfs = initramfs
            self.parameters = parameters
            self.modules = modules
        }
    }

    /// One file of the plan's folder.
    package struct File: Codable, Hashable, Sendable {
        /// Below the plan's folder.
        package let path: String
        package let sha256: Digest

        package init(path: String, sha256: Digest) {
            self.path = path
            self.sha256 = sha256
        }
    }

    package static let schema = "bessemer-rollback-plan/2"

    package let schema: String
    package let kernels: [Kernel]
    /// Device number of the disk to IPL from, as in `0.0.0100`; nil for the one that the machine was started from.
    package let device: String?
    package let secureBoot: SecureBoot
    /// What a person has to know or do beside the scripts; one sentence each.
    package let notes: [String]
    /// What the folder holds, `plan.json` and `SHA256SUMS` aside.
    package let files: [File]

    package init(
        schema: String, kernels: [Kernel], device: String?, secureBoot: SecureBoot, notes: [String], files: [File]
    ) {
        self.schema = schema
        self.kernels = kernels
        self.device = device
        self.secureBoot = secureBoot
        self.notes = notes
        self.files = files
    }

    /// The images of both kernels.
    package var subjects: [Subject] { kernels.map { Subject($0.role.rawValue, $0.image.sha256) } }

    /// The files of the plan that its record keeps: scripts, units and texts. Kernels and modules are what was built, and
    /// zipl.conf has the kernels' whole command lines: it is kept where nothing was left out of these.
    package var texts: [String] {
        let leavesOut = kernels.contains { $0.parameters.contains(Redaction.mark) }
        return files.map(\.path).filter { !$0.hasPrefix("kernels/") && !(leavesOut && $0 == Self.menu) }
            + ["plan.json", "SHA256SUMS"]
    }

    /// The file with the plan's entries of zipl's menu.
    package static let menu = "zipl.conf"
}
