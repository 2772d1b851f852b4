// SPDX-License-Identifier: Apache-2.0
internal import GRDB

/// The tables of the SQLite evidence store, and how older ones become them.
enum EvidenceSchema {
    /// SQLite's `application_id`: tells our file from another program's database ("Bess").
    static let applicationIdentifier = 0x4265_7373

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in
            try db.execute(sql: "PRAGMA application_id = \(applicationIdentifier)")
            try db.create(table: "run", options: [.strict]) { table in
                table.primaryKey("identifier", .text)
                for name in ["form", "bessemer", "kernelVersion", "release"] { table.column(name, .text).notNull() }
                table.column("verdict", .text).notNull().check(sql: "verdict IN ('passed', 'failed', 'unknown')")
                for name in ["startedAt", "finishedAt", "sourceKind", "sourceRequest"] {
                    table.column(name, .text).notNull()
                }
                digest("sourceDigest", in: table)
                for name in ["sourcePackage", "sourcePackageVersion", "sourceCommit"] { table.column(name, .text) }
                digest("lockDigest", in: table)
                digest("configurationDigest", in: table)
                table.column("rust", .integer).notNull()
                table.column("buildSeconds", .real).notNull()
                table.column("buildSteps", .integer).notNull()
                table.column("ending", .text).notNull()
                for name in ["passed", "failed", "skipped", "undecided"] { table.column(name, .integer).notNull() }
                table.column("json", .text).notNull()
                digest("jsonSHA256", in: table)
            }
            try db.create(indexOn: "run", columns: ["startedAt"])

            try part("tool", db) { table in
                for name in ["role", "name", "path", "version"] { table.column(name, .text).notNull() }
                for name in ["package", "packageVersion"] { table.column(name, .text) }
                digest("sha256", in: table)
            }
            try part("artifact", db) { table in
                table.column("path", .text).notNull()
                table.column("size", .integer).notNull()
                digest("sha256", in: table)
            }
            try db.create(indexOn: "artifact", columns: ["sha256"])
            try part("test", db) { table in
                table.column("path", .text).notNull()
                table.column("outcome", .text).notNull().check(sql: "outcome IN ('pass', 'fail', 'skip', 'unknown')")
                table.column("line", .integer)
                table.column("leaf", .integer).notNull()
            }
            try db.create(indexOn: "test", columns: ["path"])
            try part("event", db) { table in
                table.column("kind", .text).notNull()
                table.column("line", .integer).notNull()
                table.column("text", .text).notNull()
                table.column("duringTest", .text)
            }
            try part("finding", db) { table in
                for name in ["rule", "severity", "title"] { table.column(name, .text).notNull() }
                table.column("file", .text)
                table.column("line", .integer)
            }
            try part("step", db) { table in
                table.column("name", .text).notNull()
                table.column("startedAt", .text).notNull()
                table.column("seconds", .real).notNull()
            }
        }
        migrator.registerMigration("2") { db in
            try part("waiver", db) { table in
                for name in ["test", "reason", "owner", "expires"] { table.column(name, .text).notNull() }
            }
        }
        migrator.registerMigration("3") { db in
            try part("patch", db) { table in
                for name in ["series", "file", "subject", "patchIdentifier"] { table.column(name, .text).notNull() }
                digest("sha256", in: table)
            }
            try part("comparison", db) { table in
                table.column("path", .text).notNull()
                for name in ["baseline", "candidate"] {
                    table.column(name, .text).check(sql: "\(name) IN ('pass', 'fail', 'skip', 'unknown')")
                }
                table.column("verdict", .text).notNull()
            }
        }
        migrator.registerMigration("4") { db in
            try part("configuration_change", db) { table in
                for name in ["option", "kind"] { table.column(name, .text).notNull() }
                for name in ["security", "baseline", "rust"] { table.column(name, .text) }
                table.column("reason", .text).notNull()
                table.column("file", .text)
                table.column("line", .integer)
            }
        }
        registerRegression(in: &migrator)
        migrator.registerMigration("rollback") { db in
            try db.create(table: "rollback_drill", options: [.strict]) { table in
                table.primaryKey("identifier", .text)
                table.column("run", .text).references("run", column: "identifier", onDelete: .restrict)
                for name in ["form", "bessemer", "startedAt", "finishedAt"] { table.column(name, .text).notNull() }
                table.column("verdict", .text).notNull().check(sql: "verdict IN ('pass', 'fail', 'unknown')")
                table.column("baselineRelease", .text).notNull()
                digest("baselineSHA256", in: table)
                table.column("candidateRelease", .text).notNull()
                digest("candidateSHA256", in: table)
                table.column("json", .text).notNull()
                digest("jsonSHA256", in: table)
            }
            try db.create(indexOn: "rollback_drill", columns: ["run"])
            try db.create(table: "rollback_step", options: [.strict, .withoutRowID]) { table in
                table.column("drill", .text).notNull().references(
                    "rollback_drill", column: "identifier", onDelete: .restrict)
                table.column("ordinal", .integer).notNull()
                for name in ["name", "title", "found"] { table.column(name, .text).notNull() }
                table.column("verdict", .text).notNull().check(sql: "verdict IN ('pass', 'fail', 'unknown')")
                table.column("seconds", .real).notNull()
                table.column("console", .text)
                table.column("line", .integer)
                table.primaryKey(["drill", "ordinal"])
            }
        }
        return migrator
    }

    /// A table whose rows belong to a run, in the record's order.
    private static func part(_ name: String, _ db: Database, _ columns: (TableDefinition) -> Void) throws {
        try db.create(table: name, options: [.strict, .withoutRowID]) { table in
            table.column("run", .text).notNull().references("run", column: "identifier", onDelete: .restrict)
            table.column("ordinal", .integer).notNull()
            columns(table)
            table.primaryKey(["run", "ordinal"])
        }
    }

    private static func digest(_ name: String, in table: TableDefinition) {
        table.column(name, .text).notNull().check(sql: "length(\(name)) = 64")
    }
}
