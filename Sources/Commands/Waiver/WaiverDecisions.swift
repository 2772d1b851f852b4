// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Evidence
internal import Foundation
internal import Host
internal import Policy
internal import Records
internal import Signing
internal import Workflows

/// `bessemer waiver approve`.
struct WaiverApprove: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Approve a waiver that somebody else requested, or its renewal.",
        discussion: "Example: bessemer waiver approve W-3f2a9c01b7de --key ~/keys/ada.key")

    @Argument(help: .value("WAIVER", "Its name, or the beginning of it."))
    var waiver: String

    @Option(help: .value("TEXT", "The reason."))
    var note: String?

    @OptionGroup var policy: PolicyOption
    @OptionGroup var keys: SignerOptions

    func run(_ context: Context) async throws {
        let policy = try policy.read(context)
        let (store, waivers, today) = try await context.waivers(policy)
        let status = try waivers.one(waiver)
        let signer = try await keys.person(context)
        guard let open = waivers.open(status.identifier) else {
            throw Failure(
                "waiver.closed",
                "\(status.identifier) is \(status.state.rawValue), and nothing of it waits for approval",
                advice: "`bessemer waiver list` shows what waits for whom")
        }
        try Ballots(policy).check(
            approvalBy: signer.publicKey.fingerprint, of: open.asker, after: open.approved, what: status.identifier)
        let (entry, _) = try await context.record(
            WaiverStatement(
                event: .approve, waiver: status.identifier, terms: nil, approves: open.digest, note: note,
                time: Date().formatted(.iso8601)), in: store, keys)
        let after = try await context.waivers(policy, asOf: today, in: store).one(status.identifier)
        context.say(
            "approved by \(policy.person(withKey: signer.publicKey.fingerprint)?.name ?? ""); entry \(entry.sequence) of the "
                + "evidence log; \(status.identifier) is \(after.state.rawValue)"
                + (after.missing > 0 ? ", \(after.missing) more to approve" : ""))
    }
}

/// `bessemer waiver renew`.
struct WaiverRenew: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "renew", abstract: "Request that a waiver hold until a later day; others approve that again.",
        discussion: """
            Example:
              bessemer waiver renew W-3f2a9c01b7de --until +90 \\
                --reason "flag still unstable" --compensation "as before"
            """)

    @Argument(help: .value("WAIVER", "Its name, or the beginning of it."))
    var waiver: String

    @OptionGroup var terms: WaiverTermOptions
    @OptionGroup var policy: PolicyOption
    @OptionGroup var keys: SignerOptions

    func run(_ context: Context) async throws {
        let policy = try policy.read(context)
        let (store, waivers, today) = try await context.waivers(policy)
        let status = try waivers.one(waiver)
        guard status.state != .revoked else {
            throw Failure(
                "waiver.revoked", "\(status.identifier) was revoked",
                advice: "request another: `bessemer waiver request`")
        }
        try Ballots(policy).check(requestBy: try await keys.person(context).publicKey.fingerprint)
        let old = status.terms
        let terms = WaiverStatement.Terms(
            scope: old.scope, reason: terms.reason, compensation: terms.compensation, owner: old.owner,
            ticket: old.ticket, from: today, until: self.terms.lastDay(today), emergency: false)
        try WaiverLives.check(terms, policy, today: today)
        let (entry, _) = try await context.record(
            WaiverStatement(
                event: .renew, waiver: status.identifier, terms: terms, time: Date().formatted(.iso8601)), in: store,
            keys)
        context.say(
            "renewal of \(status.identifier) to \(terms.until), end of day UTC, requested; entry \(entry.sequence) of the "
                + "evidence log; until then it stays \(status.state.rawValue), to \(status.lastDay)")
        context.say("others approve it: bessemer waiver approve \(status.identifier) --key FILE")
    }
}

/// `bessemer waiver revoke`.
struct WaiverRevoke: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "End a waiver now.",
        discussion: "Example: bessemer waiver revoke W-3f2a9c01b7de --note \"compiler updated\"")

    @Argument(help: .value("WAIVER", "Its name, or the beginning of it."))
    var waiver: String

    @Option(help: .value("TEXT", "The reason."))
    var note: String

    @OptionGroup var policy: PolicyOption
    @OptionGroup var keys: SignerOptions

    func run(_ context: Context) async throws {
        let policy = try policy.read(context)
        let (store, waivers, _) = try await context.waivers(policy)
        let status = try waivers.one(waiver)
        guard status.state != .revoked else {
            throw Failure(
                "waiver.revoked", "\(status.identifier) was revoked already", advice: "it accepts nothing any more")
        }
        let key = try await keys.person(context).publicKey.fingerprint
        guard policy.person(withKey: key) != nil || key == status.requestedBy.key else {
            throw Failure(
                "waiver.not-yours", "the key \(key.short) neither requested \(status.identifier) nor may approve",
                advice: "let who requested it, or somebody whom the policy names, revoke it")
        }
        let (entry, _) = try await context.record(
            WaiverStatement(
                event: .revoke, waiver: status.identifier, terms: nil, note: note, time: Date().formatted(.iso8601)),
            in: store, keys)
        context.say("revoked \(status.identifier); entry \(entry.sequence) of the evidence log")
    }
}
