// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import SystemPackage

/// Why a file that another one includes was not read.
struct NotIncluded: Error {
    let reason: String
    /// Nothing of that name is there.
    var isAbsent = false

    static let nested = NotIncluded(reason: "it is being read already")

    /// Why a YAML file was not read that gave an error.
    static func reason(_ error: any Error) -> String {
        switch error {
        case let error as NotIncluded: error.reason
        case let error as UnreadableScript: "it \(error.description)"
        default: "it could not be read"
        }
    }
}

/// The folder whose build files are read, as far as they include each other.
///
/// It is somebody else's: everything in it is opened beneath it, regular files only, each and all together up to a limit.
final class ScriptTree {
    private let folder: ForeignFolder
    private var contents: [String: Result<[UInt8], NotIncluded>] = [:]
    private var size = 0
    private var walks: [String: [String]] = [:]

    /// Bytes of a file, and of all.
    static let largestFile = 2 << 20
    private static let mostFiles = 20_000
    private static let largestSum = 64 << 20
    private static let mostLinks = 8
    /// Patterns that are looked for in all folders below one.
    private static let mostWalks = 200

    init(_ folder: FilePath) { self.folder = ForeignFolder(folder) }

    /// A path below a folder of the tree, without `.` and `..`; nil where it leads out of the tree.
    static func path(_ folder: String, _ name: String) -> String? {
        var parts: [Substring] = name.hasPrefix("/") ? [] : folder.split(separator: "/")
        for part in name.split(separator: "/") where part != "." {
            guard part == ".." else {
                parts.append(part)
                continue
            }
            guard parts.popLast() != nil else { return nil }
        }
        return parts.joined(separator: "/")
    }

    /// The folder that holds a path; empty for the top.
    static func folder(of path: String) -> String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "" }

    func hasFile(_ name: String) -> Bool { name.isEmpty ? false : (try? file(name)) != nil }

    /// The name behind links that stay in the tree.
    private func file(_ name: String) throws(NotIncluded) -> String {
        var current = name
        for _ in 0..<Self.mostLinks {
            let kind: ForeignFolder.Kind?
            do { kind = try folder.kind(of: current) } catch { throw NotIncluded(reason: "it could not be looked at") }
            switch kind {
            case nil: throw NotIncluded(reason: "it is not there", isAbsent: true)
            case .file: return current
            case .folder: throw NotIncluded(reason: "it is a folder")
            case .special: throw NotIncluded(reason: "it is a socket, a pipe or a device")
            case .link:
                guard let target = try? folder.target(ofLink: current) else {
                    throw NotIncluded(reason: "it lies behind a symbolic link")
                }
                guard !target.hasPrefix("/"), let next = Self.path(Self.folder(of: current), target) else {
                    throw NotIncluded(reason: "it is a link out of the folder")
                }
                current = next
            }
        }
        throw NotIncluded(reason: "it is a link to a link, without end")
    }

    /// The content of a file of the tree.
    func bytes(of name: String) throws(NotIncluded) -> [UInt8] {
        if let known = contents[name] { return try known.get() }
        let result = Result { () throws(NotIncluded) in try read(name) }
        if contents.count < Self.mostFiles { contents[name] = result }
        return try result.get()
    }

    private func read(_ name: String) throws(NotIncluded) -> [UInt8] {
        let path = try file(name)
        guard size < Self.largestSum else {
            throw NotIncluded(reason: "all that is included has more than \(Self.largestSum >> 20) MiB")
        }
        let bytes: [UInt8]
        do {
            bytes = try folder.bytes(of: path, limit: Self.largestFile)
        } catch let error as Failure where error.code == "file.too-large" {
            throw NotIncluded(reason: "it is larger than \(Self.largestFile >> 20) MiB")
        } catch {
            throw NotIncluded(reason: "it could not be read")
        }
        size += bytes.count
        guard !bytes.prefix(8192).contains(0) else { throw NotIncluded(reason: "it is binary") }
        return bytes
    }

    /// The folder of the repository that a file lies in: the nearest that has a `.git`, else what the file's name says,
    /// else the top.
    func repository(of name: String) -> String {
        var above = Self.folder(of: name)
        while !above.isEmpty {
            if (try? folder.kind(of: above + "/.git")) ?? nil != nil { return above }
            above = Self.folder(of: above)
        }
        let parts = name.split(separator: "/")
        if let index = parts.firstIndex(of: ".github") { return parts[..<index].joined(separator: "/") }
        return ScriptCommand.baseName(name).hasPrefix(".gitlab-ci") ? Self.folder(of: name) : ""
    }

    /// The files that a pattern with `*` and `**` stands for, sorted.
    func files(matching pattern: String) -> [String] {
        let fixed = pattern.prefix { !"*?[".contains($0) }
        let top = Self.folder(of: String(fixed))
        let parts = pattern.split(separator: "/").map(String.init)
        // A single `*` in the last part needs no walk.
        guard pattern.contains("**") || Self.folder(of: pattern) != top else {
            let names = (try? folder.names(in: top)) ?? []
            return names.filter { Shell.matches($0, parts.last ?? "") == true }.prefix(ScriptFiles.mostFiles)
                .map { top.isEmpty ? $0 : "\(top)/\($0)" }
        }
        if let known = walks[pattern] { return known }
        guard walks.count < Self.mostWalks else { return [] }
        let found = folder.files(under: top) { _ in true }
            .filter { Self.matches($0.split(separator: "/").map(String.init), parts) }
            .sorted().prefix(ScriptFiles.mostFiles)
        walks[pattern] = Array(found)
        return Array(found)
    }

    private static func matches(_ path: [String], _ pattern: [String]) -> Bool {
        // How many parts of the path the pattern so far can stand for.
        var counts: Set<Int> = [0]
        for part in pattern {
            if part == "**" {
                counts.formUnion((counts.min() ?? path.count)..<path.count)
            } else {
                counts = Set(
                    counts.filter { $0 < path.count && Shell.matches(path[$0], part) == true }.map { $0 + 1 })
            }
        }
        return counts.contains(path.count)
    }
}

