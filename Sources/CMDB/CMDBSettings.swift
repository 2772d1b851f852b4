// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records
internal import Settings

/// The CMDBs of a shop, from its `cmdb.yaml`.
package struct CMDBSettings: Sendable {
    package static let name = "cmdb.yaml"
    /// Bytes of a file that is read.
    package static let largest = SettingsFile.largest
    /// What `cmdb init` writes, with comments.
    package static let standard = String(decoding: PackageResources.cmdb_yaml, as: UTF8.self)

    /// From where a credential is read.
    package enum CredentialSource: Sendable, Hashable {
        /// A file that nobody else may read.
        case file(String)
        /// A variable of the environment.
        case variable(String)
    }

    package struct Target: Sendable, Hashable {
        package let type: CMDBPlan.TargetType
        /// An address; a folder of CSV files.
        package let location: String
        /// nil for a folder.
        package let credential: CredentialSource?
        /// Of ServiceNow's basic authentication; nil for a token.
        package let user: String?
        package let serviceNow: ServiceNowSettings?
    }

    /// How an instance of ServiceNow is set up.
    package struct ServiceNowSettings: Sendable, Hashable {
        /// A choice of `discovery_source` there.
        package let dataSource: String
        /// Paths: they differ between releases.
        package let endpoint: String
        package let queryEndpoint: String
        /// Class of each kind; a kind without one is left out.
        package let classes: [CMDBModel.Kind: String]
        /// Columns of the shop for attributes of a machine and its kernel.
        package let columns: [String: String]
    }

    /// By their names.
    package let targets: [String: Target]
    /// Whole sweeps of its inventories without a machine, after which it is retired.
    package let retireAfter: Int
    /// The policy's file, from the folder of these settings on; nil for none.
    package let policy: String?

    private static let kind = SettingsFile.Kind(
        code: "cmdb.settings", advice: "`bessemer cmdb init` writes a file with comments")

    /// Throws `Failure` with code `cmdb.settings` that names the line.
    package init(_ bytes: [UInt8], named name: String = name) throws {
        let root = try SettingsFile(bytes, named: name, Self.kind).root
        try root.check(keys: ["targets", "retire-after", "policy"])
        var targets: [String: Target] = [:]
        for settings in try root.list("targets") {
            let name = try settings.required("name")
            guard name.wholeMatch(of: #/[A-Za-z0-9][A-Za-z0-9._-]{0,63}/#) != nil else {
                throw settings.failure(of: "name", "has to be letters, digits, `.`, `_` and `-`")
            }
            guard targets.updateValue(try Self.target(settings), forKey: name) == nil else {
                throw settings.failure(of: "name", "is that of two targets: \(name)")
            }
        }
        guard !targets.isEmpty else { throw root.failure("`targets` has to have at least one target") }
        self.targets = targets
        policy = try root.text("policy")
        retireAfter = try root.number("retire-after", in: 1...1000) ?? CMDBModel.sweepsToRetire
    }

    private static func target(_ settings: Settings) throws -> Target {
        try settings.check(keys: [
            "name", "type", "folder", "url", "token-file", "token-variable", "user", "data-source", "endpoint",
            "query-endpoint", "classes", "columns",
        ])
        guard let type = try settings.words("type", CMDBPlan.TargetType.self).first else {
            throw settings.failure("the key `\(settings.path).type` is missing")
        }
        guard type != .csv else {
            try settings.check(keys: ["name", "type", "folder"])
            return Target(
                type: type, location: try settings.required("folder"), credential: nil, user: nil, serviceNow: nil)
        }
        let own = ["name", "type", "url", "token-file", "token-variable"]
        let more = ["user", "data-source", "endpoint", "query-endpoint", "classes", "columns"]
        try settings.check(keys: type == .servicenow ? own + more : own)
        let file = try settings.text("token-file")
        let variable = try settings.text("token-variable")
        guard (file == nil) != (variable == nil) else {
            throw settings.failure(
                "`\(settings.path)` has to have one of `token-file` and `token-variable`; the token itself is not written here"
            )
        }
        let user = try settings.text("user")
        guard user.map({ !$0.contains(":") }) ?? true else {
            throw settings.failure(of: "user", "has a colon, which ends a user's name")
        }
        return Target(
            type: type, location: try settings.required("url"),
            credential: file.map { .file($0) } ?? .variable(variable ?? ""), user: user,
            serviceNow: type == .servicenow ? try serviceNow(settings) : nil)
    }

    private static func serviceNow(_ settings: Settings) throws -> ServiceNowSettings {
        func path(_ key: String, _ standard: String) throws -> String {
            guard let text = try settings.text(key) else { return standard }
            guard text.wholeMatch(of: #/(/[A-Za-z0-9._-]+)+/#) != nil else {
                throw settings.failure(of: key, "has to be a path such as \(standard)")
            }
            return text
        }
        var classes = Self.classes
        if let own = try settings.settings("classes") {
            try own.check(keys: classes.keys.map(\.rawValue).sorted())
            for kind in classes.keys where own.has(kind.rawValue) {
                let name = try own.required(kind.rawValue)
                guard name == "none" || name.wholeMatch(of: #/[a-z][a-z0-9_]*/#) != nil else {
                    throw own.failure(of: kind.rawValue, "has to be a class such as cmdb_ci_linux_server, or none")
                }
                classes[kind] = name == "none" ? nil : name
            }
        }
        var columns: [String: String] = [:]
        if let own = try settings.settings("columns") {
            try own.check(keys: ServiceNowTarget.columnNames)
            for name in ServiceNowTarget.columnNames where own.has(name) {
                let column = try own.required(name)
                guard column.wholeMatch(of: #/[a-z][a-z0-9_]*/#) != nil, !column.hasPrefix("sys_"),
                    column != "serial_number"
                else {
                    throw own.failure(
                        of: name, "has to be a column such as u_kernel_verdict; sys_… and serial_number are not written"
                    )
                }
                columns[name] = column
            }
        }
        return ServiceNowSettings(
            dataSource: try settings.required("data-source"),
            endpoint: try path("endpoint", "/api/now/identifyreconcile/enhanced"),
            queryEndpoint: try path("query-endpoint", "/api/now/identifyreconcile/queryEnhanced"), classes: classes,
            columns: columns)
    }

    private static let classes: [CMDBModel.Kind: String] = [
        .cpc: "cmdb_ci_mainframe", .hypervisor: "cmdb_ci_mainframe_lpar", .lpar: "cmdb_ci_linux_server",
        .guest: "cmdb_ci_linux_server",
    ]
}
