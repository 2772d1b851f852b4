// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `bessemer tree`: what a kernel source tree has, and what it lacks.
struct TreeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tree", abstract: "Look into kernel source trees, and enable Rust in them.",
        discussion: "Example: bessemer tree status ~/linux",
        subcommands: [TreeStatusCommand.self, TreeEnableCommand.self, TreeDisableCommand.self])
}
