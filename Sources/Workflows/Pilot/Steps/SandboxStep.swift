// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Guest
internal import Host
internal import Records
internal import Sandbox

/// The pinned sandbox: the lock that was used, and how it differs from the one that was asked for.
struct PreparedSandbox: Codable, Sendable {
    let lock: SandboxLock
    let drift: [String]

    func facts(at time: Date, isolation: RunRecord.Isolation) -> RunRecord.SandboxFacts {
        RunRecord.SandboxFacts(
            lockDigest: lock.digest, specification: lock.specification?.name, packages: lock.installed.count,
            suites: lock.suites.map {
                .init(name: $0.name, date: $0.date, validUntil: $0.validUntil, expired: $0.isExpired(at: time))
            }, drift: drift, isolation: isolation)
    }
}

extension Keyed where Value == String? {
    /// A mirror's address, known by what of it may be shown.
    init(mirror address: String?) {
        self.init(address, by: address.map { [Redaction.ofProcess.text($0)] } ?? [])
    }
}

/// Makes the sandbox, and fetches what is not installed in it.
struct SandboxStep: Step {
    /// The version alone: another build of Bessemer makes no other sandbox.
    let version: String
    /// nil chooses versions anew.
    let lock: SandboxLock?
    /// Of what versions are chosen.
    let specification: SandboxSpecification?
    /// In the key as it may be shown: of a short password a digest says enough.
    let mirror: Keyed<String?>
    let allowExpired: Bool
    let orAnew: Bool
    let kernel: KernelRequest

    var name: String { "sandbox" }

    func holds(_ made: PreparedSandbox, at site: PilotSite) throws -> Bool {
        let packages = site.sandboxes.packages
        return try site.sandboxes.existing(made.lock) != nil && needed(made.lock).allSatisfy { try packages.holds($0) }
    }

    func perform(at site: PilotSite) async throws -> PreparedSandbox {
        try DiskNeed.sandbox.check(at: site.cache)
        let provision = try await site.sandboxes.provide(
            lock, of: specification, orAnew: orAnew, needed: needed,
            mirror: .ofHost(override: mirror.value, lock: lock),
            allowExpired: allowExpired, onProgress: site.progress, say: site.say)
        return PreparedSandbox(lock: provision.lock, drift: provision.drift)
    }

    /// The packages that are fetched but not installed: the guest's user space, and the source where it is a package.
    private func needed(_ lock: SandboxLock) throws -> [LockedPackage] {
        [try UserSpace.package(in: lock), try kernel.package(in: lock)].compactMap(\.self)
    }
}
