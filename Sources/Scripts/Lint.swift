// SPDX-License-Identifier: Apache-2.0
public import Findings
internal import Foundation
internal import Host
public import SystemPackage

/// A check of the build files under a folder.
public struct Lint: Sendable {
    /// Bytes of a file, candidates and entries that are looked at.
    static let largestFile = 2 << 20
    static let mostFiles = 20_000
    static let mostEntries = 1_000_000

    public let folder: FilePath
    public var kernel: KernelTargets?
    /// `2026-05-19`: the day that a mend writes where a nightly has none.
    public var nightly: String?

    public init(folder: FilePath) { self.folder = folder }

    /// Reads and judges. Throws `Failure` with code `lint.folder` where there is no such folder.
    public func report() throws -> LintReport {
        guard Files.isDirectory(folder) else {
            throw Failure("lint.folder", "\(folder) is no folder", advice: "name the folder whose build files to check")
        }
        var walk = ScriptWalk(root: folder)
        walk.run()
        var skipped = walk.skipped
        var files: [(file: ScriptFile, bytes: [UInt8])] = []
        for (path, kind) in walk.candidates {
            try Task.checkCancellation()
            do {
                let bytes = try Files.bytes(folder.appending(path))
                if bytes.prefix(8192).contains(0) {
                    skipped.append(.init(file: path, reason: "is binary"))
                    continue
                }
                files.append((try ScriptFile(path: path, kind: kind, bytes: bytes), bytes))
            } catch let error as UnreadableScript {
                skipped.append(.init(file: path, reason: error.description))
            } catch let error as Failure {
                skipped.append(.init(file: path, reason: "could not be read (\(error.underlying ?? error.message))"))
            }
        }
        return judge(files, skipped.sorted { ($0.file, $0.reason) < ($1.file, $1.reason) })
    }

    private func judge(_ files: [(file: ScriptFile, bytes: [UInt8])], _ skipped: [LintReport.Skip]) -> LintReport {
        var targets: [String: Set<String>] = [:]
        var building: Set<String> = []
        var buildingBelow: Set<String> = []
        for (file, _) in files {
            let folder = Self.folder(of: file.path)
            targets[folder, default: []].formUnion(file.targets)
            let isPipeline = [.gitlab, .github, .jenkins].contains(file.kind)
            guard file.units.contains(where: \.buildsKernel) else { continue }
            if !isPipeline { building.insert(folder) }
            var above = folder
            while buildingBelow.insert(above).inserted, !above.isEmpty { above = Self.folder(of: above) }
        }
        var findings: [Finding] = []
        var changes: [ScriptChange] = []
        for (file, bytes) in files {
            let folder = Self.folder(of: file.path)
            var around = ScriptSurroundings()
            around.targets = targets[folder, default: []].union(targets["", default: []])
            around.kernel = kernel
            around.nightly = nightly
            var faults: [(fault: ScriptFault, rule: RuleDescription)] = []
            var seen: Set<String> = []
            for unit in file.units {
                around.buildsKernel =
                    switch file.kind {
                    case .gitlab, .github, .jenkins: unit.buildsKernel
                    case .toolchain: buildingBelow.contains(folder)
                    case .dockerfile: unit.buildsKernel || buildingBelow.contains(folder)
                    case .makefile, .shell: unit.buildsKernel || building.contains(folder)
                    }
                for rule in ScriptRules.rules {
                    for fault in rule.check(unit, around) {
                        let key = "\(rule.description.identifier) \(fault.line) \(fault.found ?? "")"
                        if seen.insert(key).inserted { faults.append((fault, rule.description)) }
                    }
                }
            }
            faults.sort { ($0.fault.line, $0.rule.identifier) < ($1.fault.line, $1.rule.identifier) }
            findings += faults.map { fault, rule in
                rule.finding(
                    fault.title, at: .init(file: file.path, line: fault.line), expected: fault.expected,
                    found: fault.found.map { String($0.prefix(200)) })
            }
            let change = ScriptChange(path: file.path, bytes: bytes, edits: faults.flatMap(\.fault.edits))
            if !change.isEmpty { changes.append(change) }
        }
        return LintReport(files: files.count, findings: findings, skipped: skipped, changes: changes)
    }

    /// The folder that holds a path; empty for the top.
    private static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }
}

/// What a check of build files found.
public struct LintReport: Sendable, Encodable {
    /// A file that was not judged, and why.
    public struct Skip: Sendable, Encodable, Hashable {
        public let file: String
        public let reason: String
    }

    /// How many build files were read.
    public let files: Int
    public let findings: [Finding]
    public let skipped: [Skip]
    /// The mechanical mends, one a file.
    public let changes: [ScriptChange]

    enum CodingKeys: String, CodingKey {
        case files, findings, skipped
    }
}

/// Finds build files under a folder, in the order of their paths.
private struct ScriptWalk {
    /// Paths are plain text here: a tree has a hundred thousand of them.
    let root: String
    var candidates: [(path: String, kind: ScriptKind)] = []
    var skipped: [LintReport.Skip] = []
    private var entries = 0

    private let realRoot: String

    init(root: FilePath) {
        self.root = root.string
        realRoot = URL(filePath: root.string).resolvingSymlinksInPath().path
    }

    mutating func run() {
        var folders = [""]
        while let folder = folders.popLast() {
            var inner: [String] = []
            for name in Files.names(in: FilePath(folder.isEmpty ? root : "\(root)/\(folder)")) {
                entries += 1
                if entries > Lint.mostEntries || candidates.count >= Lint.mostFiles {
                    skipped.append(
                        .init(
                            file: folder.isEmpty ? "." : folder,
                            reason: "and what follows was not looked at: more than \(Lint.mostFiles) build files or "
                                + "\(Lint.mostEntries) entries"))
                    return
                }
                let path = folder.isEmpty ? name : "\(folder)/\(name)"
                if name != ".git" { visit(path, &inner) }
            }
            folders += inner.reversed()
        }
    }

    private mutating func visit(_ path: String, _ folders: inout [String]) {
        let full = "\(root)/\(path)"
        var status = stat()
        guard unsafe lstat(full, &status) == 0 else { return }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: folders.append(path)
        case S_IFLNK:
            // What a link inside of the folder leads to is met at its own place.
            let target = URL(filePath: full).resolvingSymlinksInPath().path
            if target != realRoot, !target.hasPrefix(realRoot.hasSuffix("/") ? realRoot : realRoot + "/") {
                skipped.append(.init(file: path, reason: "is a link out of the folder"))
            }
        case S_IFREG:
            guard let kind = ScriptKind(path: "/\(path)") ?? kindByFirstLine(full, status) else { return }
            if status.st_size > Lint.largestFile {
                skipped.append(.init(file: path, reason: "is larger than \(Lint.largestFile >> 20) MiB"))
            } else {
                candidates.append((path, kind))
            }
        default:
            if ScriptKind(path: "/\(path)") != nil { skipped.append(.init(file: path, reason: "is no regular file")) }
        }
    }

    /// Only what may be run or has no extension can be a script under another name.
    private func kindByFirstLine(_ path: String, _ status: stat) -> ScriptKind? {
        guard status.st_mode & 0o111 != 0 || !ScriptCommand.baseName(path).contains("."),
            let file = try? FileDescriptor.open(FilePath(path), .readOnly, options: [.closeOnExec])
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count =
            (try? file.closeAfter { unsafe try bytes.withUnsafeMutableBytes { unsafe try file.read(into: $0) } }) ?? 0
        let line = bytes.prefix(count).prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        return ScriptKind(firstLine: String(decoding: line, as: UTF8.self))
    }
}
