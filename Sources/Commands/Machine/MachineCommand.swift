// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Documents
internal import Evidence
internal import EvidenceSQLite
internal import Foundation
internal import Host
internal import Machines
internal import Policy
internal import Records
internal import SystemPackage
internal import Workflows

/// `bessemer machine`: which machine runs which kernel.
struct MachineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "machine", abstract: "Look at machines, and see which run a kernel that was proven.",
        discussion: "Example: bessemer machine look --via \"ssh lpar1\"",
        subcommands: [MachineLookCommand.self, MachineList.self, MachineShow.self, MachineSame.self])
}

/// The formats that a list of machines can have.
enum MachineFormat: String, CaseIterable, ExpressibleByArgument {
    case text, json, html, markdown, csv
}

/// `bessemer machine look`.
struct MachineLookCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "look", abstract: "Ask machines what they are and which kernel they run, and record it.",
        discussion: """
            One shell script for each, without root, 32 at once, 30 s each; nothing is written there. A machine is known by its \
            UUID or by its place in the CPC, never by the name under which it is reached. ssh asks for no password and takes no \
            new host key.

            Exit status: 1 where one of them was not seen.

            Examples:
              bessemer machine look --host lpar1 --host root@lpar2
              bessemer machine look --inventory hosts.ini
              bessemer machine look --via "ssh -J gate lpar3"
            """)

    @Option(
        help: .value("HOST", "A machine that ssh reaches by that name, also as user@host; may be given more than once.")
    )
    var host: [String] = []

    @Option(
        help: .value(
            "COMMAND", "A command that leads to a shell there: `ssh -J gate lpar3`; may be given more than once."))
    var via: [String] = []

    @Option(
        help: .value(
            "FILE",
            "Hosts in the static form of Ansible's inventories, INI or .yaml: groups, names, ansible_host, _user, _port."
        ),
        completion: .file())
    var inventory: [String] = []

    @Option(
        help: .value("INVENTORY", "The same, read by ansible-inventory: whatever it understands."), completion: .file())
    var ansible: [String] = []

    @OptionGroup var list: MachineListOptions

    @Option(help: "How to write the machines to standard output.")
    var format: MachineFormat = .text

    func validate() throws {
        try require(
            !(host + via + inventory + ansible).isEmpty,
            "Name machines with --host, --via, --inventory or --ansible.")
    }

    func run(_ context: Context) async throws {
        let groups = try await groups(context)
        // An inventory without a host says more about the inventory than about machines.
        if let empty = groups.first(where: { $0.inventory != nil && $0.hosts.isEmpty })?.inventory {
            throw Failure("machine.none", "the inventory \(empty) names no host", advice: "name some, or leave it out")
        }
        let hosts = try Self.distinct(groups.flatMap(\.hosts))
        let store = try context.store()
        let looks = try await MachineSweep.look(at: hosts) { done, look in
            try await store.append(try Entry.Draft(look))
            context.progress(
                WorkProgress(
                    "looking at machines", done: done, total: hosts.count,
                    detail: "\(look.host): \(look.outcome.rawValue)"
                ))
        }
        for group in groups {
            guard let inventory = group.inventory else { continue }
            let names = Set(group.hosts.map(\.name))
            let seen = looks.count { names.contains($0.host) && $0.outcome == .seen }
            try await store.append(
                try Entry.Draft(InventorySweep(inventory: inventory, hosts: names.sorted(), seen: seen)))
        }
        let names = Set(looks.map(\.host))
        let seen = try await list.standings(context).filter { !names.isDisjoint(with: $0.hosts) }
        try context.show(seen, as: format) { CSVFormat().text(of: seen) }
        let missed = looks.filter { $0.outcome != .seen }
        if !missed.isEmpty {
            context.say("\(missed.count) of \(looks.count) machines were not seen")
            throw ExitCode(1)
        }
    }

    /// Hosts, and the inventory that names them; nil for those that the command names.
    private func groups(_ context: Context) async throws -> [(inventory: String?, hosts: [MachineHost])] {
        var groups: [(inventory: String?, hosts: [MachineHost])] = []
        var hosts: [MachineHost] = []
        for name in host {
            let parts = name.split(separator: "@", maxSplits: 1).map(String.init)
            guard let made = MachineHost(ssh: name, address: parts.last, user: parts.count == 2 ? parts[0] : nil) else {
                throw Failure(
                    "machine.host", "“\(name)” is not a host's name", advice: "give one such as lpar1, or root@lpar1")
            }
            hosts.append(made)
        }
        for command in via {
            guard let prefix = CommandPrefix(command) else {
                throw Failure(
                    "machine.via", "--via holds no command: it is empty, or a quote in it does not end",
                    advice: "give one, such as --via \"ssh lpar1\"")
            }
            // Of a command that names no host, which may hold what is secret, the program and a digest tell it from others.
            let name = prefix.host ?? "\(prefix.name) \(Digest(of: command).short)"
            hosts.append(MachineHost(name: name, command: prefix))
        }
        groups.append((nil, hosts))
        for name in inventory {
            let file = context.path(name)
            guard Files.isRegularFile(file) else {
                throw Failure("machine.inventory", "\(file) is not a file", advice: "name an inventory's file")
            }
            let bytes = try Files.bytes(file, limit: HostInventory.largest)
            let text = String(decoding: bytes, as: UTF8.self)
            let isYAML = name.hasSuffix(".yaml") || name.hasSuffix(".yml")
            let named = try isYAML ? HostInventory.yaml(text, named: name) : HostInventory.ini(text, named: name)
            groups.append((file.string, named))
        }
        for name in ansible {
            let outcome = try await Command("ansible-inventory", ["--inventory", context.path(name).string, "--list"])
                .capture(
                    limit: HostInventory.largest, deadline: .seconds(120))
            guard outcome.succeeded, !outcome.truncated else {
                throw Failure(
                    "machine.inventory", "ansible-inventory ended with \(outcome.ending.text)",
                    advice: "run `ansible-inventory --list` yourself", underlying: String(outcome.error.suffix(2000)))
            }
            groups.append((context.path(name).string, try HostInventory.listed(outcome.bytes)))
        }
        return groups
    }

    /// Each once. Throws `Failure` with code `machine.host` where two of one name differ.
    private static func distinct(_ hosts: [MachineHost]) throws -> [MachineHost] {
        var ways: [String: MachineHost] = [:]
        return try hosts.filter { host in
            guard let known = ways.updateValue(host, forKey: host.name) else { return true }
            guard known == host else {
                throw Failure(
                    "machine.host", "two different ways lead to \(host.name)",
                    advice: "name each machine once, or look at them one after the other")
            }
            return false
        }
    }
}

