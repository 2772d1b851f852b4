// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records
internal import Settings
package import SystemPackage

extension SandboxSpecification {
    private static let kind = SettingsFile.Kind(
        code: "specification.unreadable",
        advice: "compare it with one of Bessemer's own, such as Locks/standard.yaml")

    /// Reads `NAME.yaml`, whose name is the specification's. Throws `Failure` with code `specification.unreadable`.
    package init(contentsOf path: FilePath) throws {
        let name = path.stem ?? ""
        let root = try SettingsFile(
            try Files.bytes(path, limit: SettingsFile.largest), named: path.string, Self.kind
        ).root
        try root.check(keys: ["suites", "components", "install", "fetch", "guest"])
        let suites = try root.list("suites", atMost: 16).map { suite in
            try suite.check(keys: ["name", "architectures"])
            let architectures = try suite.texts("architectures")
            return Suite(
                name: try suite.required("name"),
                architectures: architectures.isEmpty ? [Self.native] : architectures)
        }
        func requests(_ key: String, _ architecture: String) throws -> [Request] {
            try root.texts(key).map { text in
                guard let request = Request(text, architecture: architecture) else {
                    throw root.failure(
                        of: key,
                        "has `\(text.prefix(100))`; a package is written NAME, NAME/SUITE or NAME=VERSION, with "
                            + ":ARCHITECTURE after the name where it is another")
                }
                return request
            }
        }
        let components = try root.texts("components")
        self.init(
            name: name, suites: suites, components: components.isEmpty ? ["main"] : components,
            installed: try requests("install", Self.native), fetched: try requests("fetch", Self.native),
            guest: try requests("guest", Self.guestArchitecture))
        guard !suites.isEmpty else { throw root.failure("`suites` has to have at least one suite") }
        guard !installed.isEmpty else { throw root.failure("`install` has to have at least one package") }
        if let fault { throw root.failure(fault) }
    }
}
