// SPDX-License-Identifier: Apache-2.0
import Records
import Workflows

/// What is read of a saved console of this text.
func consoleLog(_ text: String) throws -> ConsoleReport.Log {
    var reader = ConsoleLogReader(name: "x")
    try reader.add(Array(text.utf8))
    return try reader.finish()
}
