// SPDX-License-Identifier: Apache-2.0
internal import Guest
internal import Host
internal import Sandbox
internal import SystemPackage

/// The drill's disk and what goes onto it: Debian's own packages for s390x, the plan, and the guest's scripts.
struct DrillDisk {
    /// Names the boot menu that the disk has before the plan comes.
    static let beforeParameter = "bessemer.menu=before"
    /// What the menu calls its entry; quotes and brackets are in the names of distributions, too.
    static let entryBefore = "Before Bessemer (the machine's own)"

    /// As the kernel takes its partition after `root=`.
    static let root = "/dev/vda1"

    private static let sector = 512
    /// A partition that begins at 1 MiB, as every partitioner makes it today.
    private static let firstSector = 2048

    let sandbox: SandboxRoot
    let folder: FilePath

    var image: FilePath { folder.appending("disk.raw") }
    var initramfs: FilePath { folder.appending("initramfs.cpio") }
    private var userSpace: FilePath { folder.appending("user-space") }

    /// What is only needed while the drill runs.
    func remove() {
        for path in [image, initramfs, userSpace] { try? Files.remove(path) }
    }

    /// Makes an empty disk with one DOS partition of type Linux.
    func make(mebibytes: Int) throws {
        let sectors = mebibytes << 20 / Self.sector
        var table = [UInt8](repeating: 0, count: Self.sector)
        func put(_ value: UInt32, at offset: Int) {
            for index in 0..<4 { table[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
        }
        // The classical generic MBR: partition 1 at 446, its type at +4, first sector at +8, number of sectors at +12.
        table[446 + 4] = 0x83
        put(UInt32(Self.firstSector), at: 446 + 8)
        put(UInt32(sectors - Self.firstSector), at: 446 + 12)
        table[510] = 0x55
        table[511] = 0xaa
        do {
            let file = try FileDescriptor.open(
                image, .readWrite, options: [.create, .truncate, .closeOnExec], permissions: [.ownerReadWrite])
            try file.closeAfter {
                try file.writeAll(table)
                try file.resize(to: Int64(sectors * Self.sector))
            }
        } catch let error as Errno {
            throw Failure(
                "file.unwritable", "could not make the disk \(image)", advice: "check the folder and its free space",
                underlying: error)
        }
    }

    /// Of the first sector, where zipl puts what the firmware starts.
    func bootRecord() throws -> Digest {
        do {
            let file = try FileDescriptor.open(image, .readOnly, options: [.closeOnExec])
            return try file.closeAfter {
                let bytes = unsafe try [UInt8](unsafeUninitializedCapacity: Self.sector) { buffer, count in
                    count = unsafe try file.read(into: UnsafeMutableRawBufferPointer(buffer))
                }
                return Digest(of: bytes)
            }
        } catch let error as Errno {
            throw Failure(
                "file.unreadable", "could not read the disk \(image)", advice: "run this again", underlying: error)
        }
    }

    /// Unpacks the packages (no maintainer scripts run) and writes the initial RAM file system that carries them.
    /// `parameters` are those of the kernel that the machine has before the plan comes.
    func pack(
        _ packages: [FilePath], busybox: FilePath, plan: FilePath, module: FilePath?, parameters: [String]
    ) async throws {
        try Files.remove(userSpace)
        try await sandbox.unpack(packages, into: userSpace, "drill.package", deadline: .seconds(120))
        var archive = InitramfsArchive()
        for name in ["bin", "dev", "disk", "proc", "rootfs", "sys", "tmp"] { try archive.addFolder(name) }
        try archive.addCharacterDevice("dev/console", major: 5, minor: 1)
        try archive.addCharacterDevice("dev/null", major: 1, minor: 3, permissions: 0o666)
        let shell = try Files.bytes(busybox)
        try archive.addFile("bin/busybox", shell, permissions: 0o755)
        try archive.addFile("init", Array(DrillScripts.initramfs.utf8), permissions: 0o755)

        // zipl asks for 0755 and the like of nobody; what is not needed on a console stays at home.
        let unwanted = ["usr/share/", "usr/lib/s390x-linux-gnu/perl", "usr/lib/s390x-linux-gnu/gconv", "usr/bin/perl"]
        try archive.addTree(userSpace, at: "rootfs") { path in !unwanted.contains { (path + "/").hasPrefix($0) } }
        for name in [
            "boot", "boot/loader", "boot/loader/entries", "dev", "etc", "proc", "root", "run", "sys", "tmp", "usr",
            "usr/bin", "usr/lib", "usr/lib/s390-tools", "usr/local", "usr/local/bin", "usr/local/sbin", "usr/sbin",
            "var", "var/lib", "var/lib/bessemer-drill",
        ] where !archive.contains("rootfs/\(name)") {
            try archive.addFolder("rootfs/\(name)")
        }
        let links: KeyValuePairs = [
            "bin": "usr/bin", "lib": "usr/lib", "sbin": "usr/sbin", "usr/bin/sh": "busybox", "usr/bin/env": "busybox",
        ]
        for (name, target) in links where !archive.contains("rootfs/\(name)") {
            try archive.addSymbolicLink("rootfs/\(name)", to: target)
        }
        try archive.addCharacterDevice("rootfs/dev/console", major: 5, minor: 1)
        if !archive.contains("rootfs/usr/bin/busybox") {
            try archive.addFile("rootfs/usr/bin/busybox", shell, permissions: 0o755)
        }
        try archive.addFile("rootfs/usr/sbin/init", Array(DrillScripts.disk.utf8), permissions: 0o755)
        try addMenu(to: &archive, parameters)
        try archive.addFolder("rootfs/root/plan")
        try archive.addTree(plan, at: "rootfs/root/plan")
        if let module { try archive.addFile("rootfs/root/bessemer_drill.ko", Files.bytes(module)) }
        try archive.write(to: initramfs)
        try Files.remove(userSpace)
    }

    /// What zipl finds on the disk before the plan comes: its minimal configuration and a boot loader entry; an
    /// /etc/zipl.conf, which the guest may put there instead of both, lies in /root.
    private func addMenu(to archive: inout InitramfsArchive, _ parameters: [String]) throws {
        let line = (["root=\(Self.root)"] + parameters + [Self.beforeParameter]).joined(separator: " ")
        let minimal = """
            [defaultboot]
            defaultauto
            prompt = 1
            timeout = 5
            target = /boot

            """
        let entry = """
            title \(Self.entryBefore)
            version 1
            linux /before/vmlinuz
            options \(line)

            """
        let classic = """
            [defaultboot]
            defaultmenu = menu

            [before]
            target = /boot/before
            image = /boot/before/vmlinuz
            parameters = "\(line)"

            :menu
            target = /boot
            1 = before
            default = 1

            """
        try archive.addFile("rootfs/usr/lib/s390-tools/zipl.conf", Array(minimal.utf8))
        try archive.addFile("rootfs/boot/loader/entries/before.conf", Array(entry.utf8))
        try archive.addFile("rootfs/root/classic.conf", Array(classic.utf8))
    }
}
