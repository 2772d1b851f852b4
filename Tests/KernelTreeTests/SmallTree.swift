// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import KernelTree
import SystemPackage

/// A tree with just what a test is about.
enum SmallTree {
    static let makefile = "VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 1\nEXTRAVERSION = -rc2\nNAME = Test\n"

    /// Writes the files, and the four that make a folder a kernel unless they are among them.
    @discardableResult
    static func write(_ files: [String: String], to folder: FilePath) throws -> KernelTree {
        let plain = ["Makefile": makefile, "Kconfig": "", "arch/s390/Makefile": "", "arch/s390/Kconfig": ""]
        for (name, text) in plain.merging(files, uniquingKeysWith: { $1 }) {
            let path = folder.pushing(FilePath(name))
            try Files.makeDirectory(path.removingLastComponent())
            try AtomicFile.write(text, to: path)
        }
        return try KernelTree(at: folder)
    }
}
