// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import SystemPackage
package import Testing

/// Compares bytes with a file in Tests/Goldens; `UPDATE_GOLDENS=1` writes the file instead.
package func expectGolden(_ name: String, _ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let path = FilePath(#filePath).removingLastComponent().removingLastComponent().appending("Goldens/\(name)")
    if ProcessInfo.processInfo.environment["UPDATE_GOLDENS"] == "1" {
        try AtomicFile.write(text, to: path)
        return
    }
    let golden = try Files.text(path)
    guard Array(golden.utf8) != Array(text.utf8) else { return }
    let lines = { (text: String) in text.split(separator: "\n", omittingEmptySubsequences: false) }
    let place = zip(lines(golden), lines(text)).first { $0.0 != $0.1 }
    Issue.record(
        """
        \(name) is not what it was; if it should be, run the tests with UPDATE_GOLDENS=1 and read the difference
        was: \(place?.0 ?? "(another number of lines)")
        is:  \(place?.1 ?? "")
        """, sourceLocation: sourceLocation)
}
