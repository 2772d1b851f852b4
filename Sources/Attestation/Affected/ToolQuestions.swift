// SPDX-License-Identifier: Apache-2.0
internal import Evidence
internal import Host
internal import Records

/// Questions about what built the kernel.
extension KernelQuestion {
    mutating func answerTool<Store>(_ files: inout RecordedFiles<Store>) async throws {
        let (name, version) = question.nameAndVersion
        let list = try await materials(&files) { list in
            let used = Set(list.steps.lazy.flatMap(\.tools.indices))
            var answer = FileAnswer(absent: "it is not among the \(list.tools.count) programs that the build ran")
            for (index, tool) in list.tools.enumerated()
            where used.contains(index) && Self.isNamed(name, tool.name, tool.package?.name, nil)
                && Self.isVersion(
                    version, tool.version.map { InventoriedTool.version(in: $0) ?? $0 }, tool.package?.version)
            {
                answer.present.append("the build ran \(tool.path), SHA-256 \(tool.sha256.short)")
            }
            return answer
        }
        let toolchain = steps["toolchain"]
        let documents = [provenance] + bills(SPDXDocuments.build)
        var isOther = false
        for tool in run.toolchain where Self.isNamed(name, tool.name, tool.package, tool.role) {
            guard Self.isVersion(version, InventoriedTool.version(in: tool.version), tool.packageVersion) else {
                isOther = true
                evidence.append(said("the run had \(tool.name) of another version: \(tool.version)", by: toolchain))
                continue
            }
            if tool.role == "emulator" {
                isOther = true
                evidence.append(said("the kernel was booted by it, and not built: \(tool.version)", by: toolchain))
            } else if ["rust-compiler", "bindings-generator"].contains(tool.role), !kernel.configuration.rust {
                isOther = true
                evidence.append(
                    said("the kernel has no Rust code, so \(tool.name) made nothing of it", by: step("configuration")))
            } else if list == nil {
                affect(
                    said("the run's toolchain had it: \(tool.version), SHA-256 \(tool.sha256)", by: toolchain),
                    in: documents)
            }
        }
        guard let (answer, step, file) = list else {
            guard verdict != .affected else { return }
            if isOther {
                verdict = .notAffected
            } else {
                reason =
                    "it is not among the \(run.toolchain.count) tools that the run names, and no list of all tools is recorded"
            }
            return
        }
        take(answer, step, file, in: documents)
    }

    /// `gcc` means `s390x-linux-gnu-gcc`, too.
    private static func isNamed(_ name: String, _ tool: String, _ package: String?, _ role: String?) -> Bool {
        tool == name || tool.hasSuffix("-\(name)") || package == name || role == name
    }

    /// Whether one of the versions is the one that is asked for; any is, where none is.
    static func isVersion(_ asked: String?, _ versions: String?...) -> Bool {
        guard let asked else { return true }
        return versions.contains { version in
            guard let version else { return false }
            // Debian's own part may be left out (Debian Policy 5.6.12).
            let upstream = version.split(separator: ":", maxSplits: 1).last ?? ""
            return version == asked || upstream == asked
                || upstream.hasPrefix(asked) && "+-~".contains(upstream.dropFirst(asked.count).first ?? " ")
        }
    }

    mutating func answerPackage<Store>(_ files: inout RecordedFiles<Store>) async throws {
        let (name, version) = question.nameAndVersion
        let documents = [provenance, BundlePath.buildInfo(of: kernel.role)] + bills(SPDXDocuments.build)
        if run.source.package == name, Self.isVersion(version, run.source.packageVersion) {
            affect(
                said("it is the source: \(name) \(run.source.packageVersion ?? "")", by: steps["source"]), in: documents
            )
        }
        guard let step = steps["sandbox"], let file = step.file("result.json"),
            let answer = try await files.answer(file, { try Self.package(name, version, in: $0) })
        else {
            if verdict != .affected {
                reason = "the list of the sandbox's packages is not recorded, or was removed since"
            }
            return
        }
        for statement in answer.present { affect(step.evidence(file, statement), in: documents) }
        evidence += answer.notes.map { step.evidence(file, $0) }
        if verdict != .affected {
            verdict = .notAffected
            if evidence.isEmpty { evidence.append(step.evidence(file, answer.absent)) }
        }
    }

    /// What the sandbox's step installed. Throws where its result can't be read.
    private static func package(_ name: String, _ version: String?, in bytes: [UInt8]) throws -> FileAnswer {
        let lock = try JSON.decode(RecordedSandbox.self, from: bytes, named: "the result of sandbox").lock
        var answer = FileAnswer(absent: "it is not among the \(lock.installed.count) packages of the sandbox")
        for package in lock.installed where package.name == name {
            if isVersion(version, package.version) {
                answer.present.append(
                    "the sandbox that built the kernel had \(package.text), SHA-256 \(package.sha256)")
            } else {
                answer.notes.append("the sandbox had another version: \(package.text)")
            }
        }
        for package in lock.guest ?? [] where package.name == name && isVersion(version, package.version) {
            answer.notes.append("a guest for tests had it, and not the build: \(package.text)")
        }
        return answer
    }
}
