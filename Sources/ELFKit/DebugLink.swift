// SPDX-License-Identifier: Apache-2.0
public import ByteKit

/// Which other file has the debug information that several files share: `.gnu_debugaltlink`, written by `dwz`.
public struct AlternateDebugLink: Sendable {
    public let name: String
    public let buildID: Bytes
}

extension ELFFile {
    /// What `.gnu_debugaltlink` says: a name, then a build ID without padding. Nil where there is none.
    public func alternateDebugLink() throws(FormatError) -> AlternateDebugLink? {
        guard let contents = try contents(ofSectionNamed: ".gnu_debugaltlink") else { return nil }
        do {
            let length = try contents.lengthOfCString(at: 0)
            return AlternateDebugLink(
                name: try contents.cString(at: 0), buildID: try contents.suffix(from: length &+ 1))
        } catch {
            throw error.within(".gnu_debugaltlink")
        }
    }

    /// Which tools say in `.comment` that they made parts of this file: each string once, in the order of the section.
    public func comments() throws(FormatError) -> [String] {
        guard let contents = try contents(ofSectionNamed: ".comment") else { return [] }
        var seen: Set<String> = []
        var comments: [String] = []
        for piece in contents.array.split(separator: 0) {
            let text = String(decoding: piece, as: UTF8.self)
            if seen.insert(text).inserted { comments.append(text) }
        }
        return comments
    }
}
