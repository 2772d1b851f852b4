// SPDX-License-Identifier: Apache-2.0
package import Host
package import SystemPackage

/// The configurations of s390x kernels in a folder, or in one file, that somebody else wrote.
///
/// Of a folder the files are read whose names begin with `config` or end in `.config`. No link is followed, and a
/// configuration is one of an s390x kernel where it has `CONFIG_S390=y`.
package struct VendorConfigurations: Sendable {
    package struct Other: Sendable, Hashable {
        package let file: String
        /// What is wrong with it, with the file's name.
        package let reason: String
    }

    /// By their names in the folder, sorted.
    package private(set) var found: [(file: String, configuration: DotConfig)] = []
    /// Files that could not be read, so that nothing is known of them.
    package private(set) var unread: [Other] = []
    /// Files that were read and are something else.
    package private(set) var others: [Other] = []
    /// Of all files that were read, and their names.
    package let digest: Digest

    private static let most = 1000

    /// Throws `Failure` with code `configurations.missing` where there is nothing of that name, and
    /// `configurations.unreadable` where one file is named and it can't be read.
    package init(_ path: FilePath) throws {
        let isFolder = Files.isDirectory(path)
        let last = path.lastComponent?.string ?? ""
        let advice = "name a kernel's configuration, or a folder of files whose names begin with config"
        guard isFolder || Files.status(path, followingLinks: false) != nil else {
            throw Failure("configurations.missing", "there is no \(path)", advice: advice)
        }
        let folder = ForeignFolder(isFolder ? path : path.removingLastComponent())
        let names =
            isFolder ? try folder.names().filter { $0.hasPrefix("config") || $0.hasSuffix(".config") } : [last]
        var digester = Digester()
        for file in names.prefix(Self.most) {
            do {
                let configuration = DotConfig(bytes: try folder.bytes(of: file, limit: DotConfig.largestFile))
                digester.add("\(file) \(configuration.digest)\n")
                if configuration.tristate("S390") == .yes {
                    found.append((file, configuration))
                } else {
                    others.append(Other(file: file, reason: "\(file) \(Self.kind(of: configuration))"))
                }
            } catch let failure as Failure {
                // What is wrong with a file of somebody else's is not for the reader to correct there.
                guard isFolder else { throw Failure("configurations.unreadable", failure.message, advice: advice) }
                unread.append(Other(file: file, reason: failure.message))
            }
        }
        unread += names.dropFirst(Self.most).map {
            Other(file: $0, reason: "\($0) is one more than the \(Self.most) files that are read")
        }
        digest = digester.finish()
    }

    private static func kind(of configuration: DotConfig) -> String {
        if configuration.settings.isEmpty { return "is not a kernel configuration" }
        return "is of \(configuration.subject ?? "a kernel") without CONFIG_S390=y"
    }
}
