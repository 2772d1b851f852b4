// SPDX-License-Identifier: Apache-2.0
package import Foundation
package import Host
package import SystemPackage

/// One finished step, as its file holds it.
package struct FinishedStep<Output: Codable & Sendable>: Codable, Sendable {
    package let name: String
    /// Its key.
    package let inputs: Digest
    package let startedAt: Date
    package let seconds: Double
    package let output: Output
    /// In the evidence log; nil in files of before steps were recorded.
    package var entry: Digest?
}

/// The files of a folder's finished steps, one a step.
package struct StepFiles: Sendable {
    private let folder: FilePath
    /// By what a step's file is known to be Bessemer's own; nil where nothing is concluded from it.
    private let seal: SealingKey?

    /// Those of a workflow's folder.
    package init(in folder: FilePath, seal: SealingKey? = nil) {
        self.folder = folder.appending("steps")
        self.seal = seal
    }

    func makeFolder() throws { try Files.makeDirectory(folder, permissions: Files.ownFolder) }

    private func file(_ name: String) -> FilePath { folder.appending("\(name).json") }
    private func sealFile(_ name: String) -> FilePath { folder.appending("\(name).seal") }

    func write<Output>(_ step: FinishedStep<Output>) throws {
        let bytes = Array(try JSON.encode(step))
        // The seal first: a file without its seal is a step that is taken again.
        if let seal {
            try AtomicFile.write(seal.seal(of: bytes), to: sealFile(step.name), permissions: AtomicFile.own)
        }
        try AtomicFile.write(bytes, to: file(step.name), permissions: AtomicFile.own)
    }

    /// The step's last result, whatever went into it; nil where there is none that can be read, or its seal is not ours:
    /// a folder that came from elsewhere proves nothing.
    package func last<Output: Codable & Sendable>(_ name: String, as type: Output.Type) -> FinishedStep<Output>? {
        let steps = ForeignFolder(folder)
        guard let bytes = try? steps.bytes(of: "\(name).json", limit: ForeignFolder.Limit.image) else { return nil }
        if let seal {
            guard (try? steps.text(of: "\(name).seal", limit: 64)) == seal.seal(of: bytes) else { return nil }
        }
        // What was sealed is what is read, and it is this step's: another's can have the same inputs.
        let step = try? JSON.decode(FinishedStep<Output>.self, from: bytes, named: file(name).string)
        return step?.name == name ? step : nil
    }
}
