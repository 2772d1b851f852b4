// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import Host
package import Records
package import SystemPackage

/// A check of the build files under a folder.
package struct ScriptCheck: Sendable {
    /// Candidates and entries that are looked at.
    static let mostFiles = 20_000
    static let mostEntries = 1_000_000

    /// Bytes of all files together.
    static let largestSum = 256 << 20

    /// The folder, or one file.
    package let path: FilePath
    /// What is put before the names of files in the report.
    package var prefix = ""
    package var kernel: KernelTargets?
    /// `2026-05-19`: the day that a fix writes where a nightly has none.
    package var nightly: String?

    package init(path: FilePath) { self.path = path }

    /// Folders that are not looked into: Bessemer's own, which hold other people's sources.
    package var leftOut: Set<FilePath> = []
    package var onProgress: ProgressSink = { _ in }

    /// What was found, and the automatic fixes of it, one a file.
    package struct Result: Sendable {
        package let report: LintReport
        package let changes: [ScriptChange]
    }

    /// Reads and judges. Throws `Failure` with code `lint.folder` where there is neither a folder nor a file.
    package func check() throws -> Result {
        let isFolder = Files.isDirectory(path)
        guard isFolder || Files.exists(path) else {
            throw Failure(
                "lint.folder", "\(path) is not a folder or a file",
                advice: "name the folder whose build files to check, or one of them")
        }
        let (root, own) = isFolder ? (path, "") : Self.root(of: path)
        var walk = ScriptWalk(root: root, leavingOut: leftOut)
        if isFolder { walk.run() } else { walk.visitOne(path, own) }
        var skipped = walk.skipped
        var files: [(file: ScriptFile, path: FilePath)] = []
        var partly: Set<String> = []
        var sum = 0
        let tree = ScriptTree(root)
        for (index, candidate) in walk.candidates.enumerated() {
            try Task.checkCancellation()
            let name = candidate.name
            onProgress(WorkProgress("reading build files", done: index, total: walk.candidates.count, detail: name))
            guard sum < Self.largestSum else {
                let reason = "the build files have more than \(Self.largestSum >> 20) MiB together"
                skipped.append(.init(file: name, reason: "and what follows was not read: \(reason)"))
                break
            }
            do {
                let bytes = try Files.bytes(candidate.path)
                sum += bytes.count
                if bytes.prefix(8192).contains(0) {
                    skipped.append(.init(file: name, reason: "is binary"))
                    continue
                }
                let file = try ScriptFile(path: name, kind: candidate.kind, bytes: bytes, in: tree)
                if !file.problems.isEmpty { partly.insert(name) }
                skipped += file.problems.map { problem in
                    let (name, line) = file.place(ofLine: problem.line)
                    return .init(file: name, line: line, reason: problem.reason)
                }
                files.append((file, candidate.path))
            } catch let error as UnreadableScript {
                skipped.append(.init(file: name, reason: error.description))
            } catch let error as Failure {
                skipped.append(.init(file: name, reason: "could not be read (\(error.underlying ?? error.message))"))
            }
        }
        let ordered = Set(skipped).sorted { ($0.file, $0.line ?? 0, $0.reason) < ($1.file, $1.line ?? 0, $1.reason) }
        let names = ScriptNames(prefix: prefix, folder: ScriptTree.folder(of: own))
        return judge(
            files, ordered.map { .init(file: names.shown($0.file), line: $0.line, reason: $0.reason) }, partly.count,
            names)
    }

    /// The folder that a single file may include others of, and its name there: its repository's, else its own.
    private static func root(of file: FilePath) -> (FilePath, String) {
        var folder = file.removingLastComponent()
        let top = folder
        var parts = [file.lastComponent.map(ScriptWalk.shown) ?? ""]
        let name = parts[0]
        for _ in 0..<40 {
            guard let last = folder.lastComponent else { break }
            if Files.exists(folder.appending(".git")) { return (folder, parts.joined(separator: "/")) }
            folder.removeLastComponent()
            parts.insert(ScriptWalk.shown(last), at: 0)
            if last.string == ".github" { return (folder, parts.joined(separator: "/")) }
        }
        return (top, name)
    }

    private func judge(
        _ files: [(file: ScriptFile, path: FilePath)], _ skipped: [LintReport.Skip], _ partly: Int, _ names: ScriptNames
    ) -> Result {
        var targets: [String: Set<String>] = [:]
        var building: Set<String> = []
        var buildingBelow: Set<String> = []
        for file in files.map(\.file) {
            let folder = ScriptTree.folder(of: file.path)
            targets[folder, default: []].formUnion(file.targets)
            let isPipeline = [.gitlab, .github, .jenkins].contains(file.kind)
            guard file.units.contains(where: \.buildsKernel) else { continue }
            if !isPipeline { building.insert(folder) }
            var above = folder
            while buildingBelow.insert(above).inserted, !above.isEmpty { above = ScriptTree.folder(of: above) }
        }
        // By the file that they are in, which may be one that others include, too.
        var faults: [String: [(line: Int, fault: ScriptFault, rule: RuleDescription)]] = [:]
        var seen: Set<String> = []
        var changes: [ScriptChange] = []
        for (file, path) in files {
            let folder = ScriptTree.folder(of: file.path)
            var around = ScriptSurroundings(
                targets: targets[folder, default: []].union(targets["", default: []]), kernel: kernel, nightly: nightly)
            var edits: [ScriptEdit] = []
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
                        let (name, line) = file.place(ofLine: fault.line)
                        let key = "\(rule.description.identifier) \(name):\(line) \(fault.found ?? "")"
                        if seen.insert(key).inserted {
                            faults[name, default: []].append((line, fault, rule.description))
                        }
                        // A file that is included may serve others: what is wrong in it is for a person to change.
                        if let edit = fault.edit, edit.range.upperBound <= file.bytes.count { edits.append(edit) }
                    }
                }
            }
            let change = ScriptChange(name: names.shown(file.path), file: path, bytes: file.bytes, edits: edits)
            if !change.isEmpty { changes.append(change) }
        }
        var order = files.map(\.file.path)
        order += faults.keys.filter { !order.contains($0) }.sorted()
        var findings: [Finding] = []
        for name in order {
            let sorted = (faults.removeValue(forKey: name) ?? []).sorted {
                ($0.line, $0.rule.identifier) < ($1.line, $1.rule.identifier)
            }
            findings += sorted.map { line, fault, rule in
                rule.finding(
                    fault.title.map(ScriptWord.shown), at: .init(file: names.shown(name), line: line),
                    expected: fault.expected,
                    found: fault.found.map(ScriptWord.shown))
            }
        }
        return Result(
            report: LintReport(files: files.count, partly: partly, findings: findings, skipped: skipped),
            changes: changes)
    }
}

