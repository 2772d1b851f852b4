// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
package import Records
internal import SystemPackage

extension SandboxStore {
    /// The finished sandbox of that lock, if there is one, whose files are those that were installed.
    ///
    /// A digest of each file's number, size, mode, owner and time of change was kept when all content had been checked;
    /// the time of change is the kernel's own and can't be set, so whatever writes to a file shows (stat(2), `st_ctim`).
    /// Where the digest differs, all content is compared with the packages' checksums again, which takes some seconds.
    ///
    /// Throws `Failure` with code `sandbox.altered` that names what differs.
    package func verified(_ lock: SandboxLock) throws -> SandboxRoot? {
        guard let root = existing(lock) else { return nil }
        let file = root.path.removingLastComponent().appending("fingerprint")
        let fingerprint = try FileManifest.listing(of: root.path).fingerprint
        if Files.size(file) == 64, try Files.text(file) == fingerprint.hexadecimal { return root }
        let differences = try root.verify().differences
        guard differences.isEmpty else {
            let some = differences.prefix(3).map { "\($0.kind.rawValue) /\($0.path)" }.joined(separator: ", ")
            throw Failure(
                "sandbox.altered",
                "\(differences.count) files of the sandbox are not what its packages installed: \(some)",
                advice:
                    "find out who changed them; `bessemer sandbox remove`, then `create`, makes it from its packages")
        }
        try AtomicFile.write(fingerprint.hexadecimal, to: file)
        return root
    }
}
