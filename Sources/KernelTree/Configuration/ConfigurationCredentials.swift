// SPDX-License-Identifier: Apache-2.0
internal import Host
package import SystemPackage

/// Refuses kernel configurations that hold a credential: a `.config` is kept as evidence by its digest, so nothing in it
/// can be left out.
package enum ConfigurationCredentials {
    /// Looks at the files that a pilot was given. Throws `Failure` with codes `configuration.credential` and
    /// `configuration.unreadable`.
    package static func refuse(in files: [FilePath]) throws {
        for file in files { try refuse(in: DotConfig(file: file), named: file.lastComponent?.string ?? file.string) }
    }

    /// Throws `Failure` with code `configuration.credential` that names the option and never its value.
    static func refuse(in configuration: DotConfig, named name: String) throws {
        for option in configuration.names {
            guard let setting = configuration.settings[option], let what = credential(option, setting) else { continue }
            throw Failure(
                "configuration.credential", "CONFIG_\(option) in \(name) holds what looks like a credential: \(what)",
                advice:
                    "take it out: a configuration is kept as evidence, and a kernel may hold a copy. Sign modules after the "
                    + "build, name a PIN's file (pin-source= of a PKCS#11 URI), and give a kernel its secrets when it starts"
            )
        }
    }

    /// A value as it may be shown: configurations that nobody refuses are compared, too.
    static func shown(_ setting: DotConfig.Setting, of option: String) -> String {
        credential(option, setting) == nil ? setting.value : Redaction.mark
    }

    /// What a setting holds, named without its value; nil where it holds no credential.
    private static func credential(_ option: String, _ setting: DotConfig.Setting) -> String? {
        guard setting.isQuoted, !setting.value.isEmpty else { return nil }
        if let found = Redaction.found(in: setting.value).first { return found.description }
        // CONFIG_CMDLINE and its like: keys of disks and networks are given so.
        if option.contains("CMDLINE"), let name = KernelParameters.keys(in: setting.value).first {
            return "a value of \(name)"
        }
        return Redaction.isSecret(name: option) ? "the option's name says so" : nil
    }
}