/// How the report names files of the tree.
private struct ScriptNames {
    /// What is put before the names of files in `folder`.
    let prefix: String
    let folder: String

    func shown(_ name: String) -> String {
        guard !folder.isEmpty else { return prefix + name }
        if name.hasPrefix(folder + "/") { return prefix + name.dropFirst(folder.count + 1) }
        // Beside or above the file that was named: as one would write it from the same place.
        var above = prefix.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        var ups: [String] = []
        for _ in folder.split(separator: "/") {
            if ["", "..", "."].contains(above.last ?? "") { ups.append("..") } else { above.removeLast() }
        }
        return (above.map(String.init) + ups + [name]).joined(separator: "/")
    }
}

/// Finds build files under a folder, in the order of their paths.
private struct ScriptWalk {
    struct Candidate {
        let path: FilePath
        /// Below the folder, as it can be shown.
        let name: String
        let kind: ScriptKind
    }

    let root: FilePath
    var candidates: [Candidate] = []
    var skipped: [LintReport.Skip] = []
    private var entries = 0
    private let realRoot: String
    private let leftOut: Set<FilePath>

    init(root: FilePath, leavingOut leftOut: Set<FilePath>) {
        self.root = root
        self.leftOut = leftOut
        realRoot = URL(filePath: root.string).resolvingSymlinksInPath().path
    }

