// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import KernelTree
import Records
import SystemPackage
import TestSupport
import Testing

/// Enabling and disabling that end half-way, and two at once.
@Suite(.integration) struct TreeInterruptionTests {
    /// Makes a tree what it is when the process is killed after some of the files were changed; the others are `before`'s.
    private func rewind(
        _ tree: EnablementTree, to state: String, record path: FilePath, before: FilePath, keeping kept: Int
    ) async throws {
        let data = Data(try Files.bytes(path))
        var record = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        record["state"] = state
        try AtomicFile.write(Array(try JSONSerialization.data(withJSONObject: record)), to: path)
        let files = try #require(record["files"] as? [[String: Any]]).compactMap { $0["path"] as? String }
        for file in files.dropFirst(kept) {
            if Files.exists(before.pushing(FilePath(file))) {
                try await tree.shell("cp -p '\(before)/\(file)' '\(file)'")
            } else {
                try Files.remove(tree.path.pushing(FilePath(file)))
            }
            // What was staged and not put in its place.
            let place = FilePath(file)
            let name = ".\(place.lastComponent?.string ?? "").bessemer-glue"
            try AtomicFile.write("half", to: tree.path.pushing(place.removingLastComponent().appending(name)))
        }
    }

    private func copy(_ tree: EnablementTree) async throws -> FilePath {
        let copy = tree.folder.appending("copy")
        try await Command("cp", ["-a", tree.path.string, copy.string]).output("test.copy", doing: "copying", advice: "")
        return copy
    }

    @Test(arguments: ["enabling", "disabling"], [0, 1, 7, 100])
    func `a folder that a killed process left is made what it was, or enabled, by the next command`(
        state: String, kept: Int
    ) async throws {
        try await EnablementTree.with { tree in
            let before = try await tree.snapshot()
            let copy = try await copy(tree)
            let record = tree.path.pushing(".bessemer-glue/record.json")
            try await tree.enable()
            let enabled = try await tree.snapshot()
            try await rewind(tree, to: state, record: record, before: copy, keeping: kept)
            let refused = await #expect(throws: Failure.self) { try await tree.enable(isDryRun: true) }
            #expect(refused?.code == "glue.interrupted" && refused?.advice.contains("tree disable") == true)
            #expect(try await tree.disable().kind == .disabled)
            #expect(try await tree.snapshot() == before)
            try await tree.enable()
            try await rewind(tree, to: state, record: record, before: copy, keeping: kept)
            #expect(try await tree.enable().kind == .enabled)
            #expect(try await tree.snapshot().filter { $0 != "\n" }.count == enabled.filter { $0 != "\n" }.count)
            try await tree.disable()
            #expect(try await tree.snapshot() == before)
        }
    }

    @Test func `what a person changed after a killed process is not overwritten`() async throws {
        try await EnablementTree.with { tree in
            let copy = try await copy(tree)
            try await tree.enable()
            try await rewind(
                tree, to: "enabling", record: tree.path.pushing(".bessemer-glue/record.json"), before: copy, keeping: 7)
            try await tree.shell("echo mine >> arch/s390/Kconfig")
            let before = try await tree.snapshot()
            let failure = await #expect(throws: Failure.self) { try await tree.disable() }
            #expect(failure?.code == "glue.changed" && failure?.message.contains("arch/s390/Kconfig") == true)
            #expect(try await tree.snapshot() == before)
        }
    }

    /// How far a process came in a repository before it was killed; each is a script that undoes the rest.
    @Test(arguments: [
        "git symbolic-ref HEAD refs/heads/stable; git update-ref -d refs/heads/bessemer/glue-6.12; git reset -q",
        "git symbolic-ref HEAD refs/heads/stable; git reset -q", "git read-tree HEAD~12", "true",
    ])
    func `a repository that a killed process left is made what it was by the next command`(script: String) async throws
    {
        try await EnablementTree.with { tree in
            try await tree.commitAll()
            let before = try await tree.repositoryState() + tree.snapshot()
            let copy = try await copy(tree)
            let record = tree.path.pushing(".git/bessemer-glue/record.json")
            for state in ["enabling", "disabling"] {
                for kept in [0, 7, 100] {
                    try await tree.enable()
                    try await tree.shell(script)
                    try await rewind(tree, to: state, record: record, before: copy, keeping: kept)
                    try await tree.disable()
                    #expect(try await tree.repositoryState() + tree.snapshot() == before, "\(state) \(kept)")
                }
            }
            try await tree.enable()
            try await tree.shell(script)
            try await rewind(tree, to: "enabling", record: record, before: copy, keeping: 7)
            #expect(try await tree.enable().branch == "bessemer/glue-6.12")
            try await tree.disable()
            #expect(try await tree.repositoryState() + tree.snapshot() == before)
        }
    }

    @Test func `HEAD that a person moved after a killed process is not moved again`() async throws {
        try await EnablementTree.with { tree in
            try await tree.commitAll()
            let copy = try await copy(tree)
            try await tree.enable()
            try await tree.git(["commit", "--quiet", "--allow-empty", "--message=mine"])
            try await rewind(
                tree, to: "enabling", record: tree.path.pushing(".git/bessemer-glue/record.json"), before: copy,
                keeping: 100)
            let before = try await tree.repositoryState() + tree.snapshot()
            let failure = await #expect(throws: Failure.self) { try await tree.disable() }
            #expect(failure?.code == "glue.interrupted" && failure?.advice.contains(".git/bessemer-glue") == true)
            #expect(try await tree.repositoryState() + tree.snapshot() == before)
        }
    }