/// How machines are judged.
struct MachineListOptions: ParsableArguments {
    @Option(help: .value("N", "Days after which a machine counts as not seen."))
    var days = 30

    @OptionGroup var policy: PolicyOption

    func validate() throws { try require((0...36_500).contains(days), "--days takes a number from 0 to 36500.") }

    /// By the log, and by the policy where there is one. Throws `Failure` with codes `evidence.altered`, `policy.clock`.
    func standings(_ context: Context) async throws -> [MachineStanding] {
        guard try context.evidence() != nil else { return [] }
        return try await machines(context, in: try await context.wholeStore()).standings
    }

    /// Where no machine was looked at.
    static let none = Failure(
        "machine.none", "no machine was looked at", advice: "`bessemer machine look --host NAME` looks at one")

    /// With `forAll` each of their runs is judged. Throws `Failure` with code `policy.clock`.
    func machines(
        _ context: Context, in store: SQLiteEvidenceStore, judging forAll: Bool = false
    ) async throws -> KnownMachines {
        let policy = try policy.fileIfThere(context)?.policy
        return try await KnownMachines(
            in: store, policy: policy, at: Date(), today: try await DayOption.today(store), lostAfter: days,
            toolVersion: Bessemer.version, judging: forAll)
    }
}

/// `bessemer machine list`.
struct MachineList: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the machines that were looked at, and what they run.",
        discussion: """
            Exit status: 1 where one of them needs somebody: an unknown kernel, a gate that refuses now, a loss that is real \
            there, a trial that is still the next IPL, not seen.

            Example: bessemer machine list --format csv
            """)

    @OptionGroup var list: MachineListOptions

    @Option(help: "How to write the machines to standard output.")
    var format: MachineFormat = .text

    func run(_ context: Context) async throws {
        let machines = try await list.standings(context)
        try context.show(machines, as: format) { CSVFormat().text(of: machines) }
        if machines.contains(where: \.isFinding) { throw ExitCode(1) }
    }
}

/// `bessemer machine show`.
struct MachineShow: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one machine: what it is, what it runs, and by which evidence.",
        discussion: "Example: bessemer machine show lpar1")

    @Argument(help: .value("MACHINE", "A name under which it was reached, its key, or the beginning of it."))
    var machine: String

    @OptionGroup var list: MachineListOptions
    @OptionGroup var format: FormatOption

    func run(_ context: Context) async throws {
        let first = try await list.standings(context).named(machine)
        try context.show(first, as: format.format)
        if first.isFinding { throw ExitCode(1) }
    }
}

