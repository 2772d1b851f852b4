// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Attestation

/// Which requirements a fact answers.
struct MappingOption: ParsableArguments {
    @Option(
        help: .value(
            "FILE", "Requirements of catalogues, and what answers them (default: Bessemer's own mapping)."),
        completion: .file())
    var mapping: String?

    /// Throws as reading the file does.
    func read(_ context: Context) throws -> ControlMapping {
        try mapping.map { try ControlMapping(file: context.path($0)) } ?? .bundled()
    }
}
