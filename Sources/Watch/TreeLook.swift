// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import KernelTree
internal import Records
internal import Sandbox
internal import SystemPackage

/// The files of a kernel tree that the patch series touch, whether the series apply, and what of s390 Rust support it has.
struct TreeLook: Sendable {
    let tree: WatchPlan.Tree
    let place: WatchPlace

    var source: String { "tree \(tree.name)" }

    func seen(_ suites: SuiteLooks, _ before: WatchHistory.State?) async throws -> Seen {
        let glue = Digest(
            of: try [true, false].flatMap { try GlueSeries.key(in: place.glue, asked: nil, isReady: $0) }
                .joined(separator: "\n"))
        var package: LockedPackage?
        let folder: KernelTree
        switch tree.place {
        case .folder(let name): folder = try KernelTree(at: place.path(name))
        case .package(let name, let suite):
            let found = try await newest(name, suite, suites)
            // What was read of a package is what is in it, as long as the series are the same.
            if let before, before.value(.version, "version")?.digest == found.sha256,
                before.value(.version, "patch series")?.value == glue.hexadecimal
            {
                return Seen(digest: found.sha256, values: before.values, notes: before.notes)
            }
            package = found
            folder = try await unpacked(found)
        }
        let outlook = try await GlueOutlook(of: folder, glue: place.glue, sandbox: place.sandbox)
        var first: GlueOutlook?
        if before == nil, let from = tree.from {
            first = try await GlueOutlook(
                of: try KernelTree(at: place.path(from)), glue: place.glue, sandbox: place.sandbox)
        }
        return seen(outlook, first, package, glue, before)
    }

    private func newest(_ name: String, _ suite: String, _ suites: SuiteLooks) async throws -> LockedPackage {
        let lists = suites.all.filter { $0.name == suite }
        guard let first = lists.first else {
            throw Failure.unwatchable(
                "the suite \(suite) of tree \(tree.name) is not looked at", advice: "name it under `watch.suites`")
        }
        // A source is the same for every architecture, so the first list that can be read will do.
        let list = try (lists.first { (try? $0.list.get()) != nil } ?? first).list.get()
        let versions = try await list.packages([name])
        guard let newest = versions.newest else {
            throw Failure.unwatchable(
                "suite \(suite) has no package \(name)", advice: "name one that it has, or a folder with `path:`")
        }
        return newest
    }

    private func unpacked(_ package: LockedPackage) async throws -> KernelTree {
        guard let sandbox = place.sandbox else {
            throw Failure.unwatchable(
                "the source \(package.text) is unpacked in the sandbox, which has not been made",
                advice: "make it with `bessemer sandbox create`, or name a folder with `path:`")
        }
        let request = SourceRequest.debianPackage(
            file: try await place.file(of: package, in: place.store.packages), request: package.name,
            name: package.name, version: package.version)
        return try await request.acquire(cache: place.cache, sandbox: sandbox, onProgress: place.onProgress).tree
    }

    private func seen(
        _ outlook: GlueOutlook, _ first: GlueOutlook?, _ package: LockedPackage?, _ glue: Digest,
        _ known: WatchHistory.State?
    ) -> Seen {
        var digester = Digester()
        for (path, digest) in outlook.files { digester.add("\(path) \(digest?.hexadecimal ?? "-")\n") }
        let old = Dictionary((first?.files ?? []).map { ($0.path, $0.digest) }) { $1 }
        let about = first.map { "\(outlook.version), compared with \($0.version)" } ?? outlook.version
        // A file that neither has is nothing to watch yet; it is there with the first version that has it.
        var values = outlook.files.map { path, digest in
            Sighting.Value(
                .file, path, digest?.hexadecimal, detail: about, base: old[path].flatMap { $0?.hexadecimal })
        }
        values.append(
            Sighting.Value(.version, "version", outlook.version, detail: package?.version, digest: package?.sha256))
        values.append(Sighting.Value(.version, "patch series", glue.hexadecimal))
        values.append(Self.support(outlook, base: first))
        let before = Dictionary((first?.fits ?? []).map { ($0.series, $0) }) { $1 }
        for fit in outlook.fits ?? [] {
            values.append(
                Sighting.Value(
                    .series, "series \(fit.series)", Self.word(fit),
                    detail: fit.failure.map { String($0.prefix(300)) } ?? about,
                    base: before[fit.series].map(Self.word)))
        }
        // What could not be tried stays as it was known.
        if outlook.fits == nil { values += (known?.values ?? []).filter { $0.topic == .series } }
        let notes =
            outlook.fits == nil
            ? ["whether the patch series apply is not known: there is no sandbox to try them in"] : []
        return Seen(digest: digester.finish(), values: values, notes: notes)
    }

    private static func word(_ fit: GlueOutlook.Fit) -> String { fit.failure == nil ? "applies" : "fails" }

    private static func support(_ outlook: GlueOutlook, base: GlueOutlook?) -> Sighting.Value {
        func word(_ outlook: GlueOutlook) -> String {
            let status = outlook.status
            if outlook.isEnabled { return Sighting.enabled }
            if status.isReady { return "all" }
            return status.found.isEmpty ? "none" : "\(status.found.count) pieces"
        }
        let missing = outlook.status.missing.map(\.title)
        return Sighting.Value(
            .support, Sighting.kernelSupport, word(outlook),
            detail: missing.isEmpty ? nil : "lacks \(missing.joined(separator: ", "))", base: base.map(word))
    }
}
