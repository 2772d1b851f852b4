// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import Records

/// Debian's archive of every version that it ever had: below one address a folder for each time, which is a mirror of
/// that time: `ADDRESS/archive/debian/20261127T120000Z/`. A time at which nothing was taken in leads to the one before it.
extension Mirror {
    /// How its address ends, for advice: which archive there is, is for the host's owner to say.
    static let snapshots = "ADDRESS/archive/debian"

    /// Whether the address is one time of such an archive. Its Release files are past their validity for a good reason.
    var isSnapshot: Bool {
        let folders = address.split(separator: "/")
        guard folders.count > 2, folders.dropLast().suffix(2).first == "archive", let time = folders.last else {
            return false
        }
        return time.wholeMatch(of: /[0-9]{8}T[0-9]{6}Z/) != nil
    }

    /// Whether the address is such an archive of all times.
    private var isArchive: Bool {
        let folders = address.split(separator: "/")
        return folders.suffix(2).first == "archive" && folders.last == "debian"
    }

    /// The same mirror, or the time of the archive at which the lock's versions were the newest.
    ///
    /// Throws `Failure` with code `mirror.no-time` where it is such an archive and there is no lock.
    func at(_ lock: SandboxLock?) throws -> Mirror {
        guard isArchive else { return self }
        guard let time = lock?.snapshotTime else {
            throw Failure(
                "mirror.no-time", "\(address) has mirrors of all times, and no lock says of which",
                advice: "give a lock, or put a time behind it: \(address)/20261127T120000Z/")
        }
        return Mirror(address: "\(address)/\(time)", keyring: keyring)
    }
}

extension SandboxLock {
    /// A time at which the archive surely has what the lock names: it takes a suite in some hours after its date, and a
    /// file stays for a day at least when there is a newer one.
    var snapshotTime: String? {
        suites.map(\.date).max()?.addingTimeInterval(12 * 3600)
            .ISO8601Format(.init(dateSeparator: .omitted, timeSeparator: .omitted))
    }
}
