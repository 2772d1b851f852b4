// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import Host
internal import KernelTree
internal import Records
internal import Sandbox
internal import SystemPackage

/// A package of a suite with kernel configurations, which are read from its file.
struct KernelLook: Sendable {
    /// Without the version that the package's name may hold.
    let name: String
    let package: LockedPackage
    let suite: String

    var source: String { "kernel \(name) of \(suite)" }

    private static let mostConfigurations = 20
    /// Bytes of a file in the package that is read.
    private static let largest = 32 << 20

    /// The options of each configuration; those of a package that was read before are taken from there.
    func seen(_ options: [String], _ before: WatchHistory.State?, _ place: WatchPlace) async throws -> Seen {
        let version = Sighting.Value(.version, "package", package.version, digest: package.sha256)
        if let before, before.value(.version, "package")?.digest == package.sha256 {
            let known = before.values.filter { $0.topic == .option && $0.value != nil }
            let names = Set(known.compactMap { $0.subject.split(separator: " ").first.map(String.init) })
            if names == Set(options.map { "CONFIG_\($0)" }) {
                return Seen(digest: package.sha256, values: [version] + known)
            }
        }
        let cache = PackageCache(place.memory.appending("packages"))
        let file = try await place.file(of: package, in: cache)
        defer { try? Files.remove(file) }
        var values: [Sighting.Value] = []
        for (path, bytes) in try await configurations(in: file) {
            let configuration = DotConfig(String(decoding: bytes, as: UTF8.self))
            guard !configuration.settings.isEmpty else { continue }
            let short = path.split(separator: "/").last.map(String.init) ?? path
            values += ConfigurationLook.options(
                options, of: short.replacing(DebianVersion(package.version).upstream, with: "*"), in: configuration,
                detail: "\(package.version), \(path.dropFirst())")
        }
        guard !values.isEmpty else {
            throw Failure.unwatchable(
                "\(package.text) of suite \(suite) holds no kernel configuration",
                advice: "name packages under `watch.kernels` that hold one, e.g. linux-config-*")
        }
        let unique = Dictionary(values.map { ($0.subject, $0) }) { first, _ in first }
        return Seen(digest: package.sha256, values: [version] + unique.values)
    }

    /// Whether the path is where Debian's kernel packages have configurations.
    private static func isConfiguration(_ path: String) -> Bool {
        path.wholeMatch(
            of: #/\./(boot/config-[^/]+|(usr/)?lib/modules/[^/]+/config|usr/src/linux-config-[^/]+/config[^/]*)/#)
            != nil
    }

    /// The package's configurations, without being unpacked to a disk.
    private func configurations(in file: FilePath) async throws -> [(path: String, bytes: [UInt8])] {
        func failure(_ outcome: Outcome) -> Failure {
            Failure.unwatchable(
                "\(package.text) of suite \(suite) can't be read (\(outcome.ending.text))",
                advice: "look at it with `dpkg-deb --contents`")
        }
        let listing = try await Command(
            "sh", ["-c", "dpkg-deb --fsys-tarfile \"$1\" | tar --list --file=-", "sh", file.string]
        ).capture(limit: 64 << 20, deadline: .seconds(600))
        guard listing.succeeded, !listing.truncated else { throw failure(listing) }
        let paths = listing.output.split(separator: "\n").map(String.init).filter(Self.isConfiguration)
        var found: [(String, [UInt8])] = []
        for path in paths.sorted().prefix(Self.mostConfigurations) {
            let outcome = try await Command(
                "sh",
                [
                    "-c",
                    "dpkg-deb --fsys-tarfile \"$1\" | tar --extract --to-stdout --file=- --no-wildcards --occurrence=1 -- \"$2\"",
                    "sh", file.string, path,
                ]
            ).capture(limit: Self.largest, deadline: .seconds(600))
            // dpkg-deb is stopped when tar has what it wants.
            guard !outcome.bytes.isEmpty, !outcome.truncated else { continue }
            let bytes = Bytes(outcome.bytes)
            guard let format = CompressionFormat(magicOf: bytes) else {
                found.append((path, outcome.bytes))
                continue
            }
            do {
                found.append((path, try bytes.decompressed(as: format, limit: Self.largest).array))
            } catch {
                throw Failure.unwatchable(
                    "\(path) of \(package.text) can't be unpacked: \(error)",
                    advice: "look at it with `dpkg-deb --contents`")
            }
        }
        return found
    }
}