    mutating func run() {
        var folders: [(path: FilePath, name: String)] = [(root, "")]
        while let folder = folders.popLast() {
            var inner: [(FilePath, String)] = []
            let own = folder.name.isEmpty ? "." : folder.name
            guard let names = Self.names(in: folder.path) else {
                skip(own, "could not be listed")
                continue
            }
            for name in names {
                entries += 1
                if entries > ScriptCheck.mostEntries || candidates.count >= ScriptCheck.mostFiles {
                    let most = "\(ScriptCheck.mostFiles) build files or \(ScriptCheck.mostEntries) entries"
                    return skip(own, "and what follows was not looked at: more than \(most)")
                }
                let shown = Self.shown(name)
                if shown == ".git" { continue }
                visit(folder.path.appending(name), folder.name.isEmpty ? shown : "\(folder.name)/\(shown)", &inner)
            }
            folders += inner.reversed()
        }
    }

    /// A file that was named itself.
    mutating func visitOne(_ path: FilePath, _ name: String) {
        var inner: [(FilePath, String)] = []
        visit(path, name, &inner)
        if candidates.isEmpty, skipped.isEmpty { skip(name, "is not a kind of build file that is known") }
    }

    private mutating func skip(_ name: String, _ reason: String) {
        skipped.append(.init(file: name, reason: reason))
    }

    private mutating func visit(_ path: FilePath, _ name: String, _ folders: inout [(FilePath, String)]) {
        var status = stat()
        guard unsafe path.withPlatformString({ unsafe lstat($0, &status) }) == 0 else {
            return skip(name, "could not be looked at")
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: if !leftOut.contains(path.lexicallyNormalized()) { folders.append((path, name)) }
        case S_IFLNK:
            // What a link inside of the folder leads to is met at its own place.
            let target = URL(filePath: path.string).resolvingSymlinksInPath().path
            if target != realRoot, !target.hasPrefix(realRoot.hasSuffix("/") ? realRoot : realRoot + "/") {
                skip(name, "is a link out of the folder")
            }
        case S_IFREG:
            guard let kind = ScriptKind(path: "/\(name)") ?? kindByFirstLine(path, name, status) else { return }
            if status.st_size > ScriptTree.largestFile {
                skip(name, "is larger than \(ScriptTree.largestFile >> 20) MiB")
            } else {
                candidates.append(Candidate(path: path, name: name, kind: kind))
            }
        default:
            if ScriptKind(path: "/\(name)") != nil { skip(name, "is not a regular file") }
        }
    }

    /// Names in a folder, sorted by their bytes, whatever bytes these are; nil where it cannot be read.
    private static func names(in folder: FilePath) -> [FilePath.Component]? {
        guard let stream = unsafe folder.withPlatformString({ unsafe opendir($0) }) else { return nil }
        defer { unsafe closedir(stream) }
        var names: [FilePath.Component] = []
        while let entry = unsafe readdir(stream) {
            let bytes = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { name in
                unsafe [CInterop.PlatformChar](name.prefix { $0 != 0 }.map { CInterop.PlatformChar(bitPattern: $0) })
            }
            if let name = FilePath.Component(platformString: bytes + [0]), name.kind == .regular { names.append(name) }
        }
        return names.sorted { left, right in
            unsafe left.withPlatformString { left in unsafe right.withPlatformString { unsafe strcmp(left, $0) < 0 } }
        }
    }

    /// A name as text; a byte that is not UTF-8 is spelled out: `bad\xFF.sh`.
    static func shown(_ name: FilePath.Component) -> String {
        let bytes = unsafe name.withPlatformString { pointer in
            unsafe (0..<strlen(pointer)).map { unsafe UInt8(bitPattern: pointer[$0]) }
        }
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        return bytes.map { byte in
            (0x20..<0x7F).contains(byte)
                ? String(UnicodeScalar(byte)) : "\\x" + String(byte, radix: 16, uppercase: true)
        }.joined()
    }

    /// Only what may be run or has no extension can be a script under another name.
    private func kindByFirstLine(_ path: FilePath, _ name: String, _ status: stat) -> ScriptKind? {
        guard status.st_mode & 0o111 != 0 || !ScriptCommand.baseName(name).contains("."),
            let file = try? FileDescriptor.open(path, .readOnly, options: [.closeOnExec])
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count =
            (try? file.closeAfter { unsafe try bytes.withUnsafeMutableBytes { unsafe try file.read(into: $0) } }) ?? 0
        return ScriptKind(firstLineOf: bytes.prefix(count))
    }
}
