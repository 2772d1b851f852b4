// SPDX-License-Identifier: Apache-2.0
internal import Evidence
internal import Foundation
internal import Host
internal import Records

/// A run as a report of KCIDB v5.3 (the Linux Foundation's kernel test database): the checkout, both kernels' builds, and
/// every test with what it came to.
package struct KCIDBReport: Sendable {
    private let evidence: RunEvidence
    /// Who submits: lower-case letters, digits and `_`.
    private let origin: String
    /// Where the run's files can be fetched from; nil where nowhere: nothing is linked then.
    private let files: String?
    /// Paths that two tests came to, since a path has fewer characters there than a test's name.
    package private(set) var collisions: [String] = []

    /// Throws `Failure` with code `kcidb.origin` or `kcidb.address` for what KCIDB refuses.
    package init(_ evidence: RunEvidence, origin: String, files: String? = nil) throws {
        guard origin.utf8.count <= 60, origin.wholeMatch(of: /[a-z0-9_]+/) != nil else {
            throw Failure(
                "kcidb.origin", "“\(origin)” can't name who submits to KCIDB",
                advice: "use lower-case letters, digits and _")
        }
        if let files, URL(string: files)?.host() == nil || files.wholeMatch(of: #/https?://[!-~]+/#) == nil {
            throw Failure(
                "kcidb.address", "“\(files)” is not an address that files can be fetched from",
                advice: "give one that begins with https://")
        }
        self.evidence = evidence
        self.origin = origin
        self.files = files.map { $0.hasSuffix("/") ? $0 : $0 + "/" }
        var seen: Set<String> = []
        for leaf in evidence.run.boot.tests.flatMap(\.leaves) where !seen.insert(Self.path(leaf.path)).inserted {
            collisions.append(Self.path(leaf.path))
        }
    }

    /// The report in RFC 8785 form.
    package var bytes: [UInt8] {
        let kernels = evidence.kernels
        let tests = kernels.flatMap(tests)
        return CanonicalJSON.object([
            .init("builds", .array(kernels.map(build))), .init("checkouts", [checkout]),
            .init("incidents", .array(incidents)), .init("issues", .array(issues)),
            .init("tests", .array(tests)), .init("version", ["major": 5, "minor": 3]),
        ]).bytes
    }

    // MARK: Objects

    private func identifier(_ name: String) -> CanonicalJSON { .string("\(origin):\(evidence.run.identifier)\(name)") }

    /// Texts have no NUL there.
    private static func text(_ text: String) -> CanonicalJSON { .string(text.replacing("\0", with: "")) }

    /// The last characters of a text, as many as an excerpt may have.
    private static func excerpt(_ text: String) -> CanonicalJSON? {
        text.isEmpty ? nil : Self.text(String(text.unicodeScalars.suffix(16_000)))
    }

    /// Of a file of the run's bundle.
    private func address(_ file: String) -> CanonicalJSON? {
        files.map {
            .string($0 + file.split(separator: "/").map { PackageURL.encoded(String($0)) }.joined(separator: "/"))
        }
    }

    private var checkout: CanonicalJSON {
        let run = evidence.run
        let patches = run.enablement?.series.patches ?? []
        let commit = run.source.commit.flatMap { $0.wholeMatch(of: /[0-9a-f]{40}/) == nil ? nil : $0 }
        let lines = patches.map { "\($0.sha256)\n" }.joined()
        return [
            "id": identifier(""), "origin": .string(origin), "git_commit_hash": commit.map { .string($0) },
            "patchset_hash": .string(patches.isEmpty ? "" : Digest(of: lines).hexadecimal),
            "patchset_files": files == nil
                ? nil
                : .list(patches.map { ["name": Self.text($0.file), "url": address(BundlePath.patch($0.file))] }),
            "comment": Self.text(
                "Linux \(run.source.version)"
                    + (run.source.packageVersion.map { ", Debian \(run.source.package ?? "") \($0)" } ?? "")),
            "start_time": .string(run.startedAt.formatted(.iso8601)), "valid": true,
            "misc": [
                "source_sha256": .string(run.source.digest.hexadecimal), "run": .string(run.identifier),
                "entry": .string(evidence.entry.digest.hexadecimal),
            ],
        ]
    }

    private func name(_ kernel: RunRecord.Kernel) -> String { "-\(kernel.role.rawValue)" }

    private func build(_ kernel: RunRecord.Kernel) -> CanonicalJSON {
        let tools = evidence.run.toolchain
        func version(_ role: String) -> String? { tools.first { $0.role == role }?.version }
        let step = kernel.role.step("build")
        return [
            "id": identifier(name(kernel)), "origin": .string(origin), "checkout_id": identifier(""),
            "architecture": "s390x", "command": Self.text(kernel.build.command),
            "compiler": version("c-compiler").map(Self.text), "config_name": .string(kernel.role.rawValue),
            "status": "PASS",
            "start_time": evidence.step(step).map { .string($0.record.startedAt.formatted(.iso8601)) },
            // Numbers are integers in what is signed.
            "duration": .integer(kernel.build.milliseconds / 1000),
            "log_url": address(BundlePath.log("build.log", of: step)),
            "comment": Self.text("\(kernel.build.release), \(kernel.build.warnings.count) warnings"),
            "misc": [
                "rustc": kernel.configuration.rust ? version("rust-compiler").map(Self.text) : nil,
                "configuration_sha256": .string(kernel.configuration.digest.hexadecimal),
                "sandbox_lock_sha256": .string(evidence.run.sandbox.lockDigest.hexadecimal),
            ],
        ]
    }

    private func environment(_ boot: GuestRun) -> CanonicalJSON {
        [
            "comment": Self.text("\(boot.emulator), \(boot.machine), \(boot.cpu)"),
            "misc": [
                "accelerator": Self.text(boot.accelerator), "cpus": .integer(boot.cpus),
                "memory_mib": .integer(boot.memoryMiB),
            ],
        ]
    }

    /// The boot itself, and each test in it.
    private func tests(_ kernel: RunRecord.Kernel) -> [CanonicalJSON] {
        let (boot, role) = (kernel.boot, kernel.role.rawValue)
        let step = kernel.role.step("boot")
        func test(_ name: String, _ path: String, _ status: String, _ more: [CanonicalJSON.Member] = [])
            -> CanonicalJSON
        {
            CanonicalJSON(
                object: [
                    .init("id", identifier("-\(role)-\(name)")), .init("origin", .string(origin)),
                    .init("build_id", identifier("-\(role)")), .init("path", .string(path)),
                    .init("status", .string(status)), .init("environment", environment(boot)),
                ] + more + (address(BundlePath.log("console.log", of: step)).map { [.init("log_url", $0)] } ?? []))
        }
        let isWhole = boot.ending == .powerOff
        let reached: [CanonicalJSON.Member] = [
            .init("comment", Self.text(boot.reached)), .init("duration", .integer(boot.milliseconds / 1000)),
        ]
        let status =
            boot.events.contains(where: \.isFatal)
            ? "FAIL" : isWhole ? "PASS" : boot.ending == .early ? "MISS" : "ERROR"
        return [test("boot", "boot", status, reached)]
            + boot.tests.flatMap(\.leaves).enumerated().map { index, leaf in
                let result = leaf.result
                var more: [CanonicalJSON.Member] = [.init("misc", ["name": Self.text(leaf.path)])]
                if result.outcome != .pass, let excerpt = Self.excerpt(result.diagnostics.joined(separator: "\n")) {
                    more.append(.init("log_excerpt", excerpt))
                }
                return test(
                    "\(index + 1)", Self.path(leaf.path),
                    Self.status(result.outcome, isConsoleWhole: isWhole && !isLossy(boot)),
                    more)
            }
            + boot.modules.enumerated().map { index, module in
                test(
                    "module-\(index + 1)", Self.path("module/\(module.name)"),
                    module.loaded && module.unloaded ? "PASS" : "FAIL",
                    Self.excerpt(module.messages.joined(separator: "\n")).map { [.init("log_excerpt", $0)] } ?? [])
            }
    }

    private func isLossy(_ boot: GuestRun) -> Bool { boot.events.contains(where: \.isAboutLog) }

    /// What KCIDB calls an outcome. What is not decided was lost with the console or the machine (MISS), or the test itself
    /// broke (ERROR); it is never a skip, and never a failure of the code.
    static func status(_ outcome: TestOutcome, isConsoleWhole: Bool) -> String {
        switch outcome {
        case .pass: "PASS"
        case .fail: "FAIL"
        case .skip: "SKIP"
        case .unknown: isConsoleWhole ? "ERROR" : "MISS"
        }
    }

    /// A path there is of letters, digits, `_` and `-`, with dots between its parts.
    static func path(_ path: String) -> String {
        path.split(separator: "/").map { part in
            String(
                part.unicodeScalars.map { scalar in
                    let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || "0"..."9" ~= scalar)
                    return isPlain || scalar == "-" ? Character(scalar) : "_"
                })
        }.joined(separator: ".")
    }

    // MARK: What is accepted

    private var waivers: [Waiver] {
        var waivers: [Waiver] = []
        for acceptance in evidence.run.accepted where !waivers.contains(acceptance.waiver) {
            waivers.append(acceptance.waiver)
        }
        return waivers
    }

    private var issues: [CanonicalJSON] {
        waivers.enumerated().map { index, waiver in
            [
                "id": identifier("-waiver-\(index + 1)"), "version": 1, "origin": .string(origin),
                "comment": Self.text(
                    "\(waiver.rule) \(waiver.location): accepted by \(waiver.owner) until \(waiver.expires). \(waiver.reason)"
                ),
            ]
        }
    }

    /// Each accepted finding of a test, at that test; each other one at the build.
    private var incidents: [CanonicalJSON] {
        let tests = Dictionary(
            evidence.run.boot.tests.flatMap(\.leaves).enumerated().map { ($0.element.path, $0.offset + 1) }
        ) { first, _ in first }
        let waivers = waivers
        return evidence.run.accepted.enumerated().map { index, acceptance in
            let test = acceptance.finding.location?.symbol.flatMap { tests[$0] }
            let issue = (waivers.firstIndex(of: acceptance.waiver) ?? 0) + 1
            return [
                "id": identifier("-incident-\(index + 1)"), "origin": .string(origin),
                "issue_id": identifier("-waiver-\(issue)"), "issue_version": 1, "present": true,
                "test_id": test.map { identifier("-candidate-\($0)") },
                "build_id": test == nil ? identifier("-candidate") : nil,
                "comment": Self.text(acceptance.finding.title),
            ]
        }
    }
}
