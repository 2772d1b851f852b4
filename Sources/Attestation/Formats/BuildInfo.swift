// SPDX-License-Identifier: Apache-2.0
internal import Evidence
internal import Foundation
internal import Host
package import Records

/// A kernel's build as Debian records its own: `kernel.buildinfo` (deb-buildinfo(5), format 1.0; deb822(5)).
///
/// Files are named by their paths in the object folder. There are no MD5 and SHA-1 checksums, which that page asks for:
/// nothing is proven by them.
package struct BuildInfo: Sendable {
    private let fields: [(name: String, lines: [String])]

    /// Throws `Failure` where the lock can't be read.
    package init(_ kernel: RunRecord.Kernel, of evidence: RunEvidence) throws {
        let (run, build) = (evidence.run, kernel.build)
        let lock = try evidence.lock()
        let native = lock.flatMap(Self.architecture)
        var fields: [(name: String, lines: [String])] = []
        func add(_ name: String, _ value: String?) {
            if let value { fields.append((name, [Self.line(value)])) }
        }
        add("Format", "1.0")
        add(
            "Source", run.source.package.map { "\($0) (\(run.source.packageVersion ?? run.source.version))" } ?? "linux"
        )
        add("Binary", "linux-image-\(build.release)")
        add("Architecture", "s390x")
        add("Version", build.release)
        fields.append(
            ("Checksums-Sha256", [""] + build.artifacts.map { "\($0.sha256) \($0.size) \(Self.line($0.path))" }))
        add("Build-Architecture", native)
        add("Build-Date", evidence.step(kernel.role.step("build")).map { Self.date($0.record.startedAt) })
        if let lock {
            fields.append(
                (
                    "Installed-Build-Depends",
                    [""]
                        + lock.installed.enumerated().map { index, package in
                            let isPlain = package.architecture == "all" || package.architecture == native
                            return package.name + (isPlain ? "" : ":\(package.architecture)")
                                + " (= \(package.version))"
                                + (index + 1 < lock.installed.count ? "," : "")
                        }
                ))
        }
        fields.append(
            (
                "Environment",
                [""]
                    + build.environment.sorted { $0.key < $1.key }.map {
                        "\(Self.line($0.key))=\(Self.quoted($0.value))"
                    }
            ))
        self.fields = fields
    }

    package var bytes: [UInt8] {
        Array(
            fields.map { field in
                let (first, rest) = (field.lines.first ?? "", field.lines.dropFirst())
                return "\(field.name):\(first.isEmpty ? "" : " \(first)")\n" + rest.map { " \($0)\n" }.joined()
            }.joined().utf8)
    }

    /// That of the sandbox: of dpkg itself, or of what most packages have where dpkg is not installed.
    private static func architecture(_ lock: SandboxLock) -> String? {
        if let dpkg = lock.installed.first(where: { $0.name == "dpkg" }) { return dpkg.architecture }
        let named = Dictionary(grouping: lock.installed.map(\.architecture).filter { $0 != "all" }) { $0 }
        return named.max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }?.key
    }

    /// As deb-changelog(5) has it, in UTC.
    private static func date(_ time: Date) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss Z"
        return formatter.string(from: time)
    }

    /// A value stays on its line, whatever it holds.
    private static func line(_ text: String) -> String {
        String(text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : Character($0) })
    }

    /// In the quotes of the field Environment.
    private static func quoted(_ text: String) -> String {
        "\"" + line(text).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
