// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import SystemPackage

/// What a host says of the things that name spaces depend on.
struct NamespaceFacts: Sendable {
    /// By a file below /proc/sys, e.g. `user/max_user_namespaces`: its text; nil where there is none.
    var settings: @Sendable (String) -> String?
    var isRoot: Bool
    /// Whether the kernel has user name spaces at all.
    var hasUserNamespaces: Bool
    /// The container that this runs in, e.g. `docker`; nil outside of any.
    var container: String?
    /// Whether the root folder is not the machine's own.
    var isChroot: Bool

    /// Of this host.
    static var ofHost: NamespaceFacts {
        NamespaceFacts(
            settings: { name in
                (try? Files.text(FilePath("/proc/sys/\(name)"), limit: 4096))?
                    .trimmingCharacters(in: .whitespacesAndNewlines)
            },
            isRoot: Privilege.isRoot, hasUserNamespaces: Files.exists("/proc/self/ns/user"),
            container: Self.containerOfHost(), isChroot: Self.isHostChroot())
    }

    /// As the runtimes say it themselves (podman, docker, systemd's `container=`).
    private static func containerOfHost() -> String? {
        if let named = try? Files.text("/run/systemd/container", limit: 4096) {
            return named.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        if Files.exists("/run/.containerenv") { return "podman" }
        if Files.exists("/.dockerenv") { return "docker" }
        return ProcessInfo.processInfo.environment["KUBERNETES_SERVICE_HOST"].map { _ in "kubernetes" }
    }

    private static func isHostChroot() -> Bool {
        guard let ours = Files.status("/"), let first = Files.status("/proc/1/root") else { return false }
        return ours.st_ino != first.st_ino || ours.st_dev != first.st_dev
    }
}

/// Why a program could not make the name spaces that a sandbox needs, and what lifts that cause alone.
struct IsolationFault: Sendable, Hashable {
    let found: String
    let remediation: String

    /// The kernel's names of the limits (Documentation/admin-guide/sysctl/user.rst).
    private static let kinds = ["user", "net", "pid", "ipc", "mnt", "uts", "cgroup"]

    /// Reads the cause from the host, and from what `bwrap` or `unshare` said where the host does not show it.
    init(_ said: String, _ facts: NamespaceFacts) {
        let said = said.trimmingCharacters(in: .whitespacesAndNewlines)
        let quote = said.isEmpty ? "" : " (it said: \(said))"
        let sudo = facts.isRoot ? "" : "sudo "
        func onHost(_ settings: String) -> String {
            (facts.container.map { "on the machine that runs this container (\($0)): " } ?? "")
                + "\(sudo)sysctl -w \(settings)"
        }
        let limits = Self.kinds.map { "max_\($0)_namespaces" }
        let zero = limits.filter { facts.settings("user/\($0)") == "0" }
        if said.contains("Unknown option") || said.contains("unknown option") {
            self.init("bwrap is too old for a sandbox\(quote)", "install bubblewrap 0.8.0 or later")
        } else if said.contains("setuid") {
            self.init(
                "bwrap is installed setuid, which a sandbox has no use for\(quote)",
                "\(sudo)chmod u-s \"$(command -v bwrap)\"")
        } else if !zero.isEmpty {
            self.init(
                zero.map { "user.\($0) is 0" }.joined(separator: ", ")
                    + ", so no name space can be made; the disk is not full\(quote)",
                onHost(zero.map { "user.\($0)=15000" }.joined(separator: " ")))
        } else if !facts.hasUserNamespaces {
            self.init(
                "this kernel has no user name spaces\(quote)", "use a kernel with CONFIG_USER_NS=y")
        } else if said.contains("No space left on device") || said.contains("ENOSPC") {
            let used = limits.compactMap { name in
                facts.settings("user/\(name)").flatMap { Int($0) }.map { (name, $0) }
            }.min { $0.1 < $1.1 }
            self.init(
                "a limit on name spaces is reached"
                    + (used.map { " (the lowest: user.\($0.0) is \($0.1))" } ?? "")
                    + ", or they are nested 32 deep; the disk is not full\(quote)",
                onHost(
                    used.map { "user.\($0.0)=\(min(max($0.1, 7500), 1 << 29) * 2)" }
                        ?? "user.max_user_namespaces=15000"))
        } else if !facts.isRoot, facts.settings("kernel/unprivileged_userns_clone") == "0" {
            self.init(
                "kernel.unprivileged_userns_clone is 0: only root may make user name spaces\(quote)",
                onHost("kernel.unprivileged_userns_clone=1"))
        } else if !facts.isRoot, facts.settings("kernel/apparmor_restrict_unprivileged_userns") == "1" {
            self.init(
                "AppArmor keeps programs without a profile from using user name spaces\(quote)",
                onHost("kernel.apparmor_restrict_unprivileged_userns=0") + ", or give bwrap a profile with `userns,`")
        } else if let container = facts.container {
            self.init(
                "this is a container (\(container)), whose runtime forbids name spaces\(quote)",
                Self.permission(in: container))
        } else if facts.isChroot {
            self.init(
                "this runs in a changed root folder (chroot), in which no user name space can be made\(quote)",
                "run this outside of it")
        } else {
            self.init(
                "name spaces can't be made, and no setting that is known forbids it\(quote)",
                "look for a denial in the kernel's log: \(sudo)dmesg | tail")
        }
    }

    private init(_ found: String, _ remediation: String) {
        self.found = found
        self.remediation = remediation
    }

    /// How a container is started so that one can be made in it.
    private static func permission(in container: String) -> String {
        switch container {
        case "docker":
            "start it with `docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined "
                + "--security-opt systempaths=unconfined`"
        case "podman", "oci": "start it with `podman run --security-opt seccomp=unconfined --security-opt unmask=ALL`"
        case "lxc", "lxc-libvirt": "allow nesting: lxc config set NAME security.nesting true"
        case "kubernetes": "run it as a pod whose securityContext has seccompProfile Unconfined and procMount Unmasked"
        case "systemd-nspawn":
            "start it with `systemd-nspawn --system-call-filter=\"@mount @sandbox\" --private-users=no`"
        default: "let its runtime allow unshare, mount and a /proc of one's own, or run this on the machine itself"
        }
    }
}
