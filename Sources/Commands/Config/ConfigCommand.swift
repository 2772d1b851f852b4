// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `bessemer config`: what kernel configurations say.
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Explain what Rust changes in a kernel's configuration.",
        discussion: """
            Example:
              bessemer config explain --baseline gcc.config --rust rust.config --tree 7.3
            """,
        subcommands: [ConfigExplainCommand.self])
}
