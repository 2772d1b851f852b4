// SPDX-License-Identifier: Apache-2.0
package import Host

/// The modules of a build, as its `modules.order` lists them (scripts/Makefile.build).
package enum ModuleOrder {
    package static let file = "modules.order"
    /// A distribution's kernel has some 5,000.
    private static let most = 100_000

    /// The names of the modules' files, relative to the object folder, each once; nil where the build has no list.
    ///
    /// Throws `Failure` with code `build.module-list` where a line names no file below the folder, and as
    /// `ForeignFolder.readPieces` does.
    package static func names(in objects: ForeignFolder) throws -> [String]? {
        guard try objects.size(of: file) != nil else { return nil }
        let text = try objects.text(of: file, limit: ForeignFolder.Limit.list)
        var names: [String] = []
        var seen: Set<String> = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where !line.isEmpty {
            func refuse(_ rationale: String) -> Failure {
                Failure(
                    "build.module-list", "line \(index + 1) of \(objects.path)/\(file) \(rationale)",
                    advice: "remove \(objects.path) and build again; kbuild lists modules of the folder alone")
            }
            guard ForeignFolder.isName(line), line.utf8.count < 4096 else {
                throw refuse("is not the name of a file in the folder")
            }
            let stem = line.hasSuffix(".ko") ? line.dropLast(3) : line.hasSuffix(".o") ? line.dropLast(2) : line
            guard seen.insert("\(stem).ko").inserted else { continue }
            names.append("\(stem).ko")
            guard names.count <= most else { throw refuse("is one too many: no kernel has that many modules") }
        }
        return names
    }
}
