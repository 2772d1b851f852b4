// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import Records
internal import SystemPackage

/// The folder of one pilot: a JSON file for each finished step, and what the steps make.
///
/// A step's file is written when the step is done, with a digest of everything that went in. The next run takes the
/// result over where that digest is the same and the result still holds.
struct RunFolder: Sendable {
    /// One finished step, as its file holds it.
    struct StepFile<Output: Codable & Sendable>: Codable, Sendable {
        let name: String
        let inputs: Digest
        let startedAt: Date
        let seconds: Double
        let output: Output
        /// In the evidence log; nil in files of before steps were recorded.
        var entry: Digest?

        /// As the evidence log has it, and the bytes of its result.
        func entryRecord() throws -> (step: StepRecord, result: [UInt8]) {
            let result = Array(try JSON.encode(output))
            let step = StepRecord(
                name: name, startedAt: startedAt, milliseconds: Int(seconds * 1000), inputs: inputs, outcome: .done,
                output: Digest(of: result))
            return (step, result)
        }
    }

    /// A step's result, and whether it was taken over from an earlier run.
    struct Finished<Output: Codable & Sendable>: Sendable {
        let file: StepFile<Output>
        let reused: Bool

        var output: Output { file.output }
    }

    let path: FilePath
    /// By what a step's file is known to be Bessemer's own; nil where nothing is concluded from it.
    private let key: SealingKey?
    /// Where steps are recorded; nil where they are only looked at.
    private let recorder: StepRecorder?

    init(_ path: FilePath, key: SealingKey? = nil, recorder: StepRecorder? = nil) throws {
        self.path = path
        self.key = key
        self.recorder = recorder
        try Files.makeDirectory(path.appending("steps"), permissions: Files.ownFolder)
    }

    var probe: FilePath { path.appending("probe") }
    var selfTest: FilePath { path.appending("self-test") }
    /// The copy of the source that has the series in it.
    var enabledSource: FilePath { path.appending("source") }

    func folder(of kernel: PilotKernel) -> KernelFolder {
        KernelFolder(path: kernel == .rust ? path : path.appending(kernel.rawValue))
    }

    private func file(_ name: String) -> FilePath { path.appending("steps").appending("\(name).json") }
    private func sealFile(_ name: String) -> FilePath { path.appending("steps").appending("\(name).seal") }

    /// Takes over the step's result where `inputs` are the same and `holds` says so; performs it otherwise. Either way, and
    /// where it fails, the step is recorded, with the `attachments` that are there then; they are asked with its result, or nil.
    func step<Output: Codable & Sendable>(
        _ name: String, inputs: [String], attachments: (Output?) -> [StepAttachment] = { _ in [] },
        holds: (Output) async throws -> Bool = { _ in true }, perform: () async throws -> Output
    ) async throws -> Finished<Output> {
        try Task.checkCancellation()
        let digest = Digest(of: inputs.joined(separator: "\u{0}"))
        if var earlier = last(name, as: Output.self), earlier.inputs == digest,
            (try? await holds(earlier.output)) == true
        {
            if let recorder, try await !recorder.takeOver(earlier.entry) {
                let (step, result) = try earlier.entryRecord()
                earlier.entry = try await recorder.record(step, result: result, attachments(earlier.output))
                try write(earlier)
            }
            return Finished(file: earlier, reused: true)
        }
        let start = Date()
        let clock = ContinuousClock.now
        var seconds: Double { (ContinuousClock.now - clock).seconds }
        let output: Output
        do {
            output = try await perform()
            try Task.checkCancellation()
        } catch {
            let failure = (error as? CancellationError) == nil ? FailureRecord(Failure(of: error)) : nil
            let step = StepRecord(
                name: name, startedAt: start, milliseconds: Int(seconds * 1000), inputs: digest,
                outcome: failure == nil ? .cancelled : .failed, failure: failure)
            // What went wrong first is what has to be said, also where that can't be recorded.
            _ = try? await recorder?.record(step, result: nil, attachments(nil))
            throw error
        }
        // What is said later is what the file says, so that a run and its continuation say the same.
        var finished = try JSON.decode(
            StepFile<Output>.self,
            from: Array(
                try JSON.encode(
                    StepFile(name: name, inputs: digest, startedAt: start, seconds: seconds, output: output))),
            named: file(name).string)
        if let recorder {
            let (step, result) = try finished.entryRecord()
            finished.entry = try await recorder.record(step, result: result, attachments(finished.output))
        }
        try write(finished)
        return Finished(file: finished, reused: false)
    }

    private func write<Output>(_ step: StepFile<Output>) throws {
        let bytes = Array(try JSON.encode(step))
        // The seal first: a file without its seal is a step that is taken again.
        if let key { try AtomicFile.write(key.seal(of: bytes), to: sealFile(step.name), permissions: AtomicFile.own) }
        try AtomicFile.write(bytes, to: file(step.name), permissions: AtomicFile.own)
    }

    /// The step's last result, whatever went into it; nil where there is none that can be read, or its seal is not ours:
    /// a folder that came from elsewhere proves nothing.
    func last<Output: Codable & Sendable>(_ name: String, as type: Output.Type) -> StepFile<Output>? {
        let steps = ForeignFolder(path.appending("steps"))
        guard let bytes = try? steps.bytes(of: "\(name).json", limit: ForeignFolder.Limit.image) else { return nil }
        if let key {
            guard (try? steps.text(of: "\(name).seal", limit: 64)) == key.seal(of: bytes) else { return nil }
        }
        // What was sealed is what is read, and it is this step's: another's can have the same inputs.
        let step = try? JSON.decode(StepFile<Output>.self, from: bytes, named: file(name).string)
        return step?.name == name ? step : nil
    }
}

/// What the steps of one kernel make.
struct KernelFolder: Sendable {
    let path: FilePath

    var objects: FilePath { path.appending("objects") }
    var configuration: FilePath { path.appending("configuration") }
    var guest: FilePath { path.appending("guest") }
    var buildLog: FilePath { path.appending("build.log") }
    var configurationLog: FilePath { path.appending("configuration.log") }
}

extension Encodable {
    /// The digest of a value's JSON, which tells whether what went into a step is the same.
    func contentDigest() throws -> String { Digest(of: try JSON.encode(self)).hexadecimal }
}
