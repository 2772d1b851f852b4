// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import SystemPackage
import TestSupport
import Testing

/// What the documentation names is there.
@Suite struct DocumentationPathsTests {
    private let root = RealThings.repository

    private func pages() -> [FilePath] {
        let decisions = root.appending("Docs/Decisions")
        let folders = Files.names(in: root.appending("Kernel")).map { root.appending("Kernel").appending($0) }
        return ["README.md", "CONTRIBUTING.md"].map { root.appending($0) }
            + [root.appending("Docs"), decisions].flatMap { folder in
                Files.names(in: folder).filter { $0.hasSuffix(".md") }.map { folder.appending($0) }
            }
            + folders.map { $0.appending("README.md") }.filter(Files.isRegularFile)
    }

    /// The words of a page that are paths in the repository: in backticks each that begins with a folder's name as the
    /// repository writes them, elsewhere those that begin with a folder that is there.
    static func paths(in page: String, folders: Set<String>) -> Set<String> {
        let separators = Set(" \n\t`|,;()[]<>\"'")
        var found: Set<String> = []
        for line in page.split(separator: "\n") where line.contains("/") {
            for (index, part) in line.split(separator: "`", omittingEmptySubsequences: false).enumerated() {
                for word in part.split(whereSeparator: separators.contains) {
                    guard let slash = word.firstIndex(of: "/"), word.first?.isUppercase == true else { continue }
                    let folder = String(word[..<slash])
                    // `Documentation/` is the kernel's.
                    let isNamed = !index.isMultiple(of: 2) && folder.allSatisfy(\.isLetter) && folder != "Documentation"
                    if isNamed || folders.contains(folder) { found.insert(String(word)) }
                }
            }
        }
        return found
    }

    /// Whether it is there; words in capitals (`TARGET`, `KERNEL.json`) stand for any name, and a Swift file may be named
    /// without its ending.
    private func isThere(_ path: String) -> Bool {
        var path = path[...]
        while let last = path.last, ".:?!".contains(last) { path.removeLast() }
        var known = root
        for name in path.split(separator: "/") {
            let stem = name.prefix { $0 != "." }
            if stem.count > 1, stem.allSatisfy(\.isUppercase), stem != "README" { break }
            known.append(String(name))
        }
        return Files.exists(known) || Files.exists(FilePath(known.string + ".swift"))
    }

    @Test func `each path of the repository that the documentation names is there`() throws {
        let folders = Set(Files.names(in: root).filter { Files.isDirectory(root.appending($0)) })
        var seen = 0
        for page in pages() where !page.string.contains("/Kernel/") {
            for path in Self.paths(in: try Files.text(page), folders: folders) {
                seen += 1
                #expect(isThere(path), "\(page.lastComponent?.string ?? "") names \(path)")
            }
        }
        #expect(seen > 30)
    }

    @Test func `each link to a file leads to one`() throws {
        var seen = 0
        for page in pages() {
            for match in try Files.text(page).matches(of: /\]\(([^)#:\s]+)(?:#[^)]*)?\)/) {
                seen += 1
                let target = page.removingLastComponent().pushing(FilePath(String(match.1)))
                #expect(Files.exists(target), "\(page) links to \(match.1)")
            }
        }
        #expect(seen > 20)
    }

    @Test func `a folder that went is found in backticks, prose only by folders that are there`() {
        let page = """
            `Scripts/hostile` and `cp Glue/6.12 x`, Tools/setup. and/or I/O https://example.org/Tools/x `Documentation/s390`
            """
        #expect(
            Self.paths(in: page, folders: ["Tools"]) == ["Scripts/hostile", "Glue/6.12", "Tools/setup."])
        #expect(isThere("Tools/setup.") && isThere("Tests/Corpus/fuzz/TARGET") && isThere("Kernel/Glue/README.md"))
        #expect(isThere("Tests/HostTests/ModulesTests"))
        #expect(!isThere("Scripts/hostile") && !isThere("Waivers/KERNEL.json"))
    }
}
