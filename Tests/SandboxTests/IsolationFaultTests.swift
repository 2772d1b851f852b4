// SPDX-License-Identifier: Apache-2.0
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Sandbox

@Suite struct IsolationFaultTests {
    private func facts(
        _ settings: [String: String] = [:], isRoot: Bool = false, hasUserNamespaces: Bool = true,
        container: String? = nil, isChroot: Bool = false
    ) -> NamespaceFacts {
        let usual = ["user/max_user_namespaces": "96365", "user/max_net_namespaces": "96365"]
        let all = usual.merging(settings) { $1 }
        return NamespaceFacts(
            settings: { all[$0] }, isRoot: isRoot, hasUserNamespaces: hasUserNamespaces, container: container,
            isChroot: isChroot)
    }

    private static let noSpace = "bwrap: Creating new namespace failed: No space left on device"
    private static let denied = "bwrap: Creating new namespace failed: Operation not permitted"

    @Test func `a limit of zero is named, and that the disk is not full`() {
        let fault = IsolationFault(Self.noSpace, facts(["user/max_user_namespaces": "0"]))
        #expect(
            fault.found.hasPrefix("user.max_user_namespaces is 0, so no name space can be made; the disk is not full"))
        #expect(fault.remediation == "sudo sysctl -w user.max_user_namespaces=15000")
        let network = IsolationFault(Self.noSpace, facts(["user/max_net_namespaces": "0"], isRoot: true))
        #expect(network.remediation == "sysctl -w user.max_net_namespaces=15000")
    }

    @Test(arguments: [noSpace, "bwrap: nesting depth or /proc/sys/user/max_*_namespaces exceeded (ENOSPC)"])
    func `a limit that is reached is raised`(said: String) {
        let fault = IsolationFault(said, facts(["user/max_user_namespaces": "10"]))
        #expect(fault.found.contains("a limit on name spaces is reached (the lowest: user.max_user_namespaces is 10)"))
        #expect(fault.found.contains("the disk is not full"))
        #expect(fault.remediation == "sudo sysctl -w user.max_user_namespaces=15000")
    }

    @Test func `each setting that forbids them has its own remediation, and no other`() {
        let debian = IsolationFault(Self.denied, facts(["kernel/unprivileged_userns_clone": "0"]))
        #expect(debian.remediation == "sudo sysctl -w kernel.unprivileged_userns_clone=1")
        let ubuntu = IsolationFault(
            "bwrap: setting up uid map: Permission denied",
            facts(["kernel/unprivileged_userns_clone": "1", "kernel/apparmor_restrict_unprivileged_userns": "1"]))
        #expect(ubuntu.remediation.hasPrefix("sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or"))
        let root = IsolationFault(Self.denied, facts(["kernel/unprivileged_userns_clone": "0"], isRoot: true))
        #expect(!root.remediation.contains("unprivileged_userns_clone"), "root needs no such permission")
        let kernel = IsolationFault("bwrap: Invalid argument", facts(hasUserNamespaces: false))
        #expect(kernel.remediation == "use a kernel with CONFIG_USER_NS=y")
        let chroot = IsolationFault(Self.denied, facts(isChroot: true))
        #expect(chroot.found.contains("chroot"))
        let old = IsolationFault("bwrap: Unknown option --disable-userns", facts())
        #expect(old.remediation == "install bubblewrap 0.8.0 or later")
        let unknown = IsolationFault(Self.denied, facts())
        #expect(unknown.found.contains("no setting that is known forbids it") && unknown.found.contains(Self.denied))
    }

    @Test(arguments: ["docker", "podman", "lxc", "kubernetes", "systemd-nspawn", "another"])
    func `a container that forbids them is told apart from a setting`(container: String) {
        let fault = IsolationFault(Self.denied, facts(isRoot: true, container: container))
        #expect(fault.found.hasPrefix("this is a container (\(container)), whose runtime forbids name spaces"))
        #expect(!fault.remediation.contains("sysctl"))
        // A limit is the machine's, in a container, too.
        let limit = IsolationFault(Self.noSpace, facts(["user/max_user_namespaces": "0"], container: container))
        #expect(limit.remediation.hasPrefix("on the machine that runs this container (\(container)): "))
    }

    /// In a user name space whose own limit is 0, bwrap says what it says of a host.
    @Test(arguments: ["user", "net"])
    func `what bwrap itself says where a limit is zero is read as that`(kind: String) async throws {
        let said = try await Command(
            "unshare",
            [
                "--user", "--map-root-user", "--mount", "--", "sh", "-c",
                "echo 0 >/proc/sys/user/max_\(kind)_namespaces && exec bwrap \"$@\"", "sh",
            ] + HostChecks.isolation + ["true"]
        ).capture()
        #expect(said.ending == .exited(1))
        #expect(said.error.contains("No space left on device") || said.error.contains("ENOSPC"), "\(said.error)")
        let fault = IsolationFault(said.error, facts(["user/max_\(kind)_namespaces": "0"]))
        #expect(fault.found.hasPrefix("user.max_\(kind)_namespaces is 0"))
    }

    @Test func `a folder that can't be written is missing, and one that can is not`() async throws {
        try await withTemporaryFolder { folder in
            try AtomicFile.write("a file", to: folder.appending("file"))
            let checks = await HostChecks(
                directories: Directories(environment: [
                    "HOME": folder.string, "XDG_CACHE_HOME": "\(folder)/file/cache",
                    "XDG_STATE_HOME": "\(folder)/state",
                ]), environment: ["PATH": "/nonexistent"]
            ).all()
            let writing = checks.filter { $0.title.hasPrefix("writing below") }
            #expect(writing.map(\.isGood) == [false, true])
            #expect(Files.names(in: folder) == ["file"])
        }
    }
}
