// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `bessemer sandbox`: the isolated root file system that everything is built in.
struct SandboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox",
        abstract: "Make, use, check and remove the pinned root file system that kernels are built in.",
        discussion: "Example: bessemer sandbox exec -- rustc --version",
        subcommands: [
            SandboxCreate.self, SandboxExec.self, SandboxIsolation.self, SandboxLockCommand.self, SandboxVerify.self,
            SandboxRemove.self,
        ])
}
