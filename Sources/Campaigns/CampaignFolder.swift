// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import Host
package import Records
package import SystemPackage

/// Where a campaign's steps and their results lie, on a disk that all who work on it share.
///
/// `steps/KEY/job.json` says what is to be done; each attempt has a folder of its own, writes its result there, and the
/// first good one becomes `steps/KEY/result.json` by link(2). Nothing else is needed to go on, and nobody's clock is asked.
package struct CampaignFolder: Sendable {
    package let path: FilePath

    package init(_ path: FilePath) { self.path = path }

    private static let jobName = "job.json"
    private static let resultName = "result.json"
    private static let attemptPrefix = "attempt-"

    package func step(_ key: Digest) -> FilePath { path.pushing("steps").appending(key.hexadecimal) }

    /// A file that steps take, by its content: a lock, a fragment.
    package func input(_ digest: Digest) -> FilePath { path.pushing("inputs").appending(digest.hexadecimal) }

    /// The same, which has to be there as it was kept. Throws `Failure` with code `campaign.changed`.
    package func checkedInput(_ digest: Digest) throws -> FilePath {
        let file = input(digest)
        guard (try? Digest(ofFile: file)) == digest else {
            throw Failure(
                "campaign.changed", "\(file) is not what it was when the step was planned",
                advice: "run the campaign again, which writes it")
        }
        return file
    }

    /// Keeps a file that steps take. Returns its digest.
    package func keep(_ bytes: [UInt8]) throws -> Digest {
        let digest = Digest(of: bytes)
        let file = input(digest)
        if (try? Digest(ofFile: file)) != digest {
            try Files.makeDirectory(file.removingLastComponent())
            try AtomicFile.write(bytes, to: file)
        }
        return digest
    }

    /// Writes what is to be done, unless it is there.
    package func add(_ job: CampaignJob) throws {
        let folder = step(job.key)
        if let known = try? self.job(job.key), known == job { return }
        try Files.makeDirectory(folder)
        try AtomicFile.write(json: job, to: folder.appending(Self.jobName))
    }

    /// What is to be done. Throws `Failure` with code `campaign.job` where the file is not that of the key.
    package func job(_ key: Digest) throws -> CampaignJob {
        let bytes = try ForeignFolder(step(key)).bytes(of: Self.jobName, limit: ForeignFolder.Limit.list)
        let job = try JSON.decode(CampaignJob.self, from: bytes, named: "\(step(key))/\(Self.jobName)")
        guard job.key == key, CampaignJob.key(job.identity) == key else {
            throw Failure(
                "campaign.job", "\(step(key))/\(Self.jobName) is the job of another step",
                advice: "remove that folder; the campaign makes it again")
        }
        return job
    }

    // MARK: Results

    /// What can be read of a step's result.
    package enum Reading: Sendable {
        case none
        /// With the digest of its file.
        case good(CampaignResult, Digest)
        /// Half written, of another step, or not what its outputs are: on a shared disk it may be so for a moment.
        case bad(String)
    }

    /// Whether there is a file that may be the step's result.
    package func hasResult(_ key: Digest) -> Bool { Files.isRegularFile(step(key).appending(Self.resultName)) }

    /// The step's result, whose outputs are all there as it says.
    package func result(of key: Digest) -> Reading { reading(Self.resultName, of: key) }

    private func reading(_ name: String, of key: Digest) -> Reading {
        let folder = ForeignFolder(step(key))
        do {
            guard try folder.kind(of: name) != nil else { return .none }
            let bytes = try folder.bytes(of: name, limit: ForeignFolder.Limit.list)
            let result = try JSON.decode(CampaignResult.self, from: bytes, named: "\(folder.path)/\(name)")
            guard result.form == CampaignResult.form else { return .bad("it is a result of another form") }
            guard result.key == key else { return .bad("it is the result of another step") }
            guard ForeignFolder.isName(result.attempt), !result.attempt.contains("/"),
                result.attempt.hasPrefix(Self.attemptPrefix)
            else { return .bad("it names no attempt") }
            for output in result.outputs {
                let file = "\(result.attempt)/\(output.path)"
                guard ForeignFolder.isName(output.path), try folder.size(of: file) == output.size else {
                    return .bad("\(file) is not there as the result says")
                }
                guard try folder.digest(of: file) == output.sha256 else {
                    return .bad("\(file) has other content than the result says")
                }
            }
            return .good(result, Digest(of: bytes))
        } catch {
            return .bad(ErrorWords.of(error))
        }
    }

    /// The results of attempts that ended without deciding the step.
    package func undecided(_ key: Digest) -> [CampaignResult] {
        attempts(key).compactMap { attempt in
            guard case .good(let result, _) = reading("\(attempt)/\(Self.resultName)", of: key),
                result.outcome == .infrastructure
            else { return nil }
            return result
        }
    }

    /// Names of the attempts' folders.
    package func attempts(_ key: Digest) -> [String] {
        Files.names(in: step(key)).filter { $0.hasPrefix(Self.attemptPrefix) }.sorted()
    }

    /// Whether somebody is at work on the step, as far as this machine can know.
    package func isBusy(_ key: Digest) -> Bool { (try? FolderLock(step(key), doing: "a campaign's step")) == nil }

    /// Whether attempts may be told apart by the text, which is part of a folder's name.
    package static func isAttempt(_ text: String) -> Bool { SandboxSpecification.isName(text) }

    // MARK: Work

    /// What a step's work came to.
    package struct Work: Sendable {
        package let outcome: CampaignResult.Outcome
        package var fault: CampaignResult.Fault?
        /// Below the attempt's folder.
        package var outputs: [String]
        package var facts: CampaignResult.Facts

        package init(
            _ outcome: CampaignResult.Outcome, _ fault: CampaignResult.Fault? = nil, outputs: [String] = [],
            facts: CampaignResult.Facts = CampaignResult.Facts()
        ) {
            self.outcome = outcome
            self.fault = fault
            self.outputs = outputs
            self.facts = facts
        }
    }

    /// Does a step in an attempt folder of its own, unless it is done, and leaves its result. Returns what it came to.
    ///
    /// `attempt` tells this attempt from all others: `4711.0`. A failure that `work` throws is not the kernel's: what is, it
    /// returns. Throws `Failure` with code `folder.busy` where another process is at it, and `CancellationError`.
    package func perform(
        _ job: CampaignJob, attempt: String, tool: String, node: String,
        _ work: (_ folder: FilePath) async throws -> Work
    ) async throws -> CampaignResult {
        guard Self.isAttempt(attempt) else {
            throw Failure(
                "campaign.attempt", "an attempt can't be called “\(attempt.prefix(64))”",
                advice: "take letters, digits, `.`, `_` and `-`, up to 64")
        }
        let folder = step(job.key)
        let held = try FolderLock(folder, doing: "a campaign's step")
        defer { withExtendedLifetime(held) {} }
        switch result(of: job.key) {
        case .good(let result, _): return result
        case .bad: try setAside(job.key)
        case .none: break
        }
        let name = Self.attemptPrefix + attempt
        let place = folder.appending(name)
        try Files.remove(place)
        try Files.makeDirectory(place)
        let start = Date()
        let clock = ContinuousClock.now
        var done: Work
        do {
            done = try await work(place)
            try Task.checkCancellation()
        } catch let error as CancellationError {
            throw error
        } catch {
            let failure = Failure(of: error)
            done = Work(.infrastructure, .init(identity: failure.code, text: failure.message))
        }
        let outputs = try done.outputs.map { path in
            let attempt = ForeignFolder(place)
            return Artifact(path: path, size: try attempt.size(of: path) ?? 0, sha256: try attempt.digest(of: path))
        }
        let result = CampaignResult(
            key: job.key, attempt: name, tool: tool, node: node,
            startedAt: Date(timeIntervalSince1970: start.timeIntervalSince1970.rounded(.down)),
            milliseconds: Int((ContinuousClock.now - clock).seconds * 1000), outcome: done.outcome, fault: done.fault,
            outputs: outputs, facts: done.facts)
        let file = place.appending(Self.resultName)
        try AtomicFile.write(json: result, to: file)
        guard result.outcome != .infrastructure else { return result }
        let link = folder.appending(Self.resultName)
        guard unsafe Foundation.link(file.string, link.string) == 0 || errno == EEXIST else {
            throw AtomicFile.failure(link, Errno(rawValue: errno))
        }
        guard case .good(let first, _) = self.result(of: job.key) else { return result }
        return first
    }

    /// Takes a result that is none out of the way; it stays beside the attempts.
    package func setAside(_ key: Digest) throws {
        let folder = step(key)
        for number in 1...1000 {
            let other = folder.appending("result-refused-\(number).json")
            guard !Files.exists(other) else { continue }
            return try Files.rename(folder.appending(Self.resultName), to: other)
        }
    }
}
