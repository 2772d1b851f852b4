// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import SystemPackage

/// A folder that comes with the program: patch series, the self-test module.
enum SharedFolder {
    /// In the folder that `BESSEMER_DATA` names; else in a folder above the program (a clone), or in `share/bessemer`
    /// there (installed).
    ///
    /// Throws `Failure` with code `folder.missing`, which names `option` as the way out.
    static func path(_ name: String, option: String? = nil) throws -> FilePath {
        if let data = ProcessInfo.processInfo.environment["BESSEMER_DATA"], !data.isEmpty {
            let folder = FilePath(data).appending(name)
            if folder.isAbsolute, Files.isDirectory(folder) { return folder }
            throw Failure(
                "folder.missing", "BESSEMER_DATA is “\(data)”, and there is no folder \(name) in it",
                advice: "set BESSEMER_DATA to the absolute path of a clone of Bessemer")
        }
        var place = FilePath(
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "")
        while place.removeLastComponent() {
            for folder in [place.appending(name), place.pushing("share/bessemer").appending(name)]
            where Files.isDirectory(folder) {
                return folder
            }
        }
        throw Failure(
            "folder.missing", "Bessemer's folder \(name) is not above the program, as it is in a clone",
            advice: "set BESSEMER_DATA to a clone of Bessemer"
                + (option.map { ", or name the folder with \($0)" } ?? ""))
    }
}
