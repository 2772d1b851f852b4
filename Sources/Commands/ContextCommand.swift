// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// A command: its properties are what was typed, and what it takes from the world around it is its context.
protocol ContextCommand: AsyncParsableCommand {
    /// Does the work. Throws `ExitCode` where findings decide the status, and `Failure`.
    func run(_ context: Context) async throws
}

extension ParsableArguments {
    /// Refuses what was typed where the condition does not hold. Throws `ValidationError`.
    func require(_ condition: Bool, _ message: String) throws {
        guard condition else { throw ValidationError(message) }
    }
}

extension ArgumentHelp {
    /// What an option or an argument is for, and the word that stands for its value.
    static func value(_ name: String, _ abstract: String) -> ArgumentHelp {
        ArgumentHelp(abstract, valueName: name)
    }
}
