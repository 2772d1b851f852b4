// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import Records
internal import SystemPackage

/// Chooses the versions of a sandbox's packages with the host's apt, in a configuration of its own.
struct SandboxResolver: Sendable {
    let specification: SandboxSpecification
    let mirror: Mirror
    /// Accept a suite whose Release file is past its validity.
    let allowExpired: Bool
    var now = Date()
    /// Has the packages that stay as they are where the mirror's list of another architecture can't be read.
    var older: SandboxLock?
    /// The suite whose packages are taken where several have one; nil: as apt prefers.
    var preferred: String?
    /// Bytes of a file that apt may write; nil for any.
    var largestList: Int?

    /// Asks the mirror and returns a lock; `folder` holds apt's state meanwhile, and `say` tells what could not be read.
    ///
    /// Throws `Failure` with code `sandbox.no-network`, `sandbox.expired` or `sandbox.unresolvable`.
    func resolve(in folder: FilePath, onProgress: ProgressSink, say: (String) -> Void = { _ in }) async throws
        -> SandboxLock
    {
        onProgress(WorkProgress("reading the mirror's package lists"))
        let kept = try await readLists(folder, say)
        let suites = try releases(folder)
        if let expired = suites.first(where: { $0.isExpired(at: now) }), !allowExpired, !mirror.isSnapshot,
            let until = expired.validUntil
        {
            throw Failure(
                "sandbox.expired",
                "the Release file of suite \(expired.name) is valid until \(until.ISO8601Format()) and so past its validity",
                advice:
                    "use a lock (create --lock FILE: its packages are pinned by digest), or accept it with --allow-expired"
            )
        }
        onProgress(WorkProgress("choosing package versions"))
        let chosen = try await installations(
            ["?and(?essential,?architecture(\(SandboxSpecification.native)))"]
                + specification.installed.map(\.reference), "sandbox", folder)
        let requests = specification.fetched.filter { kept == nil || $0.architecture == SandboxSpecification.native }
        let fetched = try await locked(fetchedVersions(of: requests, folder), folder)
        if let kept {
            return SandboxLock(
                suites: suites, installed: try await locked(chosen, folder), fetched: fetched + kept.fetched,
                guest: kept.guest, specification: specification)
        }
        // What apt would install on a machine of the guest's own architecture that has nothing yet.
        let guest =
            specification.guest.isEmpty
            ? []
            : try await installations(
                specification.guest.map(\.reference), "guest", folder, native: SandboxSpecification.guestArchitecture,
                others: [])
        return SandboxLock(
            suites: suites, installed: try await locked(chosen, folder), fetched: fetched,
            guest: try await locked(guest, folder), specification: specification)
    }

    /// The packages of other architectures that an older lock has.
    private struct Kept {
        let fetched: [LockedPackage]
        let guest: [LockedPackage]?
    }

    /// Reads the mirror's package lists, and returns what stays as the older lock has it: while a mirror is synchronised,
    /// a list can be of another day than its Release file, which costs apt the whole suite.
    private func readLists(_ folder: FilePath, _ say: (String) -> Void) async throws -> Kept? {
        try prepare(folder, architectures: nil)
        let update = try await self.update(folder)
        if update.succeeded { return nil }
        let kept = Kept(
            fetched: (older?.fetched ?? []).filter { ![SandboxSpecification.native, "all"].contains($0.architecture) },
            guest: older?.guest)
        if !kept.fetched.isEmpty || kept.guest?.isEmpty == false {
            try prepare(folder, architectures: [SandboxSpecification.native])
            if try await self.update(folder).succeeded {
                let names = (kept.fetched + (kept.guest ?? [])).map(\.text)
                say(
                    "note: a package list of the mirror can't be read; these stay as they were: "
                        + names.prefix(5).joined(separator: ", ")
                        + (names.count > 5 ? " and \(names.count - 5) more" : ""))
                return kept
            }
        }
        throw Failure(
            "sandbox.no-network", "could not read the package lists of \(mirror.address)",
            advice: "check the network and the mirror (apt-get update), or name another with --mirror",
            underlying: Self.errors(update.error + update.output))
    }

    func update(_ folder: FilePath, native: String = SandboxSpecification.native) async throws -> Outcome {
        try await apt("apt-get", ["update", "-q", "-o", "APT::Update::Error-Mode=any"], folder, native: native).capture(
            deadline: .seconds(600))
    }

