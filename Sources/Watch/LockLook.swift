// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records
internal import Sandbox

/// The packages of a sandbox lock, and what the lock's own suites have of them now.
struct LockLook: Sendable {
    let file: String
    let place: WatchPlace

    func seen(_ suites: SuiteLooks, _ before: WatchHistory.State?) async throws -> Seen {
        let lock = try SandboxLock(contentsOf: place.path(file))
        let packages = lock.installed + lock.fetched + (lock.guest ?? [])
        let architectures = Set(packages.map(\.architecture).filter { $0 != "all" }).sorted()
        var offered: [LockedPackage] = []
        var digester = Digester()
        var notes: [String] = []
        for suite in lock.suites {
            for architecture in architectures {
                guard suites.all.contains(where: { $0.name == suite.name && $0.architecture == architecture }) else {
                    notes.append("its suite \(suite.name) is not looked at for \(architecture)")
                    continue
                }
                let list = try suites.list(suite.name, architecture)
                digester.add("\(list.digest)\n")
                let wanted = packages.filter { [architecture, "all"].contains($0.architecture) }
                let patterns = wanted.map(\.unversionedName).filter { $0.contains("*") }
                let names = Set(wanted.map(\.name))
                offered += try await list.packages(
                    list.names.filter { name in
                        names.contains(name) || patterns.contains { Waiver.matches($0, name) }
                    })
            }
        }
        let versions = Dictionary(grouping: offered) { Name(package: $0) }
        let values = Set(packages.map(Name.init)).map { name in
            let locked = packages.filter { Name(package: $0) == name }.map(\.version)
            let newest = { (all: [String]) in all.max { DebianVersion($0) < DebianVersion($1) } }
            let found = (versions[name] ?? []).filter { !DebianVersion($0.version).isPreRelease }
            let best = found.max { DebianVersion($0.version) < DebianVersion($1.version) }
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
