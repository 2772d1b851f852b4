// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import KernelTree
internal import Records
internal import SystemPackage

/// A vendor's kernel configuration, or a folder of them. No link is followed in it, and nothing but files is read.
struct ConfigurationLook: Sendable {
    let name: String
    let options: [String]
    let place: WatchPlace

    var source: String { "configurations \(name)" }

    private static let most = 1000

    func seen(_ before: WatchHistory.State?) throws -> Seen {
        let path = place.path(name)
        let isFolder = Files.isDirectory(path)
        guard let last = path.lastComponent?.string, Files.status(path, followingLinks: false) != nil else {
            throw Failure.unwatchable(
                "there is no \(path)", advice: "name a file or a folder under `watch.configurations`")
        }
        let folder = ForeignFolder(isFolder ? path : path.removingLastComponent())
        let names = isFolder ? try folder.names().filter { $0.hasPrefix("config") } : [last]
        var digester = Digester()
        var values: [Sighting.Value] = []
        var notes: [String] = []
        var unread = Set(names.dropFirst(Self.most))
        for file in names.prefix(Self.most) {
            let bytes: [UInt8]
            do {
                bytes = try folder.bytes(of: file, limit: DotConfig.largestFile)
            } catch let failure as Failure {
                if !isFolder { throw failure }
                notes.append("not read: \(failure.message)")
                unread.insert(file)
                continue
            }
            let digest = Digest(of: bytes)
            digester.add("\(file) \(digest)\n")
            let configuration = DotConfig(String(decoding: bytes, as: UTF8.self))
            guard !configuration.settings.isEmpty else {
                notes.append("not read: \(file) is not a kernel configuration")
                continue
            }
            if let subject = configuration.subject, !subject.hasPrefix("Linux/s390") {
                notes.append("not read: \(file) is of \(subject)")
                continue
            }
            values += Self.options(options, of: file, in: configuration, detail: configuration.subject, digest: digest)
        }
        if names.count > Self.most { notes.append("only \(Self.most) of \(names.count) files were read") }
        guard !values.isEmpty else {
            throw Failure.unwatchable(
                "\(path) holds no kernel configuration for s390"
                    + (notes.first.map { " (\($0)" + (notes.count > 1 ? ", and \(notes.count - 1) more)" : ")") } ?? ""),
                advice: "put files config-* there, as distributions install them in /boot")
        }
        // Of files that could not be read what was known stays; options that are not looked for any more are forgotten.
        let known = (before?.values ?? []).filter { old in !values.contains { $0.subject == old.subject } }
        let kept = known.filter { old in unread.contains { old.subject.hasSuffix(" of \($0)") } }
        let gone = known.filter { old in
            !kept.contains(old) && options.contains { old.subject.hasPrefix("CONFIG_\($0) of ") }
        }
        return Seen(
            digest: digester.finish(),
            values: values + kept + gone.map { Sighting.Value(.option, $0.subject, nil) }, notes: notes)
    }

    /// The options of one configuration. One that the file does not name can't be switched on in that kernel.
    static func options(
        _ names: [String], of subject: String, in configuration: DotConfig, detail: String?, digest: Digest? = nil
    ) -> [Sighting.Value] {
        names.map { name in
            Sighting.Value(
                .option, "CONFIG_\(name) of \(subject)", configuration[name].map { String($0.prefix(200)) } ?? "n",
                detail: ([detail] + (configuration[name] == nil ? ["not in the file"] : [])).compactMap(\.self)
                    .joined(separator: ", "), digest: digest)
        }
    }
}
