// SPDX-License-Identifier: Apache-2.0
package import Audit
internal import Host
package import KernelTree
package import SystemPackage

extension AuditOptions {
    /// With what a kernel's build left beside it: its configuration, exports and release, as far as they are there. Another
    /// configuration or list of exports may be named in their stead.
    ///
    /// What was read of the build is in `alsoRead`, as `name` calls it. Throws `Failure` with code `audit.symvers`, and as
    /// `BuildFolder` does.
    package init(
        build: BuildFolder?, configuration: FilePath? = nil, symvers: FilePath? = nil, name: (FilePath) -> String
    ) throws {
        self.init()
        func add(_ file: String) { build.map { alsoRead.append(name($0.folder.path.appending(file))) } }
        if let configuration {
            self.configuration = try DotConfig(file: configuration).values
        } else if let settings = try build?.configuration() {
            self.configuration = settings.values
            add(DotConfig.name)
        }
        if let symvers {
            try readExports(symvers, name)
            guard exports?.isEmpty == false else {
                throw Failure(
                    "audit.symvers", "\(name(symvers)) names no symbol",
                    advice: "name the Module.symvers of the kernel's build with --symvers")
            }
        } else if let file = try build?.file(BuildFolder.symvers) {
            try readExports(file, name)
            // Beside modules that were built outside of the tree it lists their own exports only.
            if listsNoKernel { exports = nil }
            add(BuildFolder.symvers)
        }
        if let release = try build?.release() {
            self.release = release
            add(KernelRelease.file)
        }
    }

    private mutating func readExports(_ file: FilePath, _ name: (FilePath) -> String) throws {
        do {
            exports = try Audit.exports(at: file.string)
        } catch {
            throw Failure(
                "audit.symvers", "\(name(file)) is not a Module.symvers that can be read",
                advice: "name the Module.symvers of the kernel's build with --symvers", underlying: error)
        }
    }
}
