// SPDX-License-Identifier: Apache-2.0
import Evidence
import Host
import Records
import SystemPackage
import TestSupport

@testable import Workflows

/// A step whose inputs are texts.
private struct SampleStep<Output: Codable & Sendable>: Step {
    let name: String
    let inputs: [String]
    let attachments: Keyed<@Sendable (Output?) -> [StepAttachment]>
    let holds: Keyed<@Sendable (Output) -> Bool>
    let work: Keyed<@Sendable () async throws -> Output>

    func attachments(of output: Output?, at site: Bool) -> [StepAttachment] { attachments.value(output) }
    func holds(_ output: Output, at site: Bool) -> Bool { holds.value(output) }
    func perform(at site: Bool) async throws -> Output { try await work.value() }
}

extension RunFolder {
    /// A folder with a store of its own.
    static func ofTest(
        _ path: FilePath, seal: SealingKey? = nil,
        recorder: StepRecorder = StepRecorder(
            store: MemoryEvidenceStore(recorder: "test", projection: RecordTables())),
        reports: [String] = []
    ) throws -> RunFolder {
        try RunFolder(
            path, seal: seal ?? SealingKey(file: FilePath("\(path).key")), recorder: recorder, reports: reports)
    }

    func step<Output: Codable & Sendable>(
        _ name: String, inputs: [String],
        attachments: @escaping @Sendable (Output?) -> [StepAttachment] = { _ in [] },
        holds: @escaping @Sendable (Output) -> Bool = { _ in true },
        perform: @escaping @Sendable () async throws -> Output
    ) async throws -> Finished<Output> {
        let step = SampleStep(
            name: name, inputs: inputs, attachments: Keyed(attachments, by: []), holds: Keyed(holds, by: []),
            work: Keyed(perform, by: []))
        return try await take(step, at: true)
    }
}
