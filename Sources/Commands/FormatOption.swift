// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
package import Documents

extension OutputFormat: ExpressibleByArgument {}

/// How a command writes its answer.
struct FormatOption: ParsableArguments {
    @Option(help: "How to write the answer to standard output.")
    var format: OutputFormat = .text
}

/// The formats that test results can have.
enum ResultFormat: String, CaseIterable, ExpressibleByArgument {
    case text, json, html, markdown, junit
}

/// The formats that findings of files can have.
enum FindingFormat: String, CaseIterable, ExpressibleByArgument {
    case text, json, html, markdown, sarif
}

/// How a command writes test results.
struct ResultFormatOption: ParsableArguments {
    @Option(help: "How to write the results to standard output.")
    var format: ResultFormat = .text
}
