// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import SystemPackage

/// A folder that comes with the program: patch series, the self-test module.
enum SharedFolder {
    /// In a folder above the program (a clone), or in `share/bessemer` there (installed).
    ///
    /// Throws `Failure` with code `folder.missing`, which names `option` as the way out.
    static func path(_ name: String, option: String? = nil) throws -> FilePath {
        var place = FilePath(
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "")
        while place.removeLastComponent() {
            for folder in [place.appending(name), place.pushing("share/bessemer").appending(name)]
            where Files.isDirectory(folder) {
                return folder
            }
        }
        throw Failure(
            "folder.missing", "Bessemer's folder \(name) was not found beside the program",
            advice: option.map { "name it with \($0)" } ?? "run the program from its clone or its installation")
    }
}
