// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// Questions about the source and what was built of it.
extension KernelQuestion {
    mutating func answerFile<Store>(_ files: inout RecordedFiles<Store>) async throws {
        let path = question.value
        if let artifact = kernel.build.artifacts.first(where: { $0.path == path }) {
            affect(
                said("the build made it: \(artifact.size) bytes, SHA-256 \(artifact.sha256)", by: step("build")),
                in: [provenance])
        }
        for patch in run.enablement?.series.patches ?? [] where patch.touches.contains(path) {
            let enable = steps["enable"]
            evidence.append(
                enable?.evidence(enable?.file(patch.file), "the patch “\(patch.subject)” changes it")
                    ?? said("the patch “\(patch.subject)” changes it"))
        }
        let found = try await materials(&files) { list in
            let place = list.leftOut.map { $0.contains(path) ? "; the source has it" : "; the source has no such file" }
            var answer = FileAnswer(
                absent: "it is not among the \(list.files.count) files of the build\(place ?? "")")
            guard let index = list.index(of: path, in: .source) else { return answer }
            let isCompiled = list.compiled.contains(path)
            let user = list.steps(thatUse: index).first
            if user != nil || isCompiled {
                let output = user.flatMap { list.files.indices.contains($0.output) ? list.files[$0.output].path : nil }
                answer.present = [
                    (isCompiled ? "it went into the kernel or a module" : "the build read it")
                        + (output.map { ", first for \($0)" } ?? "")
                ]
            }
            return answer
        }
        guard let (answer, step, file) = found else {
            reason = "the run has no list of the files that the kernel was built from"
            return
        }
        take(answer, step, file, in: [provenance] + bills(SPDXDocuments.source, SPDXDocuments.build))
    }

    mutating func answerCommit<Store>(_ files: RecordedFiles<Store>) async throws {
        let commit = question.value
        let source = steps["source"]
        if let own = run.source.commit, own.hasPrefix(commit) {
            affect(said("the source is the commit \(own)", by: source), in: [provenance])
        }
        let enable = steps["enable"]
        for patch in run.enablement?.series.patches ?? [] {
            if patch.identifier.hasPrefix(commit) {
                affect(
                    enable?.evidence(enable?.file(patch.file), "the patch “\(patch.subject)” has that patch-id")
                        ?? said("the patch “\(patch.subject)” has that patch-id"), in: [provenance])
            } else if let enable, let file = enable.file(patch.file), let bytes = try await files.bytes(file),
                Self.names(commit, in: bytes)
            {
                affect(
                    enable.evidence(file, "the patch “\(patch.subject)” says that it is of that commit"),
                    in: [provenance])
            }
        }
        guard verdict != .affected else { return }
        switch run.source.kind {
        case .git:
            reason =
                "the source is the commit \(run.source.commit ?? "?"); which commits came before it is not recorded"
        case .debianPackage, .tarball, .folder:
            reason = "the source is \(run.source.kind.words), and which commits are in it is not recorded"
        }
    }

    /// Whether a patch names the commit that it comes from: its first line as `git format-patch` writes it, or a line of
    /// its message as stable kernels and `git cherry-pick -x` have it.
    static func names(_ commit: String, in patch: [UInt8]) -> Bool {
        let text = String(decoding: patch, as: UTF8.self)
        let head = text[..<(text.firstRange(of: "\ndiff --git ")?.lowerBound ?? text.endIndex)]
        return head.matches(
            of: #/(?m)^(?:From |commit |\[ Upstream commit |\(cherry picked from commit )([0-9a-f]{7,40})\b/#
        ).contains { found in
            // Of two that are cut short differently, the shorter one decides.
            found.1.hasPrefix(commit) || commit.hasPrefix(found.1)
        }
    }

    mutating func answerSymbol<Store>(_ files: inout RecordedFiles<Store>) async throws {
        let name = question.value
        // Another step may have kept the same bytes: a second build, or that of an earlier run.
        let built = kernel.build.artifacts.first { $0.path == "System.map" }.map { Subject($0.path, $0.sha256) }
        guard let step = step("build"), let file = step.file("System.map") ?? built else {
            reason = "the run did not keep System.map, which lists the kernel's symbols"
            return
        }
        guard let answer = try await files.answer(file, { Self.symbol(name, in: $0) }) else {
            reason = "System.map of the kernel is not in the log, or was removed since"
            return
        }
        for statement in answer.present {
            affect(step.evidence(file, statement), in: [provenance] + bills(SPDXDocuments.output))
        }
        guard answer.present.isEmpty else { return }
        evidence.append(step.evidence(file, answer.absent))
        let modules = kernel.build.artifacts.count { $0.path.hasSuffix(".ko") }
        if modules == 0 {
            verdict = .notAffected
        } else {
            reason = "vmlinux does not have it; the symbols of its \(modules) modules are not recorded"
        }
    }

    /// Lines of `System.map` are address, type and name; names of compilers hold no spaces.
    private static func symbol(_ name: String, in map: [UInt8]) -> FileAnswer {
        let wanted = Array(name.utf8)
        var (line, words, start, count) = (1, 0, 0, 0)
        var found: Int?
        for index in 0...map.count {
            let byte = index < map.count ? map[index] : UInt8(ascii: "\n")
            if byte == UInt8(ascii: " ") {
                words += 1
                if words == 2 { start = index + 1 }
            } else if byte == UInt8(ascii: "\n") {
                if words == 2 {
                    count += 1
                    if index - start == wanted.count, map[start..<index].elementsEqual(wanted) { found = line }
                }
                (line, words) = (line + 1, 0)
            }
        }
        return FileAnswer(
            present: found.map { ["System.map has it in line \($0)"] } ?? [],
            absent: "it is not among the \(count) symbols of vmlinux")
    }
}

extension SourceIdentity.Kind {
    fileprivate var words: String {
        switch self {
        case .debianPackage: "a Debian package"
        case .folder: "a folder"
        case .tarball: "a tarball"
        case .git: "a git tree"
        }
    }
}
