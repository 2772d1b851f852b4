// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records
package import SystemPackage

/// A Debian mirror and the keys that sign it.
package struct Mirror: Sendable, Hashable {
    /// Without a slash at its end.
    package let address: String
    package let keyring: FilePath

    package init(address: String, keyring: FilePath) {
        self.address = address.hasSuffix("/") ? String(address.dropLast()) : address
        self.keyring = keyring
    }

    /// The address of a package file, with the characters escaped that apt would escape.
    func address(of package: LockedPackage) -> String {
        let path = package.path.replacing("%", with: "%25").replacing("~", with: "%7e").replacing("+", with: "%2b")
        return "\(address)/\(path)"
    }

    /// The mirror that this host's apt uses for Debian, as `apt-get indextargets` tells it (apt-get(8)).
    ///
    /// `override` takes the place of the address; where that is an archive of all times, `lock` says of which.
    ///
    /// Throws `Failure` with code `mirror.unknown` where apt has none, `mirror.no-keys`, and `mirror.no-time`.
    package static func ofHost(override: String? = nil, lock: SandboxLock? = nil) async throws -> Mirror {
        let format = "$(REPO_URI)\t$(LABEL)\t$(COMPONENT)\t$(SIGNED_BY)"
        let listing = try await Command(
            "apt-get", ["indextargets", "--format", format, "Created-By: Packages"]
        ).output("mirror.unknown", doing: "asking apt for its sources", advice: "name a mirror with --mirror ADDRESS")
        let fields = listing.split(separator: "\n").map {
            $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
        let main = fields.filter { $0.count == 4 && $0[2] == "main" }
        let entry = main.first { $0[1] == "Debian" } ?? main.first { $0[0].split(separator: "/").last == "debian" }
        guard let address = override ?? entry?[0] else {
            throw Failure(
                "mirror.unknown", "this host's apt has no Debian mirror configured",
                advice: "name one with --mirror ADDRESS (the folder that holds dists/ and pool/)")
        }
        let keyrings = [entry?[3], "/usr/share/keyrings/debian-archive-keyring.gpg"].compactMap { $0 }.filter {
            $0.hasPrefix("/")
        }
        guard let keyring = keyrings.map({ FilePath($0) }).first(where: Files.exists) else {
            throw Failure(
                "mirror.no-keys", "no keyring with Debian's archive keys was found",
                advice: "install it: apt-get install debian-archive-keyring")
        }
        return try Mirror(address: address, keyring: keyring).at(lock)
    }
}
