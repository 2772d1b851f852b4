// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
package import Records
package import Sandbox
package import SystemPackage

/// Gives a kernel tree the s390 side of Rust support, or the fixes that it needs, by a patch series, and takes it out again.
///
/// A git repository gets a branch with a commit a patch, any other folder the changes themselves; a record of them stays with
/// either. All checks come before the first change, and the patches are tried on copies of the files that they touch. The
/// record is written before the first change: what then goes wrong, or is interrupted, is undone at once or by the next
/// `enable` or `disable`. Nothing of the tree is run, and git runs in the sandbox alone.
package struct TreeEnablement: Sendable {
    package let tree: KernelTree
    /// The folder that holds the series.
    package let glue: FilePath
    private let sandbox: @Sendable () throws -> SandboxRoot
    private let files: TreeFiles

    /// `sandbox` is asked for where git is needed.
    package init(tree: KernelTree, glue: FilePath, sandbox: @escaping @autoclosure @Sendable () throws -> SandboxRoot) {
        self.tree = tree
        self.glue = glue
        self.sandbox = sandbox
        files = TreeFiles(folder: tree.path)
    }

    private var plain: GlueRecordStore { GlueRecordStore(files: files) }

    /// How a tree is enabled: by its repository, if it has one and was not enabled as a plain folder before.
    private struct Place {
        let repository: GitRepository?
        let store: GlueRecordStore
        let record: GlueRecord?

        var branch: GlueBranch? { repository.map(GlueBranch.init) }
    }

    private func place() async throws -> Place {
        if let record = try plain.read() {
            guard record.repository == nil else {
                throw Failure(
                    "glue.record", "the record of \(tree.path) is one of a repository",
                    advice: "unpack the source again")
            }
            return Place(repository: nil, store: plain, record: record)
        }
        guard Files.kind(tree.path.appending(".git")) != nil,
            let repository = try await GitRepository.find(tree.path, sandbox())
        else { return Place(repository: nil, store: plain, record: nil) }
        let store = GlueRecordStore(
            files: TreeFiles(folder: repository.folder), folder: String(GlueRecord.folder.dropFirst()))
        let record = try store.read()
        return Place(
            repository: record != nil && record?.repository == nil ? nil : repository, store: store, record: record)
    }

    // MARK: Enable

    /// Applies the series of that name, or the one that fits where none is named: a series of fixes to a tree that has
    /// support. A tree that has it already stays as it is.
    ///
    /// Throws `Failure`: `glue.present`, `glue.dirty`, `glue.line-ends`, `glue.read-only`, `glue.no-series` with the first
    /// hunk that does not apply, `glue.several`, `glue.series`, `glue.record`, `glue.interrupted`, `folder.busy`,
    /// `tree.git`, `tree.not-a-file`. The tree is then what it was.
    package func enable(series name: String? = nil, isDryRun: Bool = false) async throws -> GlueChange {
        let lock = try TreeLock(tree.path)
        defer { withExtendedLifetime(lock) {} }
        var place = try await place()
        if let record = place.record, record.state != .enabled {
            try await finish(record, place, isDryRun: isDryRun)
            place = try await self.place()
        }
        if let record = place.record, try await isInEffect(record, place) {
            let branch = (record.repository?.branch).map(GlueBranch.short)
            return change(.unchanged, record.series, branch, isDryRun: isDryRun, reason: "the tree is enabled already")
        }
        if place.record == nil, !isDryRun { try place.store.remove() }
        let isReady = try refusePartial()
        let head = try await place.repository?.head()
        if place.repository != nil, head == nil {
            throw Failure(
                "glue.dirty", "the repository \(tree.path) has no commit yet", advice: "commit the source first")
        }
        // What is not committed would make a series not fit, so that comes first.
        try await place.branch?.refuseDirty([])
        guard let (trial, found) = try await choose(name, isReady: isReady) else {
            return change(
                .unchanged, nil, nil, isDryRun: isDryRun,
                reason: "the tree has all of s390 Rust support, and no series of fixes is for it")
        }
        try await place.branch?.refuseDirty(found.map(\.path))
        try refuseUnwritable(trial.series)
        let branch = try await place.branch?.free(trial.series)
        let name = branch.map(GlueBranch.short)
        if isDryRun { return change(.enabled, trial.series, name, isDryRun: true) }

        var repository: GlueRecord.Repository?
        if let branch, let head, let commits = place.branch {
            repository = GlueRecord.Repository(
                branch: branch, commit: try await commits.commit(trial, found, on: head), base: head.branch,
                baseCommit: head.commit)
        }
        let folders = try found.filter { $0.before == nil }.flatMap { try files.missingFolders(of: $0.path) }
        let record = GlueRecord(
            state: .enabling, series: trial.series,
            files: found.map {
                GlueRecord.File(
                    path: $0.path, before: $0.before.map { Data($0.bytes) }, beforeMode: $0.before?.mode,
                    after: Digest(of: $0.after.bytes))
            }, folders: Set(folders).sorted(), repository: repository)
        try Task.checkCancellation()
        try await put(found, record, place)
        return change(.enabled, trial.series, name)
    }

    /// Changes the tree, and undoes that where it fails or is cancelled: in a task of its own, which cancellation does not end
    /// half-way.
    private func put(_ found: [GlueTrial.File], _ record: GlueRecord, _ place: Place) async throws {
        let work = Task { () async throws in
            try place.store.write(record)
            // A full disk shows before the first file is another one.
            for file in found { try files.stage(file.after, for: file.path) }
            for file in found { try files.putStaged(file.path) }
            if let repository = record.repository { try await place.branch?.enter(repository) }
        }
        do {
            try await work.value
            try Task.checkCancellation()
            var done = record
            done.state = .enabled
            try place.store.write(done)
        } catch {
            try await finish(record, place, isDryRun: false)
            throw error
        }
    }

    /// The series of fixes that `enable` would apply to this tree; nil where the tree lacks support, or none fits.
    package func fixes() async throws -> GlueSeries? {
        guard tree.status().isReady, Files.kind(tree.path.appending(GlueRecord.folder)) == nil else { return nil }
        return try await choose(nil, isReady: true)?.trial.series
    }

    private func change(
        _ kind: GlueChange.Kind, _ series: GlueSeries?, _ branch: String?, isDryRun: Bool = false, reason: String? = nil
    ) -> GlueChange {
        GlueChange(
            kind: kind, tree: tree.path.string, version: tree.version, series: series, branch: branch,
            isDryRun: isDryRun, reason: reason, status: tree.status())
    }

    /// Whether the tree is what a finished record says. A repository that is on another branch is not.
    private func isInEffect(_ record: GlueRecord, _ place: Place) async throws -> Bool {
        guard let repository = record.repository, let branch = place.branch else { return true }
        if try await place.repository?.head()?.branch == repository.branch { return true }
        if try await branch.exists(repository.branch) {
            let name = GlueBranch.short(repository.branch)
            throw Failure(
                "glue.present", "\(tree.path) was enabled on the branch \(name), and is on another one",
                advice: "switch to it (git switch \(name)), or delete it (git branch -D \(name))")
        }
        return false
    }

    /// Whether the tree has support; throws where it has a part of it.
    private func refusePartial() throws -> Bool {
        let status = tree.status()
        let present = status.found
        guard present.isEmpty || status.isReady else {
            let places = present.map { piece in
                let place = piece.evidence.first.map { " (\($0.file):\($0.line))" } ?? ""
                return piece.title + place
            }
            throw Failure(
                "glue.present",
                "\(tree.path) has \(present.count) of the pieces already: \(places.joined(separator: ", "))",
                advice: "take a half-applied series out first, or use a pristine tree"
            )
        }
        return status.isReady
    }

    /// The series whose every hunk applies; nil where the tree has support, no fixes fit, and none were named.
    private func choose(_ name: String?, isReady: Bool) async throws -> (trial: GlueTrial, files: [GlueTrial.File])? {
        let all = try GlueSeries.names(in: glue)
        let wanted = all.filter { GlueSeries.isOffered($0, asked: name, isReady: isReady) }
        if name == nil, isReady, wanted.isEmpty { return nil }
        guard !wanted.isEmpty else {
            throw Failure(
                "glue.no-series", "there is no series \(name ?? "")",
                advice: "the series are \(all.joined(separator: ", "))")
        }
        var fitting: [(trial: GlueTrial, files: [GlueTrial.File])] = []
        var reasons: [String] = []
        for name in wanted {
            let trial = try await GlueTrial(name, in: glue, to: tree, sandbox: sandbox())
            try refuseLineEnds(trial.series)
            switch trial.outcome {
            case .applies(let files): fitting.append((trial, files))
            case .fails(let reason): reasons.append("\(name): \(reason)")
            }
        }
        guard let series = fitting.first else {
            if name == nil, isReady { return nil }
            throw Failure(
                "glue.no-series", "no series fits \(tree.path) (Linux \(tree.version)); nothing was changed",
                advice: "use a pristine tree of 6.12.y, or one of 7.1 whose generic code is complete",
                underlying: reasons.joined(separator: "\n"))
        }
        guard fitting.count == 1 else {
            throw Failure(
                "glue.several", "\(fitting.map(\.trial.series.name).joined(separator: " and ")) both fit \(tree.path)",
                advice: "name one with --series")
        }
        return series
    }

    private func refuseLineEnds(_ series: GlueSeries) throws {
        for file in series.touches {
            guard let bytes = tree.bytes(file), let end = bytes.firstIndex(of: UInt8(ascii: "\n")), end > 0,
                bytes[end - 1] == UInt8(ascii: "\r")
            else { continue }
            throw Failure(
                "glue.line-ends", "\(tree.path)/\(file) has Windows line ends",
                advice: "check the tree out with `core.autocrlf` set to false")
        }
    }

    private func refuseUnwritable(_ series: GlueSeries) throws {
        for file in series.touches {
            var path = tree.path.pushing(FilePath(file))
            while !Files.exists(path) { path.removeLastComponent() }
            for place in [path, path.removingLastComponent()]
            where !FileManager.default.isWritableFile(atPath: place.string) {
                throw Failure(
                    "glue.read-only", "\(place) can't be written", advice: "copy the tree to a folder of your own")
            }
        }
    }

    // MARK: Disable

    /// Takes a series out that `enable` put in, or what an interrupted one left. A tree that has none stays as it is.
    ///
    /// Throws `Failure`: `glue.absent`, `glue.changed` with what was changed since, `glue.dirty`, `glue.record`,
    /// `glue.interrupted`, `folder.busy`, `tree.git`, `tree.not-a-file`. The tree is then what it was.
    package func disable(isDryRun: Bool = false) async throws -> GlueChange {
        let lock = try TreeLock(tree.path)
        defer { withExtendedLifetime(lock) {} }
        let place = try await place()
        guard let record = place.record else {
            if !isDryRun { try place.store.remove() }
            if let branch = try await place.repository?.head()?.branch, GlueBranch.isOurs(branch) {
                throw Failure(
                    "glue.absent",
                    "\(tree.path) is on the branch \(GlueBranch.short(branch)), and Bessemer has no record of it here",
                    advice: "switch to your own branch, then delete it: git branch -D \(GlueBranch.short(branch))")
            }
            return change(
                .unchanged, nil, nil, isDryRun: isDryRun, reason: "the tree was not enabled by Bessemer")
        }
        let branch = (record.repository?.branch).map(GlueBranch.short)
        if record.state == .enabled, let repository = record.repository, let commits = place.branch {
            guard let head = try await place.repository?.head(), head.branch == repository.branch else {
                guard try await commits.exists(repository.branch) else {
                    return change(
                        .unchanged, nil, nil, isDryRun: isDryRun,
                        reason: "the branch \(GlueBranch.short(repository.branch)) is gone")
                }
                throw Failure(
                    "glue.absent",
                    "\(tree.path) is not on the branch \(GlueBranch.short(repository.branch)), which has the series",
                    advice: "switch to it first: git switch \(GlueBranch.short(repository.branch))")
            }
            try await commits.refuseDirty([])
            try await commits.refuseChanged(repository, head, record.series)
        }
        try refuseChanged(record)
        if isDryRun { return change(.disabled, record.series, branch, isDryRun: true) }
        try refuseUnwritable(record.series)
        try Task.checkCancellation()
        try await finish(record, place, isDryRun: false)
        return change(.disabled, record.series, branch)
    }

    /// Throws `Failure` with code `glue.changed` where a file is neither what it was before nor what the series made of it.
    private func refuseChanged(_ record: GlueRecord) throws {
        let changed = try record.files.filter { file in
            let now = try files.read(file.path)?.bytes
            return now != file.content?.bytes && now.map { Digest(of: $0) } != file.after
        }
        guard changed.isEmpty else {
            throw Failure(
                "glue.changed",
                "\(changed.map(\.path).joined(separator: ", ")) changed since the series was applied",
                advice: "take the later changes out first")
        }
    }

    /// Makes the tree what it was before a record; what is so already stays. Cancellation does not end it.
    private func finish(_ record: GlueRecord, _ place: Place, isDryRun: Bool) async throws {
        if isDryRun {
            throw Failure(
                "glue.interrupted", "enabling or disabling \(tree.path) was interrupted",
                advice: "`bessemer tree disable \(tree.path)` makes it what it was")
        }
        let touched = record.files.map(\.path)
        let work = Task { () async throws in
            if let repository = record.repository {
                try await place.branch?.leave(repository, touched: touched, isTrial: true)
            }
            try refuseChanged(record)
            if record.state == .enabled {
                var begun = record
                begun.state = .disabling
                try place.store.write(begun)
            }
            for name in touched { try files.removeLeftOver(of: name) }
            let former = try record.files.filter { try $0.content != nil && files.read($0.path) != $0.content }
            for file in former { if let content = file.content { try files.stage(content, for: file.path) } }
            for file in former { try files.putStaged(file.path) }
            for file in record.files where file.before == nil { try files.remove(file.path) }
            for folder in record.folders.reversed() { try files.removeEmptyFolder(folder) }
            if let repository = record.repository {
                try await place.branch?.leave(repository, touched: touched, isTrial: false)
            }
            try place.store.remove()
        }
        do {
            try await work.value
        } catch let failure as Failure where failure.code != "glue.interrupted" {
            throw Failure(
                failure.code == "glue.changed" ? "glue.changed" : "glue.interrupted",
                "\(tree.path) could not be made what it was: \(failure.message)",
                advice: "\(failure.advice); then `bessemer tree disable \(tree.path)` does the rest",
                underlying: failure.underlying ?? "")
        }
    }
}
