// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records
package import SystemPackage

extension SandboxLock {
    /// Reads a lock file. Throws `Failure` with code `lock.unreadable`.
    package init(contentsOf path: FilePath) throws {
        do {
            self = try JSON.read(SandboxLock.self, from: path)
        } catch let failure as Failure {
            throw Failure(
                "lock.unreadable", "could not read the sandbox lock \(path)",
                advice: "name a lock file with --lock; `bessemer sandbox lock --output FILE` writes a new one",
                underlying: failure.underlying ?? failure.message)
        }
        func refuse(_ reason: String) -> Failure {
            Failure(
                "lock.unreadable", "\(path) is not a sandbox lock\(reason)",
                advice: "name a file that `bessemer sandbox lock` wrote")
        }
        guard form == Self.form else { throw refuse(" of the form \(Self.form)") }
        if let fault = (installed + fetched + (guest ?? [])).lazy.compactMap(\.fault).first {
            throw refuse(": \(fault)")
        }
        if let fault = specification?.fault { throw refuse(": \(fault)") }
        if let other = toolchains?.first(where: { !SandboxSpecification.isName($0.name) || $0.size < 0 }) {
            throw refuse(": \(other.name) is not the name of a toolchain")
        }
        guard suites.allSatisfy({ LockedPackage.matches($0.name, first: "a-z", rest: "a-zA-Z0-9./-") }) else {
            throw refuse(": a suite's name has other characters than a suite's")
        }
    }
}
