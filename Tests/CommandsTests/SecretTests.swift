// SPDX-License-Identifier: Apache-2.0
import Attestation
import Documents
import Evidence
import EvidenceSQLite
import Foundation
import Guest
import Host
import Records
import Sandbox
import Signing
import SystemPackage
import TestSupport
import Testing
import Workflows

@testable import Commands

/// Secrets that are planted wherever a person or a machine could have one are in nothing that Bessemer writes.
@Suite struct SecretTests {
    /// Programs that print every word that they were given, as programs do in their errors.
    private struct Stage {
        let installation: Installation
        var folder: FilePath { installation.folder }
        let variables: [String: String]
        var search: SecretSearch

        init(_ installation: Installation, _ secrets: [PlantedSecret], environment: PlantedSecret) throws {
            self.installation = installation
            search = SecretSearch(secrets + [environment])
            variables = Dictionary(
                uniqueKeysWithValues: [
                    "API_TOKEN", "KBUILD_BUILD_USER", "KBUILD_BUILD_HOST", "KBUILD_SIGN_PIN", "RUSTFLAGS", "KCFLAGS",
                    "SSH_ASKPASS_PASSWORD",
                ].map { ($0, environment.text) })
            try program("refuse", #"echo "refuse: $0 $* $API_TOKEN" >&2; exit 1"#)
            try Files.makeDirectory(folder.appending("bin"))
            try program("bin/ssh", #"echo "ssh: $* $API_TOKEN"; echo "ssh: $*" >&2; exit 255"#)
        }

        func program(_ name: String, _ text: String) throws {
            let file = folder.pushing(FilePath(name))
            try AtomicFile.write("#!/bin/sh\n\(text)\n", to: file)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.string)
        }

        /// Runs the program with the planted environment, and looks at what it writes.
        @discardableResult
        mutating func run(_ words: [String], status: Int32, has part: String? = nil) async throws -> Outcome {
            let outcome = try await installation.start(words, variables)
            let name = words.prefix(2).joined(separator: " ")
            #expect(outcome.ending == .exited(status), "\(name): \(outcome.output)\(outcome.error)")
            let all = outcome.output + outcome.error
            #expect(part.map(all.contains) ?? true, "\(name): \(all)")
            search.look(at: outcome.output, "the output of \(name)")
            search.look(at: outcome.error, "the errors of \(name)")
            return outcome
        }
    }

    private func context(_ folder: FilePath) -> Context {
        Context(
            environment: [:],
            directories: Directories(
                cache: folder.pushing("cache/bessemer"), state: folder.pushing("state/bessemer")),
            workingDirectory: folder, output: .plain, progress: { _ in }, writeBytes: { _ in }, say: { _ in })
    }