    @Test(arguments: [false, true]) func `a cancelled command leaves the tree as it was, or does all of its work`(
        isRepository: Bool
    ) async throws {
        try await EnablementTree.with { tree in
            if isRepository { try await tree.commitAll() }
            func state() async throws -> String {
                try await (isRepository ? tree.repositoryState() : "") + tree.snapshot()
            }
            let before = try await state()
            try await tree.enable()
            let enabled = try await tree.snapshot()
            try await tree.disable()
            // Cancelled when the record is written, which is before the first change; and at once.
            let record = tree.path.pushing(
                isRepository ? ".git/bessemer-glue/record.json" : ".bessemer-glue/record.json")
            for isLate in [false, true] {
                let enablement = try await tree.enablement()
                let work = Task { try await enablement.enable() }
                while isLate, !Files.exists(record) { await Task.yield() }
                work.cancel()
                if case .success = await work.result {
                    try await tree.disable()
                } else {
                    #expect(try await state() == before)
                }
                try await tree.enable()
                let removal = try await tree.enablement()
                let undoing = Task { try await removal.disable() }
                undoing.cancel()
                if case .failure = await undoing.result {
                    if !isRepository {
                        #expect(try await tree.snapshot().count == enabled.count)
                    }
                    try await tree.disable()
                }
                #expect(try await state() == before)
            }
        }
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGKILL])
    func `a signal to the program leaves a repository that the next command makes what it was`(number: Int32)
        async throws
    {
        try await EnablementTree.with { tree in
            try await tree.commitAll()
            let before = try await tree.repositoryState() + tree.snapshot()
            let record = tree.path.pushing(".git/bessemer-glue/record.json")
            let lock = RealThings.repository.appending("Locks/standard.lock.json").string
            // The shell sends the signal when the record is there, which is before the first change.
            let script = """
                export XDG_STATE_HOME='\(tree.path).state'
                '\(RealThings.program)' tree enable '\(tree.path)' --glue '\(EnablementTree.glue)' --lock '\(lock)' &
                while kill -0 $! && ! [ -e '\(record)' ]; do :; done
                kill -\(number) $! || true; wait $! || true
                """
            try await tree.shell(script)
            if Files.exists(record) {
                try await tree.disable()
            } else {
                #expect(try await tree.repositoryState() + tree.snapshot() == before)
            }
            #expect(try await tree.repositoryState() + tree.snapshot() == before)
        }
    }

    @Test func `a tree that another process changes is left to it`() async throws {
        try await EnablementTree.with { tree in
            let before = try await tree.snapshot()
            let descriptor = unsafe open(tree.path.string, O_RDONLY | O_DIRECTORY)
            #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
            for work in [{ try await tree.enable() }, { try await tree.disable() }] as [() async throws -> GlueChange] {
                let failure = await #expect(throws: Failure.self) { try await work() }
                #expect(failure?.code == "folder.busy")
            }
            close(descriptor)
            #expect(try await tree.snapshot() == before)
            // Two at once: one does it, the other waits for nothing and does nothing.
            let enablement = try await tree.enablement()
            let both = await [Task { try await enablement.enable() }, Task { try await enablement.enable() }]
                .asyncResults()
            #expect(both.contains { (try? $0.get())?.kind == .enabled })
            for result in both {
                switch result {
                case .success(let change): #expect([.enabled, .unchanged].contains(change.kind))
                case .failure(let error): #expect((error as? Failure)?.code == "folder.busy")
                }
            }
            try await tree.disable()
            #expect(try await tree.snapshot() == before)
        }
    }

    @Test(.enabled(if: SmallFileSystem.isPossible), arguments: [100, 400, 700, 1000])
    func `a disk that is full leaves the tree as it was`(room: Int) async throws {
        try await EnablementTree.with { tree in
            try await SmallFileSystem.with(options: "size=200m") { disk in
                let small = EnablementTree(path: disk.appending("linux"))
                try await Command("cp", ["-a", tree.path.string, small.path.string]).output(
                    "test.copy", doing: "copying", advice: "")
                let before = try await small.snapshot()
                try await tree.shell("df --output=avail -k '\(disk)' | tail -1 > ../room")
                let free =
                    Int(try Files.text(tree.folder.appending("room")).trimmingCharacters(in: .whitespacesAndNewlines))
                    ?? 0
                try await tree.shell("head -c \((free - room) * 1024) /dev/zero > '\(disk)/fill'")
                do {
                    try await small.enable()
                    try await small.disable()
                } catch let failure as Failure {
                    #expect(failure.code == "disk.full", "\(failure)")
                }
                #expect(try await small.snapshot() == before)
            }
        }
    }
}

extension [Task<GlueChange, any Error>] {
    fileprivate func asyncResults() async -> [Result<GlueChange, any Error>] {
        var results: [Result<GlueChange, any Error>] = []
        for task in self { results.append(await task.result) }
        return results
    }
}
