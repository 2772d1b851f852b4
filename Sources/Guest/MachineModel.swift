// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
package import Records
package import Sandbox

/// The CPU models that a QEMU knows (`qemu-system-s390x -cpu help`).
package struct MachineModels: Sendable, Hashable {
    struct Entry: Sendable, Hashable {
        let model: String
        /// `IBM z15 T01 GA1`
        let description: String
    }

    let entries: [Entry]

    /// - Parameter help: what `-cpu help` prints.
    init(help: String) {
        var entries: [Entry] = []
        for line in help.split(whereSeparator: \.isNewline) {
            // Models are indented; what follows them is a heading again.
            guard line.hasPrefix(" ") else {
                if !entries.isEmpty { break }
                continue
            }
            let words = line.split(separator: " ", maxSplits: 1)
            guard let model = words.first else { continue }
            let description = words.dropFirst().first?.trimmingCharacters(in: .whitespaces) ?? ""
            entries.append(Entry(model: String(model), description: description))
        }
        self.entries = entries
    }

    /// Asks the QEMU of the sandbox. Throws `Failure` with code `guest.emulator`.
    package static func known(to sandbox: SandboxRoot) async throws -> MachineModels {
        let help = try await sandbox.command(Command("qemu-system-s390x", ["-cpu", "help"])).output(
            "guest.emulator", doing: "asking QEMU for its CPU models",
            advice: "install qemu-system-s390x in the sandbox", deadline: .seconds(60))
        return MachineModels(help: help)
    }

    /// What QEMU calls a machine: its own names, and those under which it is sold. QEMU describes the z15 as `IBM z15`
    /// and knows later ones by their generation and type alone (`gen16a`, `IBM 3931`).
    ///
    /// Throws `Failure` with code `guest.machine` that lists the models.
    package func model(of name: String) throws -> String {
        let wanted = name.lowercased()
        let generation = wanted.hasPrefix("z") ? Int(wanted.dropFirst()) : nil
        let found =
            entries.first { $0.model.lowercased() == wanted }
            ?? entries.first {
                !$0.model.hasSuffix("-base")
                    && $0.description.lowercased().split(separator: " ").contains(Substring(wanted))
            } ?? generation.flatMap { number in entries.first { $0.model == "gen\(number)a" } }
        if let found { return found.model }
        let names = entries.map(\.model).filter { !$0.hasSuffix("-base") }
        throw Failure(
            "guest.machine", "QEMU knows no machine \"\(name)\"",
            advice: "name one that is sold (z13, z14, z15, z16) or one of QEMU's models: "
                + names.joined(separator: ", "))
    }

    /// The machine of that name as this QEMU can give it. Features that it lacks are left out where the rest of the
    /// machine can be had. Throws `Failure` with code `guest.machine` or `guest.emulator`.
    package func machine(_ name: String, in sandbox: SandboxRoot) async throws -> MachineModel {
        let model = try model(of: name)
        var without: [String] = []
        // What depends on a feature may show only when that one is off.
        for _ in 0..<5 {
            let machine = MachineModel(name: name, model: model, without: without)
            let answer = try await Self.answer(to: machine.cpu, in: sandbox)
            guard let answer else { return machine }
            let missing = Self.missingFeatures(in: answer).filter { !without.contains($0) }
            guard !missing.isEmpty else {
                return MachineModel(name: name, model: model, impossible: Self.sentence(of: answer))
            }
            without += missing
        }
        return MachineModel(name: name, model: model, impossible: "QEMU finds ever more features missing")
    }

    /// What QEMU says against such a CPU; nil where it takes it.
    private static func answer(to cpu: String, in sandbox: SandboxRoot) async throws -> String? {
        let outcome = try await sandbox.command(
            Command(
                "qemu-system-s390x",
                [
                    "-machine", GuestMachine.model, "-accel", GuestMachine.accelerator, "-cpu", cpu, "-nodefaults",
                    "-display", "none", "-S", "-monitor", "stdio",
                ]), devices: GuestMachine.accelerator == "kvm" ? ["/dev/kvm"] : []
        ).capture(deadline: .seconds(60), input: "quit\n")
        if outcome.succeeded { return nil }
        guard !outcome.error.isEmpty else {
            throw Failure(
                "guest.emulator", "QEMU did not say whether it can be a \(cpu): \(outcome.ending.text)",
                advice: "run `qemu-system-s390x -cpu \(cpu)` in the sandbox")
        }
        return outcome.error
    }

    /// check_compat_model_failed() and check_unavailable_features() in QEMU's target/s390x/cpu_models.c.
    static func missingFeatures(in answer: String) -> [String] {
        let marker = "not available in the current configuration: "
        for line in answer.split(whereSeparator: \.isNewline) {
            guard let range = line.range(of: marker) else { continue }
            return line[range.upperBound...].split(separator: " ").map(String.init)
        }
        return []
    }

    static func sentence(of answer: String) -> String {
        let line = answer.split(whereSeparator: \.isNewline).first.map(String.init) ?? answer
        let name = "qemu-system-s390x: "
        return line.hasPrefix(name) ? String(line.dropFirst(name.count)) : line
    }
}