    @Test func `nor in what commands write, record and bundle, also where they fail`() async throws {
        try await withInstallation { installation in
            let environment = PlantedSecret("the environment")
            let parameter = PlantedSecret("--parameter")
            let signer = PlantedSecret("--signer")
            let timestamp = PlantedSecret("--timestamp")
            let via = PlantedSecret("--via")
            let address = PlantedSecret("an address")
            let fragment = PlantedSecret("a configuration string")
            let option = PlantedSecret("a wrong argument")
            let line = PlantedSecret("a kernel's command line")
            let secrets = [parameter, signer, timestamp, via, address, fragment, option, line]
            var stage = try Stage(installation, secrets, environment: environment)
            let folder = installation.folder

            // A run whose source came from an address, and whose kernel was given a key.
            let run = try Self.run(
                request: "https://me:\(address.text)@host/linux", line: "rd.luks.key=\(line.text) quiet")
            let context = context(folder)
            let store = try context.store()
            try await SampleEvidence.record(run, in: store)
            let entry = try await store.run(run.identifier).1
            _ = try await context.report(run, entry.digest, [], in: folder.appending("reports"))
            try await stage.run(["key", "generate"], status: 0, has: "PUBLIC KEY")
            for format in OutputFormat.allCases {
                try await stage.run(
                    ["evidence", "show", run.identifier, "--format", format.rawValue], status: 0, has: "left-out")
                try await stage.run(["evidence", "list", "--format", format.rawValue], status: 0, has: run.identifier)
            }
            try await stage.run(
                [
                    "evidence", "bundle", run.identifier, "--output", "\(folder)/run.tar.zst", "--timestamp",
                    "cat #\(timestamp.text)",
                ],
                status: 0, has: "files of run")
            let bundle = try EvidenceBundle(archive: try Files.bytes(folder.appending("run.tar.zst")))
            for file in bundle.files { stage.search.look(at: file.bytes, "\(file.name) of the bundle") }
            #expect(bundle.files.contains { String(decoding: $0.bytes, as: UTF8.self).contains(Redaction.mark) })

            // Programs that fail, and print what they were given.
            let key = try PrivateKey(generating: .ed25519)
            try AtomicFile.write(key.publicKey.pem, to: folder.appending("public.pem"))
            try await stage.run(
                [
                    "evidence", "bundle", run.identifier, "--output", "\(folder)/a.tar.gz", "--public",
                    "\(folder)/public.pem",
                    "--signer", "PIN=\(signer.text) \(folder)/refuse --pin \(signer.text) -p\(signer.text)",
                ], status: 2, has: "left-out")
            try await stage.run(
                [
                    "evidence", "bundle", run.identifier, "--output", "\(folder)/a.tar.gz", "--timestamp",
                    "\(folder)/refuse --user 'me:\(timestamp.text)'",
                ], status: 2, has: "left-out")
            try await stage.run(
                ["inventory", "--via", "\(folder)/bin/ssh -o 'ProxyCommand=x \(via.text)' -p\(via.text) lpar1"],
                status: 2,
                has: "in lpar1")
            try await stage.run(
                ["pilot", "--kernel", "https://me:\(address.text)@host/linux.git"], status: 2, has: "left-out")
            try await stage.run(["sandbox", "exec", "--password=\(option.text)"], status: 2, has: "left-out")
            try await stage.run(["pilot", "--memory", "password=\(option.text)"], status: 2, has: "left-out")

            // A configuration is refused by the name of its option.
            try Self.writeTree(to: folder.appending("tree"))
            try AtomicFile.write(
                "CONFIG_MODULE_SIG_KEY=\"pkcs11:object=k?pin-value=\(fragment.text)\"\n",
                to: folder.appending("my.config"))
            for word in ["--fragment", "--base"] {
                try await stage.run(
                    ["pilot", "--kernel", "\(folder)/tree", word, "\(folder)/my.config"], status: 2,
                    has: "CONFIG_MODULE_SIG_KEY in my.config")
            }

            // A plan needs the whole command line; its record does not have it.
            try Files.makeDirectory(folder.appending("kernels"))
            _ = try SampleKernel.folders(in: folder.appending("kernels"))
            try await stage.run(
                [
                    "rollback", "plan", "--baseline", "\(folder)/kernels/baseline-objects", "--candidate",
                    "\(folder)/kernels/candidate-objects", "--root", "/dev/dasda1", "--parameter",
                    "dasd=0.0.0100", "--parameter", "rd.luks.key=\(parameter.text)", "--output", "\(folder)/plan",
                    "--format", "json",
                ], status: 0, has: "rd.luks.key=[left-out]")
            #expect(try parameter.isIn(Files.bytes(folder.pushing("plan/zipl.conf"))))

            try await stage.search.look(into: try context.store())
            try stage.search.look(into: folder, besides: ["my.config", "plan/zipl.conf"])
            #expect(stage.search.found == [])
            #expect(stage.search.looked > 100)
        }
    }

    @Test func `nor in the records and reports of workflows that fail`() async throws {
        try await withInstallation { installation in
            let address = PlantedSecret("a mirror's address")
            let via = PlantedSecret("--via")
            let signer = PlantedSecret("--signer")
            let assigned = PlantedSecret("a command's first word")
            let environment = PlantedSecret("the environment")
            var stage = try Stage(installation, [address, via, signer, assigned], environment: environment)
            let folder = installation.folder
            let context = context(folder)
            let store = try context.store()
            let reports = folder.appending("reports")
            try Files.makeDirectory(reports)
            let prefix = try #require(CommandPrefix("\(folder)/bin/ssh -o Pass=\(via.text) -p\(via.text) root@lpar1"))
            let machine = RemoteMachine(prefix: prefix, console: prefix)
            #expect(machine.name == "root@lpar1")
            let packages = PackageCache(folder.appending("packages"))
            let package = SampleEvidence.lock.installed[0]
            let mirror = Mirror(address: "file://me:\(address.text)@host/debian", keyring: "/none")
            let key = try PrivateKey(generating: .ed25519).publicKey
            let works: [(code: String, work: @Sendable () async throws -> Void)] = [
                ("sandbox.package-gone", { try await packages.fetch([package], from: mirror) { _ in } }),
                ("remote.shell", { _ = try await machine.look() }),
                (
                    "key.signer",
                    {
                        _ = try await CommandSigner("\(folder)/refuse --pin '\(signer.text)'", publicKey: key)
                            .signature(of: [1])
                    }
                ),
                ("process.launch", { _ = try await Command("TOOL=\(assigned.text)").capture() }),
            ]
            for (code, work) in works {
                let workflow = Workflow(
                    name: "pilot", subject: "https://me:\(address.text)@host/linux", tool: "0", store: store,
                    say: { _ in }
                ) { try context.report($0, in: reports) }
                let failure = await #expect(throws: Failure.self) {
                    try await workflow.run { recorder in
                        _ = try await recorder.perform("step", inputs: Digest(of: "")) { () async throws -> Int in
                            try await work()
                            return 0
                        }
                    }
                }
                #expect(failure?.code == code, "\(String(describing: failure))")
                stage.search.look(at: failure?.description ?? "", "the failure \(code)")
                try stage.search.look(into: reports)
            }
            for format in OutputFormat.allCases {
                for entry in 1...(2 * works.count) {
                    try await stage.run(
                        ["evidence", "show", String(entry), "--format", format.rawValue], status: 0)
                }
            }
            try await stage.search.look(into: store)
            try stage.search.look(into: folder)
            #expect(stage.search.found == [])
        }
    }

