// SPDX-License-Identifier: Apache-2.0
package import Host
internal import KernelTree

/// The modules of a build, laid out as `make modules_install` does below /lib/modules/RELEASE (scripts/Makefile.modinst).
///
/// They are taken as they were built: a signature, which covers every byte, stays good.
package struct PlanModules {
    private let objects: ForeignFolder
    /// Relative to the object folder.
    package let names: [String]
    /// Of all of them.
    package let size: Int

    /// A plan is carried to the machine; with debug information the modules of a distribution's kernel are gigabytes.
    static let largest = 512 << 20
    /// Lists that depmod reads beside the modules.
    private static let lists = ["modules.builtin", "modules.builtin.modinfo"]

    /// Throws `Failure` with codes `rollback.modules` and those of `ModuleOrder`.
    package init(of objects: ForeignFolder) throws {
        self.objects = objects
        names = try ModuleOrder.names(in: objects) ?? []
        var size = 0
        for name in names {
            guard PlainText.isFileName(name) else {
                throw Failure(
                    "rollback.modules", "“\(name)” can't be the name of a module in a plan",
                    advice: "rename it: letters, digits and ._+~,@- are taken")
            }
            guard let bytes = try objects.size(of: name) else {
                throw Failure(
                    "rollback.modules", "\(objects.path) lists the module \(name), which is not there",
                    advice:
                        "build its modules again, or name the bzImage instead of the folder and install them by hand")
            }
            size += bytes
        }
        self.size = size
    }

    /// More than a plan takes.
    package var isTooLarge: Bool { size > Self.largest }

    /// Hands out each file with its name below /lib/modules/RELEASE.
    func forEach(_ body: (_ path: String, _ bytes: [UInt8]) throws -> Void) throws {
        for name in names { try body("kernel/\(name)", objects.bytes(of: name, limit: ForeignFolder.Limit.image)) }
        try body("modules.order", names.flatMap { Array("kernel/\($0)\n".utf8) })
        for name in Self.lists where try objects.size(of: name) != nil {
            try body(name, objects.bytes(of: name, limit: ForeignFolder.Limit.source))
        }
    }
}
