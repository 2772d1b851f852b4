// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// A command: its properties are what was typed, and what it takes from the world around it is its context.
protocol ContextCommand: AsyncParsableCommand {
    /// Does the work. Throws `ExitCode` where findings decide the status, and `Failure`.
    func run(_ context: Context) async throws
}
