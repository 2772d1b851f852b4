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

    private static let mostNotes = 20

    func seen(_ before: WatchHistory.State?) throws -> Seen {
        let path = place.path(name)
        let files = try VendorConfigurations(path)
        let passed = files.unread + files.others
        var notes = passed.prefix(Self.mostNotes).map { "not read: \($0.reason)" }
        if passed.count > notes.count { notes.append("not read: \(passed.count - notes.count) files more") }
        let values = files.found.flatMap { file, configuration in
            Self.options(
                options, of: file, in: configuration, detail: configuration.subject, digest: configuration.digest)
        }
        guard !values.isEmpty else {
            throw Failure.unwatchable(
                "\(path) holds no kernel configuration for s390"
                    + (passed.first.map {
                        " (\($0.reason)" + (passed.count > 1 ? ", and \(passed.count - 1) more)" : ")")
                    }
                        ?? ""),
                advice: "put files config-* there, as distributions install them in /boot")
        }
        // Of files that could not be read what was known stays, and the rest is unknown; options that are not looked for any
        // more are forgotten.
        let known = (before?.values ?? []).filter { old in !values.contains { $0.subject == old.subject } }
        let unread = Dictionary(files.unread.map { ($0.file, $0.reason) }) { first, _ in first }
        let kept = known.filter { old in old.option.map { unread[$0.file] != nil && options.contains($0.name) } == true
        }
        let unknown = files.unread.prefix(Self.mostNotes).flatMap { other in
            options.map {
                Sighting.Value(.option, Sighting.option($0, of: other.file), "unknown", detail: other.reason)
            }
        }.filter { value in !kept.contains { $0.subject == value.subject } }
        let gone = known.filter { old in
            !kept.contains(old) && old.option.map { options.contains($0.name) } == true
        }
        return Seen(
            digest: files.digest,
            values: values + kept + unknown + gone.map { Sighting.Value(.option, $0.subject, nil) }, notes: notes)
    }

    private static func shown(_ setting: DotConfig.Setting?) -> String {
        guard let setting else { return "n" }
        let text = String(setting.value.prefix(200))
        return setting.isQuoted ? "\"\(text)\"" : text
    }

    /// The options of one configuration. One that the file does not name can't be switched on in that kernel.
    static func options(
        _ names: [String], of subject: String, in configuration: DotConfig, detail: String?, digest: Digest? = nil
    ) -> [Sighting.Value] {
        names.map { name in
            Sighting.Value(
                .option, Sighting.option(name, of: subject), shown(configuration.settings[name]),
                detail: ([detail] + (configuration[name] == nil ? ["not in the file"] : [])).compactMap(\.self)
                    .joined(separator: ", "), digest: digest)
        }
    }
}
