// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `bessemer key`: the keys that evidence is signed with.
struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Make, show, list and change the keys that evidence is signed with.",
        discussion: "Example: bessemer key generate",
        subcommands: [KeyGenerate.self, KeyPublic.self, KeyList.self, KeyRotate.self])
}
