// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `bessemer tree`: what a kernel source tree has.
struct TreeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tree", abstract: "Look into kernel source trees.",
        discussion: "Example: bessemer tree status ~/linux", subcommands: [TreeStatusCommand.self])
}
