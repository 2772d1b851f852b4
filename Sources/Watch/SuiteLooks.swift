// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import Records
internal import Sandbox
internal import SystemPackage

/// The package lists of the plan's suites, each read once.
struct SuiteLooks: Sendable {
    struct Suite: Sendable {
        let name: String
        let architecture: String
        let list: Result<SuiteList, Failure>

        var source: String { "suite \(name) \(architecture)" }
    }

    let plan: WatchPlan
    private(set) var all: [Suite] = []
    /// The packages with kernel configurations, the newest of each.
    private(set) var kernels: [KernelLook] = []
    /// Lists whose kernel packages can't be described.
    private(set) var kernelFailures: [(source: String, failure: Failure)] = []
    private let at: Date

    /// The kernels' architecture, in Debian's words.
    static let kernelArchitecture = "s390x"

    init(plan: WatchPlan, place: WatchPlace, at: Date) async throws {
        self.plan = plan
        self.at = at
        var mirror: Result<Mirror, Failure>?
        for name in plan.suites {
            for architecture in plan.architectures {
                place.onProgress(WorkProgress("reading the package list of \(name) \(architecture)"))
                let list: Result<SuiteList, Failure>
                do {
                    if mirror == nil {
                        do throws(Failure) {
                            mirror = .success(try await Self.mirror(place))
                        } catch { mirror = .failure(error) }
                    }
                    guard let found = try mirror?.get() else { continue }
                    list = .success(
                        try await SuiteList(
                            suite: name, architecture: architecture, mirror: found,
                            folder: place.memory.appending("apt/\(name)-\(architecture)")))
                } catch let failure as Failure {
                    try Task.checkCancellation()
                    list = .failure(failure)
                }
                let suite = Suite(name: name, architecture: architecture, list: list)
                all.append(suite)
                guard architecture == Self.kernelArchitecture, case .success(let found) = list else { continue }
                do {
                    kernels += try await kernels(in: found)
                } catch let failure as Failure {
                    kernelFailures.append(("kernels of \(name)", failure))
                }
            }
        }
    }

    private static func mirror(_ place: WatchPlace) async throws(Failure) -> Mirror {
        do {
            return try await place.mirror()
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure.unwatchable(
                "the mirror is not known", advice: "name one with --mirror ADDRESS", underlying: "\(error)")
        }
    }

    /// The list of a suite. Throws `Failure` where it could not be read, or the plan does not name it.
    func list(_ suite: String, _ architecture: String) throws -> SuiteList {
        guard let found = all.first(where: { $0.name == suite && $0.architecture == architecture }) else {
            throw Failure.unwatchable(
                "the \(architecture) package list of suite \(suite) is not looked at",
                advice: "name the suite under `watch.suites`, and \(architecture) under `watch.architectures`")
        }
        return try found.list.get()
    }

    /// The newest versions of the plan's packages, and what is odd about the list.
    func seen(_ suite: Suite, _ before: WatchHistory.State?) async throws -> Seen {
        let list = try suite.list.get()
        var names = list.names.filter { name in plan.packages.contains { Waiver.matches($0, name) } }
        let kernels = suite.architecture == Self.kernelArchitecture ? plan.kernels : []
        let missing =
            plan.packages.filter { pattern in !names.contains { Waiver.matches(pattern, $0) } }
            + kernels.filter { pattern in !list.names.contains { Waiver.matches(pattern, $0) } }
        let values = try await Self.newest(list.packages(names))
        names = values.map(\.subject)
        // What was there, is still looked for, and is not there any more.
        let gone = (before?.values ?? []).filter { old in
            [.package, .preRelease].contains(old.topic)
                && !values.contains { $0.subject == old.subject && $0.topic == old.topic }
                && plan.packages.contains { Waiver.matches($0, old.subject) }
        }.map { Sighting.Value($0.topic, $0.subject, nil) }
        var notes = missing.map { "it has no package \($0)" }
        if let until = list.validUntil, until < at {
            notes.append("its Release file is past its validity, which ended \(until.formatted(.iso8601))")
        }
        return Seen(digest: list.digest, values: values + gone, notes: notes)
    }

    /// The newest release of each package, and the newest pre-release where that is newer.
    static func newest(_ packages: [LockedPackage]) -> [Sighting.Value] {
        Dictionary(grouping: packages, by: \.name).flatMap { name, versions in
            let sorted = versions.sorted { DebianVersion($0.version) < DebianVersion($1.version) }
            func value(_ topic: Sighting.Topic, _ package: LockedPackage) -> Sighting.Value {
                Sighting.Value(topic, name, package.version, digest: package.sha256)
            }
            let release = sorted.last { !DebianVersion($0.version).isPreRelease }
            var values = release.map { [value(.package, $0)] } ?? []
            if let last = sorted.last, DebianVersion(last.version).isPreRelease {
                values.append(value(.preRelease, last))
            }
            return values
        }
    }

    private func kernels(in list: SuiteList) async throws -> [KernelLook] {
        let names = list.names.filter { name in plan.kernels.contains { Waiver.matches($0, name) } }
        let packages = try await list.packages(names).filter { !DebianVersion($0.version).isPreRelease }
        let newest = Dictionary(grouping: packages, by: \.unversionedName).compactMapValues(\.newest)
        return newest.sorted { $0.key < $1.key }.map { KernelLook(name: $0, package: $1, suite: list.suite) }
    }
}
