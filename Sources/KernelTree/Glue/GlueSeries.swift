// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records
package import SystemPackage

extension GlueSeries {
    /// The patches' names in the series of that name, in their order. Throws `Failure` with code `glue.series`.
    static func files(of name: String, in glue: FilePath) throws -> [String] {
        let folder = glue.pushing(FilePath(name))
        let lines = try Files.text(folder.appending("series")).split(whereSeparator: \.isNewline).map(String.init)
        let files = lines.filter { !$0.isEmpty && !$0.hasPrefix("#") }
        for file in files where file.contains("/") || file.hasPrefix("-") || !TreeFiles.isPlain(file) {
            throw Failure(
                "glue.series", "\(folder)/series names \(file)", advice: "name patches that lie in the folder itself")
        }
        guard !files.isEmpty, files.count < 1000 else {
            throw Failure(
                "glue.series", "\(folder)/series names \(files.count) patches", advice: "use a series of Bessemer's")
        }
        return files
    }

    /// The names of all series in a folder of them, sorted. Throws `Failure` with code `glue.series` where there is none.
    static func names(in folder: FilePath) throws -> [String] {
        let fixes = Files.names(in: folder.appending(fixesFolder)).map { "\(fixesFolder)/\($0)" }
        let found = (Files.names(in: folder) + fixes).sorted().filter {
            Files.exists(folder.pushing(FilePath($0)).appending("series"))
        }
        guard !found.isEmpty else {
            throw Failure(
                "glue.series", "\(folder) holds no patch series",
                advice: "name Bessemer's folder Kernel/Glue with --glue")
        }
        return found
    }

    /// Whether a tree is offered the series of that name: the one that was asked for, or else those of its kind.
    static func isOffered(_ name: String, asked: String?, isReady: Bool) -> Bool {
        asked.map(name.elementsEqual) ?? (isFixes(name) == isReady)
    }

    /// What the choice of a series for a tree depends on: each that it is offered, with the content of its files.
    ///
    /// Throws `Failure` with code `glue.series` or `file.unreadable`.
    package static func key(in glue: FilePath, asked: String?, isReady: Bool) throws -> [String] {
        var key: [String] = []
        for name in try names(in: glue) where isOffered(name, asked: asked, isReady: isReady) {
            key += [name, try FolderListing(glue.pushing(FilePath(name))).digest().hexadecimal]
        }
        return key
    }

    /// The subject of a mail, its lines joined (RFC 5322 § 2.2.3), without `[PATCH …]`.
    static func subject(of text: String) -> String {
        let head = text[..<(text.firstRange(of: "\n\n")?.lowerBound ?? text.endIndex)]
        let subject = head.firstMatch(of: #/(?m)^Subject: (.*(?:\n .*)*)/#)?.output.1 ?? ""
        return String(subject).replacing("\n", with: "").replacing(#/^\[[^\]]*\] */#, with: "")
    }

    /// The files that a patch changes or makes. Throws `Failure` with code `glue.series` where it does anything else.
    static func touches(of text: String, named file: String) throws -> [String] {
        func refuse(_ reason: String) -> Failure {
            Failure("glue.series", "the patch \(file) \(reason)", advice: "take the series from Bessemer's own sources")
        }
        var touches: [String] = []
        for line in text.split(separator: "\n") {
            if ["deleted file mode", "rename from", "copy from", "GIT binary patch"].contains(where: line.hasPrefix) {
                throw refuse("removes, renames or replaces a file")
            }
            guard line.hasPrefix("diff --git ") else { continue }
            let names = line.dropFirst("diff --git ".count)
            guard names.hasPrefix("a/"), let at = names.firstRange(of: " b/"),
                case let name = String(names[at.upperBound...]), names == "a/\(name) b/\(name)", isOfSource(name)
            else { throw refuse("changes something that is not a source file") }
            touches.append(name)
        }
        return touches
    }

    /// Whether a name means a file of the source: below the tree, and none of a repository's or of Bessemer's own.
    static func isOfSource(_ name: String) -> Bool {
        TreeFiles.isPlain(name) && !name.split(separator: "/").contains { $0 == Substring(GlueRecord.folder) }
    }
}
