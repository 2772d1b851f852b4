// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import Host
package import Records
internal import SystemPackage

/// Tries out what sandboxes and guests need of the host.
package struct HostChecks: Sendable {
    private let directories: Directories
    private let environment: [String: String]

    /// `environment` says where programs are looked for.
    package init(directories: Directories, environment: [String: String]) {
        self.directories = directories
        self.environment = environment
    }

    /// Each check is a trial, not a look at a version.
    package func all() async -> [HostCheck] {
        var checks: [HostCheck] = []
        for (program, package) in [
            ("mmdebstrap", "mmdebstrap"), ("bwrap", "bubblewrap"), ("apt-get", "apt"), ("dpkg-deb", "dpkg"),
        ] {
            let answer = await answer(to: Command(program, ["--version"], environment: environment))
            let version = answer?.output.split(separator: "\n").first.map(String.init)
            checks.append(
                check(
                    program, answer?.succeeded == true, version ?? "not found",
                    "\(sudo)apt-get install --yes \(package)"))
        }
        return await checks + [
            isolation(), identities(), mirror(), space(),
            writing("packages and sandboxes", below: directories.cache),
            writing("runs and evidence", below: directories.state),
        ]
    }

    private var sudo: String { Privilege.isRoot ? "" : "sudo " }

    private func answer(to command: Command) async -> Outcome? { try? await command.capture(deadline: .seconds(20)) }

    private func check(_ title: String, _ isGood: Bool, _ found: String, _ remediation: String = "") -> HostCheck {
        HostCheck(title: title, isGood: isGood, found: found, remediation: isGood ? "" : remediation)
    }

    /// What every sandbox is started with: name spaces of its own, and no capability, for root, too.
    static let isolation = [
        "--ro-bind", "/", "/", "--unshare-user", "--disable-userns", "--unshare-cgroup", "--unshare-net",
        "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--cap-drop", "ALL", "--proc", "/proc", "--dev", "/dev",
    ]

    private func isolation() async -> HostCheck {
        let answer = await answer(to: Command("bwrap", Self.isolation + ["true"], environment: environment))
        let good = answer?.succeeded == true
        let fault = answer.map { IsolationFault($0.error, .ofHost) }
        return check(
            "isolation (bwrap with name spaces of its own and no capability)", good,
            good ? "works" : fault?.found ?? "bwrap can't be run",
            fault?.remediation ?? "\(sudo)apt-get install --yes bubblewrap")
    }

    private func identities() async -> HostCheck {
        let answer = await answer(
            to: Privilege.rooted(Command("sh", ["-c", "chown 1:1 \"$(mktemp)\""], environment: environment)))
        let good = answer?.succeeded == true
        // Without the name space there is nothing to map identities in.
        let isUnshared = answer?.error.contains("unshare failed") != true
        let fault = isUnshared ? nil : answer.map { IsolationFault($0.error, .ofHost) }
        return check(
            "a root to install packages as", good,
            good
                ? (Privilege.isRoot ? "root" : "a user name space with the identities of /etc/subuid")
                : fault?.found ?? answer?.error.trimmingCharacters(in: .whitespacesAndNewlines)
                    ?? "unshare can't be run",
            fault?.remediation
                ?? "\(sudo)apt-get install --yes uidmap && \(sudo)usermod --add-subuids 100000-165535 "
                + "--add-subgids 100000-165535 $USER")
    }

    private func mirror() async -> HostCheck {
        do {
            return check("Debian mirror", true, "keys in \(try await Mirror.ofHost().keyring)")
        } catch let failure as Failure {
            return check("Debian mirror", false, failure.message, failure.advice)
        } catch {
            return check("Debian mirror", false, "\(error)", "name one with --mirror")
        }
    }

    /// Makes a folder where Bessemer would, or in the nearest parent that is there.
    private func writing(_ what: String, below folder: FilePath) -> HostCheck {
        var parent = folder
        while !Files.exists(parent), parent.removeLastComponent() {}
        let trial = parent.appending(".bessemer-trial-\(UUID().uuidString)")
        let title = "writing below \(folder) (\(what))"
        do {
            try Files.makeDirectory(trial)
            try Files.remove(trial)
            return check(title, true, "works")
        } catch let failure as Failure {
            return check(
                title, false, "\(parent): \(failure.underlying ?? failure.message)",
                "make it writable for this user, or export XDG_CACHE_HOME=DIR and XDG_STATE_HOME=DIR")
        } catch {
            return check(title, false, "\(parent): \(error)", "check its permissions")
        }
    }

    private func space() -> HostCheck {
        let free = (Files.freeSpace(at: directories.cache) ?? 0) >> 30
        return check(
            "room below \(directories.cache)", free >= 10, "\(free) GiB free, 10 needed for a first run",
            "export XDG_CACHE_HOME=DIR and XDG_STATE_HOME=DIR on a larger file system")
    }
}
