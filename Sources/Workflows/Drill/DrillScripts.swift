// SPDX-License-Identifier: Apache-2.0
internal import Rollback

/// What the drill's guest does: scripts for busybox's shell, which are files in `Resources`.
///
/// Each line that a script says begins with the session's name, which no other program on the console knows.
enum DrillScripts {
    /// What a boot of the disk is for; the disk's serial number tells the guest, as `SCENE-TOKEN`.
    enum Scene: String {
        /// From an initial RAM file system: tell what the kernel has.
        case look
        /// From an initial RAM file system: make the disk and install the plan.
        case install
        case ipl
        /// The first start of the baseline, and its promotion.
        case promote
        case trial
        case panic
        case hang
        case cut
        case uninstall
    }

    /// Before each line's word.
    static func marker(_ session: String) -> String { "bessemer \(session): " }

    /// The kernel parameter that names the session where there is no disk to tell it.
    static let sessionParameter = "bessemer.session="
    /// Seconds until diag288 resets a machine whose watchdog is not fed: the least that the device takes
    /// (drivers/watchdog/diag288_wdt.c).
    static let watchdogSeconds = 15

    /// /init of the initial RAM file system.
    static var initramfs: String { withCommon(PackageResources.drill_initramfs_sh) }
    /// /sbin/init of the disk.
    static var disk: String { withCommon(PackageResources.drill_disk_sh) }

    private static func withCommon(_ resource: [UInt8]) -> String {
        ShellScript(resource, reading: "drill-common.sh", PackageResources.drill_common_sh).text
    }
}
