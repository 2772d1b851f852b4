// SPDX-License-Identifier: Apache-2.0
public import ArgumentParser
public import Rendering

extension OutputFormat: ExpressibleByArgument {}

/// How a command writes its answer.
struct FormatOption: ParsableArguments {
    @Option(help: "How to write the answer to standard output.")
    var format: OutputFormat = .text
}
