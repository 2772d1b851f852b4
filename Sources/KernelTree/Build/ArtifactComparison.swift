// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import ELFKit
package import Host
package import Records
internal import SystemPackage

/// The artifacts of two builds of one kernel, file by file.
///
/// Digests decide what is equal; files are read where they are not, to tell which sections differ.
package struct ArtifactComparison: Sendable {
    private let first: BuildFacts
    private let second: BuildFacts
    private let firstFolders: [ForeignFolder]
    private let secondFolder: ForeignFolder

    /// `firstFolders` may hold the first build's files: a file is looked into only where it has the recorded digest.
    package init(
        first: BuildFacts, second: BuildFacts, firstFolders: [ForeignFolder], secondFolder: ForeignFolder
    ) {
        self.first = first
        self.second = second
        self.firstFolders = firstFolders
        self.secondFolder = secondFolder
    }

    /// In the order in which the first build lists them, then those that the second made alone. `onFile` is called before
    /// a file is looked into.
    ///
    /// Throws `CancellationError`. A file that can't be read does not end it: the artifact says so.
    package func artifacts(
        onFile: (_ done: Int, _ total: Int, _ name: String) -> Void = { _, _, _ in }
    ) throws -> [RebuildReport.ComparedArtifact] {
        let made = Dictionary(second.artifacts.map { ($0.path, $0) }) { one, _ in one }
        let known = Set(first.artifacts.map(\.path))
        let pairs =
            first.artifacts.map { ($0.path, Optional($0), made[$0.path]) }
            + second.artifacts.filter { !known.contains($0.path) }.map { ($0.path, nil, $0) }
        let total = pairs.count { $0.1 != $0.2 }
        var done = 0
        let isSameKernel = first.artifacts.first { $0.path == BuildFolder.vmlinux } == made[BuildFolder.vmlinux]
        return try pairs.map { path, one, other in
            guard let one, let other, one != other else { return .init(path: path, first: one, second: other) }
            try Task.checkCancellation()
            onFile(done, total, path)
            done += 1
            do {
                let old = try firstFile(one)
                guard let old else {
                    return .init(
                        path: path, first: one, second: other,
                        undecided: "the first build's file is not there any more, so its sections are not known")
                }
                let new = try Self.bytes(of: path, in: secondFolder)
                return .init(
                    path: path, first: one, second: other,
                    sections: differences(of: path, old, new, isSameKernel: isSameKernel))
            } catch {
                return .init(path: path, first: one, second: other, undecided: ErrorWords.of(error))
            }
        }
    }

    private static func bytes(of path: String, in folder: ForeignFolder) throws -> Bytes {
        try folder.withFile(path, limit: ForeignFolder.Limit.image) { file in
            try MappedFile.open(descriptor: file.rawValue, name: path)
        }
    }

    private func firstFile(_ artifact: Artifact) throws -> Bytes? {
        for folder in firstFolders
        where (try? folder.size(of: artifact.path)) == artifact.size
            && (try? folder.digest(of: artifact.path)) == artifact.sha256
        {
            return try Self.bytes(of: artifact.path, in: folder)
        }
        return nil
    }

    private func differences(
        of path: String, _ old: Bytes, _ new: Bytes, isSameKernel: Bool
    ) -> [RebuildReport.Section] {
        if let old = try? ELFFile(old), let new = try? ELFFile(new) {
            return SectionComparison(old, new, buildIDs: (first.buildID, second.buildID)).differences
        }
        guard let at = FirstDifference.offset(old, new) else { return [] }
        let isMadeOfKernel = [NamedKernel.imageName, "System.map"].contains(path)
        var (cause, detail) = FirstDifference.cause(old, new, at: at)
        if cause == .unknown, isMadeOfKernel, !isSameKernel { (cause, detail) = (.follows, "it is made of vmlinux") }
        if path == DotConfig.name { cause = .configuration }
        return [
            RebuildReport.Section(
                name: "whole file", offset: 0, firstSize: old.count, secondSize: new.count, difference: at,
                firstBytes: FirstDifference.hexadecimal(old, at), secondBytes: FirstDifference.hexadecimal(new, at),
                cause: cause, detail: detail)
        ]
    }
}

