// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Foundation
internal import Host
internal import Records
internal import Rendering
internal import Sandbox

/// `bessemer sandbox isolation`.
struct SandboxIsolation: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "isolation",
        abstract: "Show what a process inside can see, call and write, and whether the sandbox holds on this host.",
        discussion: """
            Runs a program inside that tries what a hostile build would. Exit status 1 where anything is open that should \
            be shut.

            Example: bessemer sandbox isolation --lock Sandbox/standard.lock.json
            """)

    @OptionGroup var options: SandboxOptions
    @OptionGroup var format: FormatOption

    func run() async throws { try await run(.ofProcess()) }

    func run(_ context: Context) async throws {
        let root = try options.existing(context)
        let facts = try await root.isolation()
        switch format.format {
        case .json: context.write(String(decoding: try JSON.encode(facts), as: UTF8.self))
        case .text:
            for line in facts.lines(try Confinement.ofProcess()) { context.write(line + "\n") }
        }
        let faults = facts.faults
        guard faults.isEmpty else {
            for fault in faults { context.say("open: \(fault)") }
            throw ExitCode(1)
        }
        context.say("the sandbox holds")
    }
}

extension IsolationFacts {
    /// A line a fact, its name first.
    fileprivate func lines(_ confinement: Confinement) -> [String] {
        func list(_ names: [String]) -> String { names.isEmpty ? "none" : names.joined(separator: " ") }
        func table(_ facts: [String: String]) -> [String] {
            facts.sorted { $0.key < $1.key }.map { "  \($0.key): \($0.value)" }
        }
        let limits = confinement.limits
        return [
            "capabilities: \(list(capabilities.keys.sorted()))",
            "may gain privileges: \(noNewPrivileges ? "no" : "yes")",
            "filter of system calls: \(isFiltered ? confinement.filter.hexadecimal : "none")",
            "devices: \(list(devices))",
            "writable in /proc: \(list(writableOfProc))",
            "readable of the host in /proc: \(list(readableOfProc))",
            "network interfaces: \(list(interfaces))",
            "the caller's variables: \(list(environment))",
            "open descriptors: \(list(descriptors))",
            "limits: \(limits.processes) processes, \(limits.memory >> 20) MiB of memory, \(limits.fileSize >> 20) MiB a file, "
                + "\(limits.temporary >> 20) MiB of /tmp",
            "processes and memory counted by: \(confinement.controlGroup ?? "the user's limit of processes")",
            "calls:",
        ] + table(calls) + ["sockets:"] + table(sockets) + ["mounts:"] + table(mounts)
    }
}