    /// `architectures` are the ones whose lists are read; nil: all that the specification names.
    func prepare(_ folder: FilePath, architectures: [String]?) throws {
        for inner in [
            "state/lists/partial", "cache/archives/partial", "etc/preferences.d", "etc/sources.list.d",
            "etc/trusted.gpg.d",
        ] {
            try Files.makeDirectory(folder.appending(inner))
        }
        let lines = specification.suites.map { suite in
            "deb [arch=\((architectures ?? suite.architectures).joined(separator: ",")) signed-by=\(mirror.keyring)] "
                + "\(mirror.address) \(suite.name) \(specification.components.joined(separator: " "))\n"
        }
        try AtomicFile.write(lines.joined(), to: folder.appending("etc/sources.list"))
        try AtomicFile.write("", to: folder.appending("status"))
    }

    /// The host's configuration stays in force (proxies, credentials); options on the command line outweigh it.
    func apt(
        _ program: String, _ arguments: [String], _ folder: FilePath, native: String = SandboxSpecification.native,
        others: [String] = [SandboxSpecification.guestArchitecture]
    ) -> Command {
        var options = [
            "APT::Architecture=\(native)", "APT::Architectures=\(([native] + others).joined(separator: ","))",
            "APT::Install-Recommends=false", "APT::Sandbox::User=root", "Acquire::Languages=none",
            "Acquire::Check-Valid-Until=false", "Acquire::Retries=3", "Dir::State=\(folder)/state",
            "Acquire::GzipIndexes=false", "Dir::State::status=\(folder)/status", "Dir::Cache=\(folder)/cache",
            "Dir::Cache::pkgcache=pkgcache-\(native).bin", "Dir::Cache::srcpkgcache=srcpkgcache-\(native).bin",
            "Dir::Etc::sourcelist=\(folder)/etc/sources.list", "Dir::Etc::sourceparts=\(folder)/etc/sources.list.d",
            "Dir::Etc::preferences=/dev/null", "Dir::Etc::preferencesparts=\(folder)/etc/preferences.d",
            "Dir::Etc::trusted=/dev/null", "Dir::Etc::trustedparts=\(folder)/etc/trusted.gpg.d",
        ]
        var environment = ProcessInfo.processInfo.environment
        environment["LC_ALL"] = "C"
        if let preferred { options.append("APT::Default-Release=\(preferred)") }
        let words = [program] + options.flatMap { ["-o", $0] } + arguments
        guard let largestList else { return Command(program, Array(words.dropFirst()), environment: environment) }
        return Command("prlimit", ["--fsize=\(largestList)"] + words, environment: environment)
    }

    func releases(_ folder: FilePath) throws -> [SandboxLock.Suite] {
        let lists = folder.appending("state/lists")
        let files = Files.names(in: lists).filter { $0.hasSuffix("_InRelease") || $0.hasSuffix("_Release") }
        let parsed = try files.map { try Release(text: Files.text(lists.appending($0)), name: $0) }
        return try specification.suites.map { suite in
            guard let release = parsed.first(where: { $0.codename == suite.name || $0.suite == suite.name }) else {
                throw Failure(
                    "sandbox.unresolvable", "the mirror \(mirror.address) gave no Release file for suite \(suite.name)",
                    advice: "name a mirror that carries it with --mirror")
            }
            return SandboxLock.Suite(name: suite.name, date: release.date, validUntil: release.validUntil)
        }
    }

    /// What apt would install of packages and of all that they depend on.
    private func installations(
        _ wanted: [String], _ whose: String, _ folder: FilePath, native: String = SandboxSpecification.native,
        others: [String] = [SandboxSpecification.guestArchitecture]
    ) async throws -> [String] {
        let simulation = try await apt(
            "apt-get", ["install", "--simulate", "--yes"] + wanted, folder, native: native, others: others
        ).output(
            "sandbox.unresolvable", doing: "choosing versions of the \(whose)'s packages",
            advice: "the mirror may be in the middle of an update: try again later, or use a lock")
        return try simulation.split(separator: "\n").filter { $0.hasPrefix("Inst ") }.map(Self.installation)
    }

    /// `Inst NAME (VERSION SUITE [ARCH])` as apt-get --simulate prints it.
    static func installation(_ line: Substring) throws -> String {
        let words = line.split(separator: " ")
        guard words.count >= 4, let open = line.firstIndex(of: "("), let close = line.lastIndex(of: ")"), open < close,
            let version = line[line.index(after: open)..<close].split(separator: " ").first,
            let architecture = line[open..<close].split(separator: "[").last?.split(separator: "]").first
        else {
            throw Failure("sandbox.unresolvable", "apt said something unexpected: \(line)", advice: "report this line")
        }
        let name = words[1].split(separator: ":")[0]
        return architecture == "all" ? "\(name)=\(version)" : "\(name):\(architecture)=\(version)"
    }

