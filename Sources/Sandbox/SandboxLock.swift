// SPDX-License-Identifier: Apache-2.0
internal import Foundation
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
        guard form == Self.form else {
            throw Failure(
                "lock.unreadable", "\(path) is not a sandbox lock of the form \(Self.form)",
                advice: "name a file that `bessemer sandbox lock` wrote")
        }
        for package in installed + fetched + (guest ?? []) {
            guard let fault = package.fault else { continue }
            throw Failure(
                "lock.unreadable", "\(path) is not a sandbox lock: \(fault)",
                advice: "name a file that `bessemer sandbox lock` wrote")
        }
        guard suites.allSatisfy({ LockedPackage.matches($0.name, first: "a-z", rest: "a-zA-Z0-9./-") }) else {
            throw Failure(
                "lock.unreadable", "\(path) is not a sandbox lock: a suite's name has other characters than a suite's",
                advice: "name a file that `bessemer sandbox lock` wrote")
        }
    }
}
