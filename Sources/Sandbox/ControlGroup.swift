// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import Records
internal import SystemPackage

/// A control group of this process's own, which counts the processes and the memory of what it runs (cgroups(7)).
///
/// Root gets one below the top of each hierarchy, as a container engine without systemd does. Nobody else may make one
/// there; for them the user's limit of processes holds (setrlimit(2)).
struct ControlGroup: Sendable {
    /// Where a process writes its number to join, one file for each hierarchy.
    let files: [String]
    let text: String

    private static let folder = "bessemer"

    /// Nil where no hierarchy takes a group of ours.
    init?(_ limits: Confinement.Limits) {
        guard Privilege.isRoot else { return nil }
        var files: [String] = []
        var held: [String] = []
        for hierarchy in Self.hierarchies() {
            guard let group = Self.make(hierarchy, limits) else { continue }
            files.append(group.path.appending("cgroup.procs").string)
            held += group.held
        }
        guard !held.isEmpty else { return nil }
        self.files = files
        text = held.sorted().joined(separator: ", ")
    }

    private struct Hierarchy {
        let mount: FilePath
        /// `pids` and `memory`, as far as it has them.
        let controllers: [String]
        let isUnified: Bool
    }

    /// The mounted hierarchies with a controller of ours, by this process's table of mounts.
    private static func hierarchies() -> [Hierarchy] {
        guard let table = try? Files.text("/proc/self/mounts") else { return [] }
        return table.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 3 else { return nil }
            let mount = FilePath(String(fields[1]))
            let names: String
            switch fields[2] {
            case "cgroup2": names = (try? Files.text(mount.appending("cgroup.controllers"))) ?? ""
            case "cgroup": names = String(fields[3]).replacing(",", with: " ")
            default: return nil
            }
            let ours = names.split(whereSeparator: \.isWhitespace).map(String.init).filter(["pids", "memory"].contains)
            return ours.isEmpty
                ? nil : Hierarchy(mount: mount, controllers: ours, isUnified: fields[2] == "cgroup2")
        }
    }

    private static func make(_ hierarchy: Hierarchy, _ limits: Confinement.Limits) -> (path: FilePath, held: [String])?
    {
        let parent = hierarchy.mount.appending(folder)
        let manager = FileManager.default
        try? manager.createDirectory(atPath: parent.string, withIntermediateDirectories: false)
        for name in Files.names(in: parent) {
            guard let owner = pid_t(name), kill(owner, 0) != 0, errno == ESRCH else { continue }
            unsafe rmdir(parent.appending(name).string)
        }
        if hierarchy.isUnified {
            let names = hierarchy.controllers.map { "+\($0)" }.joined(separator: " ")
            _ = write(names, to: hierarchy.mount.appending("cgroup.subtree_control"))
            guard write(names, to: parent.appending("cgroup.subtree_control")) else { return nil }
        }
        let group = parent.appending("\(ProcessInfo.processInfo.processIdentifier)")
        try? manager.createDirectory(atPath: group.string, withIntermediateDirectories: false)
        let memory = hierarchy.isUnified ? "memory.max" : "memory.limit_in_bytes"
        let held = hierarchy.controllers.filter { controller in
            controller == "pids"
                ? write("\(limits.processes)", to: group.appending("pids.max"))
                : write("\(limits.memory)", to: group.appending(memory))
        }
        return held.isEmpty ? nil : (group, held)
    }

    /// Writes to a file of the kernel's that is there already.
    private static func write(_ text: String, to file: FilePath) -> Bool {
        guard let descriptor = try? FileDescriptor.open(file, .writeOnly, options: [.closeOnExec]) else { return false }
        defer { try? descriptor.close() }
        return (try? descriptor.writeAll(text.utf8)) != nil
    }
}