    private func fetchedVersions(of requests: [SandboxSpecification.Request], _ folder: FilePath) async throws
        -> [String]
    {
        var versions: [String] = []
        for request in requests {
            var name = request.name
            let listing = try await stanzas(["--no-all-versions", "\(name):\(request.architecture)"], folder)
            // A metapackage stands for the package of its own version that it depends on.
            if let depends = listing.first?["Depends"], let version = listing.first?["Version"],
                let target = depends.split(separator: ",").first(where: { $0.contains("(= \(version))") })?.split(
                    separator: " "
                ).first,
                target.hasPrefix("linux-image-")
            {
                name = String(target)
            }
            let simulation = try await apt(
                "apt-get", ["download", "--print-uris", "\(name):\(request.architecture)\(request.source)"], folder
            )
            .output(
                "sandbox.unresolvable", doing: "looking up \(name)",
                advice: "the mirror may no longer carry it; use a mirror or a lock that has it")
            // 'ADDRESS' NAME_VERSION_ARCH.deb SIZE DIGEST
            let file = simulation.split(separator: "\n").last { $0.hasPrefix("'") }?.split(separator: " ").dropFirst()
                .first
            guard let parts = file?.split(separator: "_"), parts.count == 3 else {
                throw Failure(
                    "sandbox.unresolvable", "apt has no address for \(name)", advice: "use a mirror that carries it")
            }
            let version = parts[1].replacing("%3a", with: ":")
            let architecture = parts[2] == "all.deb" ? "" : ":\(request.architecture)"
            versions.append("\(name)\(architecture)=\(version)")
        }
        return versions
    }

    private func stanzas(_ arguments: [String], _ folder: FilePath) async throws -> [[String: String]] {
        let text = try await apt("apt-cache", ["show"] + arguments, folder).output(
            "sandbox.unresolvable", doing: "reading package descriptions",
            advice: "try again; the mirror may be changing")
        return text.split(separator: "\n\n").map { Self.fields(String($0)) }
    }

    private func locked(_ references: [String], _ folder: FilePath) async throws -> [LockedPackage] {
        guard !references.isEmpty else { return [] }
        let found = try await stanzas(references, folder).compactMap(Self.package)
        let packages = Array(Set(found))
        guard packages.count == Set(references).count else {
            let names = Set(packages.map(\.name))
            let missing = references.filter {
                !names.contains(String($0.split(whereSeparator: { ":=".contains($0) })[0]))
            }
            throw Failure(
                "sandbox.unresolvable", "apt described \(packages.count) of \(references.count) chosen packages",
                advice: "try again; the mirror may be changing", underlying: missing.joined(separator: " "))
        }
        return packages
    }

    /// The single-line fields of a control stanza (deb822(5)).
    static func fields(_ stanza: String) -> [String: String] {
        var fields: [String: String] = [:]
        for line in stanza.split(separator: "\n") where line.first != " " {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[String(line[..<colon])] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        return fields
    }

    static func package(_ fields: [String: String]) -> LockedPackage? {
        guard let name = fields["Package"], let version = fields["Version"], let architecture = fields["Architecture"],
            let sha256 = fields["SHA256"].flatMap(Digest.init(hexadecimal:)),
            let size = fields["Size"].flatMap({ Int($0) }),
            let path = fields["Filename"]
        else { return nil }
        return LockedPackage(
            name: name, version: version, architecture: architecture, sha256: sha256, size: size, path: path)
    }

    static func errors(_ text: String) -> String {
        let errors = text.split(separator: "\n").filter { line in ["E:", "Err:", "W:"].contains(where: line.hasPrefix) }
        return errors.prefix(6).joined(separator: "\n")
    }
}

/// The head of a suite's Release file (Debian repository format).
struct Release {
    let suite: String
    let codename: String
    let date: Date
    let validUntil: Date?

    init(text: String, name: String) throws {
        let head = text.split(separator: "\n").prefix(40)
        let fields = SandboxResolver.fields(head.joined(separator: "\n"))
        guard let date = fields["Date"].flatMap(Self.time) else {
            throw Failure("sandbox.unresolvable", "\(name) has no date", advice: "name another mirror with --mirror")
        }
        suite = fields["Suite"] ?? ""
        codename = fields["Codename"] ?? ""
        self.date = date
        validUntil = fields["Valid-Until"].flatMap(Self.time)
    }

    /// `Sat, 21 Nov 2026 02:10:46 UTC` (RFC 5322 with a named zone).
    static func time(_ text: String) -> Date? {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "UTC")
        formatter.dateFormat = "EEE, d MMM yyyy HH:mm:ss zzz"
        return formatter.date(from: text)
    }
}