    @Test func `the search finds a secret in each spelling, in a blob, an entry, a bundle and a file`() async throws {
        try await withInstallation { installation in
            let secret = PlantedSecret("here")
            func finds(_ look: (inout SecretSearch) async throws -> Void) async throws -> Bool {
                var search = SecretSearch([secret])
                try await look(&search)
                return !search.found.isEmpty
            }
            let data = Data(secret.text.utf8)
            for before in 0..<3 {
                for after in 0..<3 {
                    let whole = Data(repeating: 0x2f, count: before) + data + Data(repeating: 0x2f, count: after)
                    #expect(secret.isIn(whole.base64EncodedString()), "\(before), \(after)")
                }
            }
            #expect(secret.isIn(data.map { String(format: "%02x", $0) }.joined()))
            #expect(!secret.isIn(String(secret.text.dropLast())))
            let store = try context(installation.folder).store()
            // Long and repeated, so that it is compressed.
            let log = try await store.put(Array(String(repeating: "a line of \(secret.text)\n", count: 500).utf8))
            #expect(try await finds { try await $0.look(into: store) })
            let file = try Files.bytes(store.path)
            #expect(!file.isEmpty)
            let run = SampleRecord.passed()
            try await SampleEvidence.record(run, in: store)
            let step = StepRecord(
                name: secret.text, startedAt: run.startedAt, milliseconds: 1, inputs: log, outcome: .done)
            try await store.append(try Entry.Draft(step))
            var entries = SecretSearch([secret])
            try await entries.look(into: store)
            #expect(entries.found.contains { $0.contains("body of entry") })
            try AtomicFile.write(secret.text, to: installation.folder.appending("left"))
            #expect(try await finds { try $0.look(into: installation.folder) })
        }
    }

    /// A run of a source that was requested so, whose kernel was started with such a command line.
    private static func run(request: String, line: String) throws -> RunRecord {
        let run = SampleRecord.passed()
        let (source, kernel, boot) = (run.source, run.kernels.candidate, run.boot)
        return RunRecord(
            identifier: run.identifier, toolVersion: run.toolVersion, startedAt: run.startedAt,
            finishedAt: run.finishedAt, verdict: run.verdict, reasons: run.reasons,
            source: SourceIdentity(
                kind: .git, request: request, version: source.version, digest: source.digest, commit: source.commit,
                date: source.date),
            readiness: run.readiness, enablement: run.enablement, sandbox: run.sandbox, toolchain: run.toolchain,
            kernels: .init(
                candidate: .init(
                    role: .candidate, configuration: kernel.configuration, build: kernel.build,
                    boot: GuestRun(
                        emulator: boot.emulator, accelerator: boot.accelerator, machine: boot.machine, cpu: boot.cpu,
                        memoryMiB: boot.memoryMiB, cpus: boot.cpus, kernelCommandLine: line, ending: boot.ending,
                        reached: boot.reached, seconds: 1, consoleSHA256: boot.consoleSHA256,
                        consoleLines: boot.consoleLines, events: boot.events, tests: boot.tests, modules: boot.modules,
                        notesSHA256: boot.notesSHA256)), baseline: run.baseline),
            comparison: run.comparison, difference: run.difference, audit: run.audit, findings: run.findings,
            accepted: run.accepted, steps: run.steps)
    }

    /// A folder that is taken for a kernel's source.
    private static func writeTree(to folder: FilePath) throws {
        try Files.makeDirectory(folder.pushing("arch/s390"))
        let makefile = "VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 1\nEXTRAVERSION =\nNAME = Test\n"
        try AtomicFile.write(makefile, to: folder.appending("Makefile"))
        for name in ["Kconfig", "arch/s390/Makefile", "arch/s390/Kconfig"] {
            try AtomicFile.write("", to: folder.pushing(FilePath(name)))
        }
    }
}
