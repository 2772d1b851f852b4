// SPDX-License-Identifier: Apache-2.0
internal import Foundation
public import Host
internal import SystemPackage

/// One thing that this host needs to have.
public struct HostCheck: Codable, Hashable, Sendable {
    public let title: String
    public let isGood: Bool
    public let found: String
    /// The command that mends it; empty where nothing is to be mended.
    public let mend: String
}

/// Tries out what sandboxes and guests need of the host.
public struct HostChecks: Sendable {
    private let directories: Directories

    public init(directories: Directories) {
        self.directories = directories
    }

    /// Each check is a trial, not a look at a version.
    public func all() async -> [HostCheck] {
        let sudo = Privilege.isRoot ? "" : "sudo "
        var checks: [HostCheck] = []
        for (program, package) in [
            ("mmdebstrap", "mmdebstrap"), ("bwrap", "bubblewrap"), ("apt-get", "apt"), ("dpkg-deb", "dpkg"),
        ] {
            let answer = try? await Command(program, ["--version"]).capture(deadline: .seconds(20))
            let version = answer?.output.split(separator: "\n").first.map(String.init)
            checks.append(
                HostCheck(
                    title: program, isGood: answer?.succeeded == true, found: version ?? "not found",
                    mend: answer?.succeeded == true ? "" : "\(sudo)apt-get install --yes \(package)"))
        }
        checks.append(await isolation(sudo))
        checks.append(await identities(sudo))
        checks.append(await mirror())
        checks.append(space())
        return checks
    }

    private func isolation(_ sudo: String) async -> HostCheck {
        let trial = Command(
            "bwrap",
            ["--ro-bind", "/", "/", "--unshare-net", "--unshare-pid", "--proc", "/proc", "--dev", "/dev", "true"])
        let answer = try? await trial.capture(deadline: .seconds(20))
        let good = answer?.succeeded == true
        return HostCheck(
            title: "isolation (bwrap with its own network and process name spaces)", isGood: good,
            found: good
                ? "works" : (answer?.error.trimmingCharacters(in: .whitespacesAndNewlines) ?? "bwrap can't be run"),
            mend: good
                ? ""
                : "\(sudo)sysctl -w kernel.unprivileged_userns_clone=1 kernel.apparmor_restrict_unprivileged_userns=0")
    }

    private func identities(_ sudo: String) async -> HostCheck {
        let trial = Privilege.rooted(Command("sh", ["-c", "chown 1:1 \"$(mktemp)\""]))
        let answer = try? await trial.capture(deadline: .seconds(20))
        let good = answer?.succeeded == true
        return HostCheck(
            title: "a root to install packages as", isGood: good,
            found: good
                ? (Privilege.isRoot ? "root" : "a user name space with the identities of /etc/subuid")
                : (answer?.error.trimmingCharacters(in: .whitespacesAndNewlines) ?? "unshare can't be run"),
            mend: good
                ? ""
                : "\(sudo)apt-get install --yes uidmap && \(sudo)usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $USER"
        )
    }

    private func mirror() async -> HostCheck {
        do {
            let mirror = try await Mirror.ofHost()
            return HostCheck(title: "Debian mirror", isGood: true, found: "keys in \(mirror.keyring)", mend: "")
        } catch let failure as Failure {
            return HostCheck(title: "Debian mirror", isGood: false, found: failure.message, mend: failure.advice)
        } catch {
            return HostCheck(title: "Debian mirror", isGood: false, found: "\(error)", mend: "name one with --mirror")
        }
    }

    private func space() -> HostCheck {
        let free = (Files.freeSpace(at: directories.cache) ?? 0) >> 30
        return HostCheck(
            title: "room below \(directories.cache)", isGood: free >= 10,
            found: "\(free) GiB free, 10 needed for a first run",
            mend: free >= 10 ? "" : "export XDG_CACHE_HOME=DIR and XDG_STATE_HOME=DIR on a larger file system")
    }
}
