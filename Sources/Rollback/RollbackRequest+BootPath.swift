// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import KernelTree
internal import Records

extension RollbackRequest {
    /// What is not certain of the way of each kernel from its image to its root file system. Throws `Failure` with code
    /// `rollback.root` where a kernel can't start.
    ///
    /// Without an initial RAM file system it knows few names of devices (early_lookup_bdev() in block/early-lookup.c), and
    /// only drivers that are built in.
    func bootWarnings() throws -> [String] {
        let bare = KernelRole.allCases.filter { initramfs[$0] == nil }
        guard !bare.isEmpty else { return [] }
        let who = "the " + bare.map(\.rawValue).joined(separator: " and the ")
        guard Self.isKnownToKernels(root) else {
            throw Failure(
                "rollback.root", "without an initial RAM file system \(who) can't find root=\(root)",
                advice:
                    "name one with --baseline-initrd and --candidate-initrd, or the root as the kernel itself knows it: "
                    + "/dev/dasda1, PARTUUID=…")
        }
        var warnings: [String] = []
        if root.hasPrefix("/dev/dasd") {
            for role in bare
            where !words(role).contains(where: { $0.hasPrefix("dasd=") || $0.hasPrefix("dasd_mod.dasd=") }) {
                throw Failure(
                    "rollback.root",
                    "without dasd= the \(role.rawValue) sets no DASD online, and has no initial RAM file system to do it",
                    advice: "give the device to both: --parameter dasd=0.0.0100, or name an initial RAM file system")
            }
        } else if !root.hasPrefix("/dev/vd"), !root.hasPrefix("/dev/nvme") {
            warnings.append(
                "Without an initial RAM file system nothing sets devices online: DASDs have to be named with dasd=, FCP disks "
                    + "with zfcp.device=.")
        }
        for role in bare {
            let needed = Self.drivers(root)
            guard let lacking = try kernel(role).lacking(needed) else {
                warnings.append(
                    "Whether the \(role.rawValue) has the drivers of its root device built in is not known: there is no "
                        + "configuration beside its image, and no initial RAM file system.")
                continue
            }
            guard lacking.isEmpty else {
                throw Failure(
                    "rollback.root",
                    "the \(role.rawValue) can't reach root=\(root): not built in are "
                        + lacking.map { "CONFIG_\($0)" }.joined(separator: ", "),
                    advice: "name an initial RAM file system, or build them in",
                    underlying: kernel(role).configuration.map { "looked into \($0)" })
            }
        }
        return warnings
    }

    private func words(_ role: KernelRole) -> [String] {
        parameters + (role == .candidate ? candidateParameters : [])
    }

    /// PARTUUID, PARTLABEL, a device of /dev that is not made by user space, numbers, and what is no block device.
    private static func isKnownToKernels(_ root: String) -> Bool {
        if root.hasPrefix("/dev/") {
            return !["/dev/mapper/", "/dev/disk/"].contains(where: root.hasPrefix)
        }
        if ["PARTUUID=", "PARTLABEL=", "mtd", "ubi", "nfs", "cifs"].contains(where: root.hasPrefix) { return true }
        let numbers = root.split(separator: ":", omittingEmptySubsequences: false)
        return numbers.count == 2
            && numbers.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(\.isDigit) }
    }

    /// Options that the root device needs; none where its name does not tell.
    private static func drivers(_ root: String) -> [String] {
        let drivers: KeyValuePairs = [
            "/dev/dasd": "DASD", "/dev/vd": "VIRTIO_BLK", "/dev/nvme": "BLK_DEV_NVME", "/dev/sd": "BLK_DEV_SD",
        ]
        return drivers.filter { root.hasPrefix($0.key) }.map(\.value)
    }
}
