// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import SystemPackage
import TestSupport
import Testing

/// What Package.swift says of modules is what their files import.
@Suite struct ModulesTests {
    private let root = RealThings.repository
    /// Of Swift and its libraries.
    private let system: Set<String> = ["Dispatch", "Foundation", "Glibc", "Synchronization", "Testing"]

    /// The names behind each name in the manifest's tables.
    private func declared() throws -> [String: Set<String>] {
        let text = try Files.text(root.appending("Package.swift"))
        var table: [String: Set<String>] = [:]
        for match in text.matches(of: /(?m)^    "(\w+)": \[([^\]]*)\]/) {
            table[String(match.1)] = Set(match.2.matches(of: /"(\w+)"/).map { String($0.1) })
        }
        return table
    }

    private func imports(below folder: FilePath) throws -> Set<String> {
        var found: Set<String> = []
        let files = FileManager.default.enumerator(atPath: folder.string)
        while let name = files?.nextObject() as? String {
            guard name.hasSuffix(".swift") else { continue }
            let text = try Files.text(folder.pushing(FilePath(name)))
            let imports = /(?m)^(?:@testable )?(?:package |internal |public )?import (?:struct )?(\w+)(?:\.\w+)?$/
            for match in text.matches(of: imports) {
                found.insert(String(match.1))
            }
        }
        return found.subtracting(system)
    }

    @Test func `each module declares what it imports, and no more`() throws {
        let table = try declared()
        #expect(table.count > 30)
        for (name, dependencies) in table.sorted(by: { $0.key < $1.key }) {
            let folder = ["Sources", "Tests"].map { root.appending($0).appending(name) }.first(where: Files.isDirectory)
            let imported = try imports(below: try #require(folder, "\(name)"))
            #expect(imported == dependencies, "\(name)")
        }
    }

    @Test func `each source begins with its licence`() throws {
        for folder in ["Sources", "Tests", "Fuzz/Sources"] {
            let files = try #require(FileManager.default.enumerator(atPath: root.appending(folder).string))
            for case let name as String in files where name.hasSuffix(".swift") {
                let text = try Files.text(root.appending(folder).appending(name))
                #expect(text.hasPrefix("// SPDX-License-Identifier: Apache-2.0\n"), "\(folder)/\(name)")
            }
        }
    }

    @Test func `pages stand on records and the host alone, and evidence on signatures, too`() throws {
        let table = try declared()
        #expect(table["Evidence"] == ["Host", "Records", "Signing"])
        #expect(table["Records"] == ["Host"])
        let own = Set(table.keys)
        #expect(table["Documents"]?.intersection(own) == ["Host", "Records"])
        #expect(table["EvidenceSQLite"]?.intersection(own) == ["Evidence", "Host", "Records", "Signing"])
    }

    @Test func `every module and product is imported by another`() throws {
        let table = try declared()
        let sources = Set(table.keys.filter { Files.isDirectory(root.appending("Sources").appending($0)) })
        let program = try imports(below: root.appending("Sources/bessemer"))
        let used = table.filter { sources.contains($0.key) }.values.reduce(into: program) { $0.formUnion($1) }
        #expect(sources.subtracting(used).isEmpty)
        let support = Set(table.keys.filter { !$0.hasSuffix("Tests") }).subtracting(sources)
        #expect(!support.isEmpty && support.isSubset(of: table.values.reduce(into: []) { $0.formUnion($1) }))
        let text = try Files.text(root.appending("Package.swift"))
        for match in text.matches(of: /(?m)^    "(\w+)": "[\w.-]+",$|\.systemLibrary\(name: "(\w+)"/) {
            let name = try #require(match.1 ?? match.2)
            #expect(used.contains(String(name)), "\(name)")
        }
    }
}
