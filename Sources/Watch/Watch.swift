// SPDX-License-Identifier: Apache-2.0
package import Foundation
package import Host
package import Records
internal import Sandbox

/// Looks at each source of a plan.
package struct Watch: Sendable {
    package let plan: WatchPlan
    package let place: WatchPlace

    package init(_ plan: WatchPlan, place: WatchPlace) {
        self.plan = plan
        self.place = place
    }

    /// One look at one source.
    package struct Look: Sendable {
        package let source: String
        package let result: Result<Sighting, Failure>
    }

    /// Looks at all of them, one after the other; what can't be looked at is a look that failed.
    ///
    /// Throws `Failure` with code `folder.busy` where another one is at it, and `CancellationError`.
    package func look(_ history: WatchHistory, at time: Date) async throws -> [Look] {
        let held = try FolderLock(place.memory, doing: "watching")
        defer { withExtendedLifetime(held) {} }
        let at = time.formatted(.iso8601)
        var looks: [Look] = []
        func add(_ source: String, _ work: () async throws -> Seen) async throws {
            place.onProgress(WorkProgress("looking at \(source)"))
            do {
                let seen = try await work()
                looks.append(
                    Look(
                        source: source,
                        result: .success(
                            Sighting(
                                source: source, digest: seen.digest, at: at, values: seen.values, notes: seen.notes))))
            } catch let failure as Failure {
                try Task.checkCancellation()
                looks.append(Look(source: source, result: .failure(failure)))
            }
        }

        let suites = try await SuiteLooks(plan: plan, place: place, at: time)
        for suite in suites.all {
            try await add(suite.source) { try await suites.seen(suite, history.state(of: suite.source)) }
        }
        for kernel in suites.kernels {
            try await add(kernel.source) {
                try await kernel.seen(plan.options, history.state(of: kernel.source), place)
            }
        }
        for problem in suites.kernelFailures {
            looks.append(Look(source: problem.source, result: .failure(problem.failure)))
        }
        if let lock = plan.lock {
            for architecture in plan.architectures {
                let look = LockLook(file: lock, architecture: architecture, place: place)
                try await add(look.source) { try await look.seen(suites, history.state(of: look.source)) }
            }
        }
        for toolchain in plan.toolchains {
            let look = CompilerLook(toolchain: toolchain, place: place)
            try await add(look.source) { try await look.seen(suites, history.state(of: look.source)) }
        }
        for name in plan.configurations {
            let look = ConfigurationLook(name: name, options: plan.options, place: place)
            try await add(look.source) { try look.seen(history.state(of: look.source)) }
        }
        for tree in plan.trees {
            let look = TreeLook(tree: tree, place: place)
            try await add(look.source) { try await look.seen(suites, history.state(of: look.source)) }
        }
        return looks
    }
}

extension WatchReport {
    /// What the looks came to, and how old the last good look at each source is.
    ///
    /// `history` has the looks in it.
    package init(
        toolVersion: String, looks: [Watch.Look], changes: [WatchChange], history: WatchHistory, at time: Date
    ) {
        self.init(
            scope: .look, toolVersion: toolVersion, at: time.formatted(.iso8601), changes: changes,
            sources: looks.map { look in
                var problem: Problem?
                if case .failure(let failure) = look.result { problem = Problem(failure) }
                return Self.source(look.source, problem, history, time)
            })
    }

    /// What is known of all sources that were ever looked at.
    package init(toolVersion: String, changes: [WatchChange], history: WatchHistory, at time: Date) {
        self.init(
            scope: .log, toolVersion: toolVersion, at: time.formatted(.iso8601), changes: changes,
            sources: history.sources.map { Self.source($0, nil, history, time) })
    }

    private static func source(_ name: String, _ problem: Problem?, _ history: WatchHistory, _ time: Date) -> Source {
        let state = history.state(of: name)
        let looked = state.flatMap { try? Date($0.at, strategy: .iso8601) }
        return Source(
            name: name, lastLook: state?.at, age: looked.map { Int(time.timeIntervalSince($0).rounded()) },
            failure: problem, notes: problem == nil ? state?.notes ?? [] : [], values: state?.values ?? [])
    }
}