/// The files that one build file is made of: itself, and those that it includes.
///
/// Each has lines and bytes of its own behind those of the file before it, so that one number says which line of which
/// file it is. The build file itself is the first: there a line's number is its own.
final class ScriptFiles {
    private struct Part {
        let name: String
        /// Lines and bytes of the parts before it.
        let line: Int
        let source: ScriptSource
    }

    let name: String
    /// Where the file's repository begins in the tree.
    let repository: String
    let tree: ScriptTree
    private var parts: [Part] = []
    private var indices: [String: Int] = [:]
    private var lines = 0
    private var bytes = 0
    private var inclusions = 0

    /// Files that one build file may include, all together.
    static let mostFiles = 200
    /// Times that they may be included: files that each include the next one twice multiply.
    private static let mostInclusions = 1_000
    /// Files that include each other in a row.
    static let deepest = 12
    private static let largestSum = 16 << 20
    private static let mostLines = 500_000

    init(_ name: String, _ source: ScriptSource, in tree: ScriptTree) {
        self.name = name
        self.tree = tree
        repository = tree.repository(of: name)
        add(name, source)
    }

    private func add(_ name: String, _ source: ScriptSource) {
        indices[name] = parts.count
        parts.append(Part(name: name, line: lines, source: source))
        lines += source.lineStarts.count
        // One more, so that the end of a file is not the beginning of the next one.
        bytes += source.bytes.count + 1
    }

    /// Where a script of the file most likely runs: in its own folder, or at the top of the repository.
    var likelyFolders: [String] {
        let own = ScriptTree.folder(of: name)
        return own == repository ? [own] : [own, repository]
    }

    /// The path of a file that this one names: from its own folder, or from the top of the tree.
    func path(_ name: String) -> String? {
        name.first == ScriptWord.tree
            ? ScriptTree.path("", String(name.dropFirst())) : ScriptTree.path(ScriptTree.folder(of: self.name), name)
    }

    /// A file of the tree that is included where others, the innermost last, are.
    func source(
        _ name: String, inside including: [String], deepest: Int = deepest
    ) throws(NotIncluded) -> ScriptSource {
        guard !including.contains(name) else { throw .nested }
        guard including.count < deepest else { throw NotIncluded(reason: "it is nested too deeply") }
        return try source(name)
    }

    /// A file of the tree, whose lines and bytes come behind those of all before it.
    func source(_ name: String) throws(NotIncluded) -> ScriptSource {
        inclusions += 1
        guard inclusions <= Self.mostInclusions else {
            throw NotIncluded(reason: "files are included more than \(Self.mostInclusions) times")
        }
        if let index = indices[name] { return parts[index].source }
        guard parts.count <= Self.mostFiles, bytes < Self.largestSum, lines < Self.mostLines else {
            throw NotIncluded(
                reason: "more than \(Self.mostFiles) files, \(Self.mostLines) lines or \(Self.largestSum >> 20) MiB "
                    + "are included")
        }
        let source = ScriptSource(try tree.bytes(of: name), after: (bytes, lines))
        add(name, source)
        return source
    }

    /// The file and its own line that a line is.
    func place(ofLine line: Int) -> (name: String, line: Int) {
        let part = part(ofLine: line)
        return (part.name, line - part.line)
    }

    /// The source that a line is of.
    func source(ofLine line: Int) -> ScriptSource { part(ofLine: line).source }

    private func part(ofLine line: Int) -> Part {
        // The first part begins at no line, so there is one.
        parts[(parts.lastIndex { $0.line < line }) ?? 0]
    }
}