/// `bessemer machine same`.
struct MachineSame: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "same", abstract: "Say that two machines of the list are one, which moved.",
        discussion: """
            A guest without a UUID that is seen in another place is listed as another machine, and asked about. What is said here             is an entry of the log; the machine keeps the key under which it was first seen, in a CMDB, too.

            Example: bessemer machine same lnx1 8561-02-A1/lpar-2/vm-LNX1 \\
                --reason "relocated on 28 November"
            """)

    @Argument(help: .value("MACHINE", "A name under which it was reached, its key, or the beginning of it."))
    var machine: String

    @Argument(help: .value("OTHER", "The other, named in the same way."))
    var other: String

    @Option(help: .value("TEXT", "How that is known; one line."))
    var reason: String

    @Flag(help: "Take back what was said before of these two; both by their keys.")
    var withdraw = false

    @OptionGroup var list: MachineListOptions

    func validate() throws {
        try require(
            (1...500).contains(reason.utf8.count) && !reason.contains(where: \.isNewline),
            "--reason takes one line of at most 500 bytes.")
    }

    func run(_ context: Context) async throws {
        if withdraw { return try await takeBack(context) }
        let machines = try await list.standings(context)
        let pair = [try machines.named(machine), try machines.named(other)]
        guard pair[0] != pair[1] else {
            throw Failure(
                "machine.same", "\(machine) and \(other) are one machine already",
                advice: "`bessemer machine list` shows the machines")
        }
        guard pair.allSatisfy({ $0.state != nil }) else {
            throw Failure(
                "machine.same", "one of them was never seen, so it is not known what it is",
                advice: "look at it first: `bessemer machine look`")
        }
        guard Set(pair.map { $0.state?.identity.guests.isEmpty }).count == 1 else {
            throw Failure(
                "machine.same", "one of them is a guest, and the other a partition's own system",
                advice: "look at both with `bessemer machine show`")
        }
        try await context.record(MachineUnion(keys: pair.map(\.original), reason: reason))
        try context.show(
            try await list.standings(context).filter { ([$0.original] + $0.merged).contains(pair[0].original) },
            as: OutputFormat.text)
    }

    private func takeBack(_ context: Context) async throws {
        let said = try await context.wholeStore().all(MachineUnion.self).last { Set($0.body.keys) == [machine, other] }
        guard let said, !said.body.isWithdrawn else {
            throw Failure(
                "machine.same", "nobody said that \(machine) and \(other) are one",
                advice: "`bessemer evidence list --all` shows what was said, by keys")
        }
        try await context.record(MachineUnion(keys: [machine, other], reason: reason, isWithdrawn: true))
    }
}

extension [MachineStanding] {
    /// One, by its key, by a name under which it was reached, or by the beginning of a key.
    ///
    /// Throws `Failure` with codes `machine.missing`, `machine.ambiguous`.
    fileprivate func named(_ name: String) throws -> MachineStanding {
        let keyed = filter { ([$0.original] + $0.aliases).contains(name) }
        let hosted = keyed.isEmpty ? filter { $0.hosts.contains(name) } : keyed
        // As the list calls it, too.
        let exact = hosted.isEmpty ? filter { $0.place == name || $0.names.contains(name) } : hosted
        let found =
            exact.isEmpty ? filter { one in ([one.original] + one.aliases).contains { $0.hasPrefix(name) } } : exact
        guard let first = found.first, found.count == 1 else {
            throw Failure(
                found.isEmpty ? "machine.missing" : "machine.ambiguous",
                found.isEmpty
                    ? "no machine \(name) was looked at"
                    : "\(found.count) machines are called \(name): "
                        + found.prefix(5).map(\.original).joined(separator: ", ")
                        + (found.count > 5 ? " and others" : ""),
                advice: found.isEmpty
                    ? "`bessemer machine list` shows those that were" : "name one by its key, or by a host's name")
        }
        return first
    }
}

extension MachineStanding {
    /// Of its guest and its partition.
    fileprivate var names: [String] {
        let identity = state?.identity
        let guests = (identity?.guests.first).map { [$0.name, $0.extendedName] } ?? []
        let partition = identity?.guests.isEmpty == true ? [identity?.partition?.name] : []
        return (guests + partition).compactMap(\.self)
    }
}