/// Where two pieces of bytes part, and what stands there.
enum FirstDifference {
    /// nil where they are equal.
    static func offset(_ one: Bytes, _ other: Bytes) -> Int? {
        let common = min(one.count, other.count)
        let step = 1 << 16
        for start in stride(from: 0, to: common, by: step) {
            let size = min(step, common - start)
            guard let left = try? one.slice(start, count: size), let right = try? other.slice(start, count: size),
                !left.elementsEqual(right)
            else { continue }
            return start + ((0..<size).first { left[$0] != right[$0] } ?? 0)
        }
        return one.count == other.count ? nil : common
    }

    /// At most 16 bytes.
    static func hexadecimal(_ bytes: Bytes, _ offset: Int) -> String {
        guard offset <= bytes.count, let piece = try? bytes.slice(offset, count: min(16, bytes.count - offset)) else {
            return ""
        }
        return piece.array.hexadecimal
    }

    /// The line or string around a place; nil where there is none of a length that is not chance.
    static func text(_ bytes: Bytes, at offset: Int) -> String? {
        func isText(_ place: Int) -> Bool { bytes[place].map { (0x20..<0x7f).contains($0) } ?? false }
        let most = 200
        var (start, end) = (offset, offset)
        while start > 0, offset - start < most, isText(start - 1) { start -= 1 }
        while end < bytes.count, end - offset < most, isText(end) { end += 1 }
        guard end - start >= 4, let piece = try? bytes.slice(start, count: end - start) else { return nil }
        return piece.text
    }

    /// What the text at a place in both tells: something is concluded from what is another there, not from what is near.
    static func cause(_ old: Bytes, _ new: Bytes, at offset: Int) -> (RebuildReport.Cause, String?) {
        guard let left = text(old, at: offset), let right = text(new, at: offset), left != right else {
            return (.unknown, nil)
        }
        let detail = "“\(left)” and “\(right)”"
        func differ(_ parts: (String) -> [String]) -> Bool {
            let (one, other) = (parts(left), parts(right))
            return !one.isEmpty && !other.isEmpty && one != other
        }
        if differ(seeds) { return (.randomSeed, detail) }
        if differ(times) { return (.time, detail) }
        if differ(compilers) { return (.compiler, detail) }
        // The same file or folder below another one; other paths are those of other files.
        let (one, other) = (paths(left), paths(right))
        if one != other, !one.isEmpty, one.map(last) == other.map(last) { return (.buildPath, detail) }
        return (.unknown, detail)
    }

    private static func matches(_ text: String, _ pattern: some RegexComponent) -> [String] {
        text.ranges(of: pattern).map { String(text[$0]) }
    }

    /// The digest of the seed, which vermagic has (include/linux/vermagic.h).
    private static func seeds(_ text: String) -> [String] { matches(text, /RANDSTRUCT_[0-9a-zA-Z_]+/) }

    private static func times(_ text: String) -> [String] {
        matches(text, /[0-2][0-9]:[0-5][0-9]:[0-6][0-9]/) + matches(text, /20[0-9][0-9]-[01][0-9]-[0-3][0-9]/)
            + matches(text, /(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +[0-9]+/)
    }

    /// As compilers write them into .comment and DW_AT_producer.
    private static func compilers(_ text: String) -> [String] {
        matches(text, /(GCC: \(|GNU (C|AS)[0-9]* |clang LLVM |rustc version ).*/)
    }

    private static func paths(_ text: String) -> [String] { matches(text, /\/[A-Za-z0-9._+\-]+(\/[A-Za-z0-9._+\-]+)+/) }

    private static func last(_ path: String) -> Substring? { path.split(separator: "/").last }
}
