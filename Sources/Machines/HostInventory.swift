// SPDX-License-Identifier: Apache-2.0
internal import Host

/// Hosts of an Ansible inventory: the static part of its INI and YAML forms, or what `ansible-inventory --list` prints.
///
/// Variables that say how a host is reached in another way than by OpenSSH, and whatever is computed, are refused with their
/// line: `ansible-inventory` knows what they mean.
package enum HostInventory {
    /// Bytes of an inventory that is read.
    package static let largest = 16 << 20
    static let most = 10_000
    /// Variables that are read; `ansible_ssh_…` is how they were called before.
    static let known = [
        "ansible_host", "ansible_user", "ansible_port", "ansible_ssh_host", "ansible_ssh_user", "ansible_ssh_port",
    ]

    // MARK: INI

    /// Throws `Failure` with code `machine.inventory`.
    package static func ini(_ text: String, named name: String) throws -> [MachineHost] {
        var hosts = Hosts()
        var isHosts = true
        for (number, line) in zip(1..., text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)) {
            func refuse(_ reason: String) -> Failure {
                Failure(
                    "machine.inventory", "\(name):\(number): \(reason)",
                    advice: "`--ansible` has ansible-inventory read it, where that is there")
            }
            var words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            if let comment = words.firstIndex(where: { $0.hasPrefix("#") }) { words.removeSubrange(comment...) }
            guard let first = words.first, !first.hasPrefix(";") else { continue }
            guard line.utf8.count <= longestLine else { throw refuse("is longer than \(longestLine) bytes") }
            if first.hasPrefix("[") {
                guard words.count == 1, first.hasSuffix("]"), first.count > 2 else { throw refuse("is not a group") }
                let group = first.dropFirst().dropLast().split(separator: ":", omittingEmptySubsequences: false)
                switch group.dropFirst().first {
                case nil: isHosts = true
                case "children": isHosts = false
                default: throw refuse("variables of groups are not read")
                }
                continue
            }
            guard isHosts else { continue }
            var variables: [String: String] = [:]
            for word in words.dropFirst() {
                guard let equals = word.firstIndex(of: "=") else {
                    throw refuse("“\(word.prefix(60))” is not a variable")
                }
                variables[String(word[..<equals])] = String(word[word.index(after: equals)...])
            }
            if let other = variables.keys.sorted().first(where: { $0.hasPrefix("ansible_") && !known.contains($0) }) {
                throw refuse("the variable \(other) is not read")
            }
            if let computed = words.first(where: { $0.contains("{{") || $0.contains("\"") || $0.contains("'") }) {
                throw refuse("“\(computed.prefix(60))” is not read: it is computed, or in quotes")
            }
            for host in try names(first, refuse) { try hosts.add(host, variables, refuse) }
        }
        return hosts.all
    }

    private static let longestLine = 4096

    /// Hosts by their names, in the order in which they first stand; a host that stands in several groups is one, with the
    /// variables of all.
    struct Hosts {
        private var order: [String] = []
        private var variables: [String: [String: String]] = [:]

        mutating func add(_ host: String, _ more: [String: String], _ refuse: (String) -> Failure) throws {
            guard HostInventory.machine(host, more) != nil else {
                throw refuse("“\(host.prefix(60))” is not a host's name")
            }
            if variables[host] == nil {
                order.append(host)
                variables[host] = [:]
            }
            for (name, value) in more {
                if let before = variables[host]?[name], before != value {
                    throw refuse("\(host.prefix(60)) has two values of \(name.prefix(60))")
                }
                variables[host]?[name] = value
            }
            guard order.count <= HostInventory.most else {
                throw refuse("there are more than \(HostInventory.most) hosts")
            }
        }

        var all: [MachineHost] { order.compactMap { HostInventory.machine($0, variables[$0] ?? [:]) } }
    }

    /// `lpar[01:12].example`, one range in a name.
    static func names(_ word: String, _ refuse: (String) -> Failure) throws -> [String] {
        guard let open = word.firstIndex(of: "[") else { return [word] }
        guard let close = word.firstIndex(of: "]"), open < close else {
            throw refuse("the range of “\(word.prefix(60))” has no end")
        }
        let parts = word[word.index(after: open)..<close].split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let first = Int(parts[0]), let last = Int(parts[1]), first >= 0, first <= last,
            last - first < most, !word[word.index(after: close)...].contains("[")
        else { throw refuse("the range of “\(word.prefix(60))” is not one like [01:12]") }
        let width = parts[0].hasPrefix("0") ? parts[0].count : 0
        return (first...last).map { number in
            let digits = String(number)
            let padded = String(repeating: "0", count: max(0, width - digits.count)) + digits
            return word[..<open] + padded + word[word.index(after: close)...]
        }
    }

    // MARK: ansible-inventory

    /// Throws `Failure` with code `machine.inventory`.
    package static func listed(_ bytes: [UInt8]) throws -> [MachineHost] {
        struct Listing: Decodable {
            struct Meta: Decodable {
                let hostvars: [String: [String: JSONScalar]]?
            }
            let _meta: Meta?
        }
        func refuse(_ reason: String) -> Failure {
            Failure(
                "machine.inventory", "what ansible-inventory printed \(reason)",
                advice: "look at `ansible-inventory --list` yourself")
        }
        let listing = try JSON.decode(Listing.self, from: bytes, named: "what ansible-inventory printed")
        let hosts = listing._meta?.hostvars ?? [:]
        guard hosts.count <= most else { throw refuse("has more than \(most) hosts") }
        return try hosts.keys.sorted().map { host in
            let variables = (hosts[host] ?? [:]).compactMapValues(\.text)
            // What decides how ssh gets there, and is not read here.
            let ways = ["_args", "private_key", "executable", "ssh_password", "ssh_pass"]
            if let other = hosts[host]?.keys.sorted().first(where: { name in
                name.hasPrefix("ansible_")
                    && (ways.contains(where: name.contains) || known.contains(name) && variables[name] == nil)
            }) {
                throw refuse("has \(other) for \(host), which is not read; use --via")
            }
            if let way = variables["ansible_connection"], way != "ssh" {
                throw refuse("reaches \(host) by \(way.prefix(40)), and not by ssh")
            }
            guard let made = machine(host, variables) else {
                throw refuse("has “\(host.prefix(60))”, which is not a host's name")
            }
            return made
        }
    }

    /// A variable's value where it is a text or a number.
    private struct JSONScalar: Decodable {
        let text: String?

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            text = (try? container.decode(String.self)) ?? (try? container.decode(Int.self)).map(String.init)
        }
    }

    static func machine(_ host: String, _ variables: [String: String]) -> MachineHost? {
        func value(_ name: String) -> String? { variables["ansible_\(name)"] ?? variables["ansible_ssh_\(name)"] }
        let port = value("port")
        guard port.map({ Int($0).map { (1...65_535).contains($0) } ?? false }) ?? true else { return nil }
        return MachineHost(ssh: host, address: value("host"), user: value("user"), port: port.flatMap { Int($0) })
    }
}
