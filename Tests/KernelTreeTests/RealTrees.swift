// SPDX-License-Identifier: Apache-2.0
import Foundation
import KernelTree
import SystemPackage

/// Debian's kernel sources, where the environment names them.
enum RealTrees {
    static func path(_ version: String) -> FilePath? {
        let name = "BESSEMER_TEST_TREE_" + version.replacingOccurrences(of: ".", with: "_")
        return ProcessInfo.processInfo.environment[name].map { FilePath($0) }
    }

    static func has(_ version: String) -> Bool { path(version) != nil }

    static func tree(_ version: String) throws -> KernelTree {
        try KernelTree(at: path(version) ?? FilePath("BESSEMER_TEST_TREE_\(version) is not set"))
    }
}
