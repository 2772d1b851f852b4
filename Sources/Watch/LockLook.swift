// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records
internal import Sandbox

/// The packages of a sandbox lock for one architecture, and what the lock's own suites have of them now.
struct LockLook: Sendable {
    let file: String
    let architecture: String
    let place: WatchPlace

    var source: String { "lock \(file) \(architecture)" }

    func seen(_ suites: SuiteLooks, _ before: WatchHistory.State?) async throws -> Seen {
        let lock = try SandboxLock(contentsOf: place.path(file))
        // What is for all architectures is looked for in the list of what the sandbox is made of.
        let packages = (lock.installed + lock.fetched + (lock.guest ?? [])).filter {
            $0.architecture == architecture || $0.architecture == "all" && architecture == CompilerLook.hostArchitecture
        }
        var offered: [LockedPackage] = []
        var digester = Digester()
        var notes: [String] = []
        for suite in lock.suites {
            guard suites.all.contains(where: { $0.name == suite.name && $0.architecture == architecture }) else {
                notes.append("its suite \(suite.name) is not looked at")
                continue
            }
            let list = try suites.list(suite.name, architecture)
            digester.add("\(list.digest)\n")
            // apt takes nothing from backports that was not taken from there before (apt_preferences(5)).
            let wanted = suite.name.hasSuffix("-backports") ? packages.filter(\.isBackport) : packages
            let names = Set(wanted.map(\.name))
            let patterns = wanted.map(\.unversionedName).filter { $0.contains("*") }
            offered += try await list.packages(
                list.names.filter { name in
                    names.contains(name) || patterns.contains { Waiver.matches($0, name) }
                })
        }
        guard notes.count < lock.suites.count else {
            throw Failure.unwatchable(
                "none of the suites of the lock \(file) is looked at for \(architecture)",
                advice: "name them under `watch.suites`: " + lock.suites.map(\.name).joined(separator: ", "))
        }
        let versions = Dictionary(grouping: offered) { Name(package: $0) }
        let values = Set(packages.map(Name.init)).compactMap { name -> Sighting.Value? in
            let locked = packages.filter { Name(package: $0) == name }.map(\.version)
            let newest = { (all: [String]) in all.max { DebianVersion($0) < DebianVersion($1) } }
            let found = (versions[name] ?? []).filter {
                !DebianVersion($0.version).isPreRelease || locked.contains($0.version)
            }
            let best = found.newest
            // It may be in a suite that is not looked at.
            if best == nil, !notes.isEmpty { return nil }
            return Sighting.Value(
                .package, "\(name.name):\(name.architecture)", best?.version, base: newest(locked),
                digest: best?.sha256)
        }
        return Seen(digest: digester.finish(), values: values, notes: notes)
    }

    /// Of a package in all its versions.
    private struct Name: Hashable {
        let name: String
        let architecture: String

        init(package: LockedPackage) {
            name = package.unversionedName
            architecture = package.architecture
        }
    }
}

extension LockedPackage {
    /// Whether it came from a suite of backports, as its version says.
    fileprivate var isBackport: Bool { version.contains("~bpo") }
}
