// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import Host
internal import SystemPackage

/// Asks one server over HTTP, by curl: what it knows of certificates and proxies is what the host's operators set up.
///
/// The credential goes to curl by its standard input, and to that server alone: a redirection is an error.
package struct WebClient: Sendable {
    /// `https://cmdb.example`, without a slash at its end.
    package let address: String
    private let authorization: String
    /// What no text of an answer may hold.
    private let secrets: [[UInt8]]
    /// On this machine, so without a proxy.
    private let isNear: Bool
    /// Waits between attempts.
    private let clock: HostClock

    /// One request and its answer, the connection included.
    private static let deadline = 120
    /// Bytes of an answer that are read.
    private static let largest = 64 << 20
    /// A server that asks for a pause gets it, that often.
    private static let attempts = 5
    private static let longestPause = 60

    /// `authorization` is a header's value: `Token …`. Throws `Failure` with code `cmdb.address` for an address that a
    /// credential is not sent to.
    package init(_ address: String, authorization: String, clock: HostClock = .system) throws {
        var address = address
        while address.hasSuffix("/") { address.removeLast() }
        func refuse(_ reason: String) -> Failure {
            Failure(
                "cmdb.address", "the address \(address) \(reason)",
                advice: "give one such as https://cmdb.example, without a user, a query or a fragment")
        }
        guard let url = URL(string: address), let host = url.host(), !host.isEmpty, url.user == nil,
            url.query == nil, url.fragment == nil, ["https", "http"].contains(url.scheme?.lowercased())
        else { throw refuse("is not one of a server") }
        guard
            address.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") })
        else { throw refuse("has characters that an address does not have") }
        let isNear =
            host == "localhost" || host == "::1" || host == "[::1]"
            || host.wholeMatch(of: #/127(\.[0-9]{1,3}){3}/#) != nil
        guard url.scheme?.lowercased() == "https" || isNear else {
            throw refuse("is not encrypted, and a credential would be sent to it")
        }
        guard authorization.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) else {
            throw Failure(
                "cmdb.credential", "the credential for \(address) has characters that a header does not have",
                advice: "give the token as the server printed it, in one line")
        }
        self.address = address
        self.isNear = isNear
        self.authorization = authorization
        let value = authorization.split(separator: " ").last.map(String.init) ?? authorization
        let password = Data(base64Encoded: value).map { String(decoding: $0, as: UTF8.self) }
            .flatMap { $0.split(separator: ":", maxSplits: 1).last.map(String.init) }
        secrets = [authorization, value, password].compactMap(\.self).filter { $0.utf8.count >= 6 }.map {
            Array($0.utf8)
        }
        self.clock = clock
    }

    package struct Answer: Sendable {
        package let status: Int
        package let contentType: String
        package let bytes: [UInt8]

        /// The answer as JSON. Throws `Failure` with code `cmdb.answer`.
        package func json(from what: String) throws -> CanonicalJSON {
            guard contentType.lowercased().contains("json") else {
                throw Failure(
                    "cmdb.answer",
                    "\(what) answered with \(contentType.isEmpty ? "no type" : contentType) and not with JSON "
                        + "(status \(status))",
                    advice: "check the address: a login page or a proxy may stand before the server")
            }
            do {
                return try CanonicalJSON(foreign: bytes)
            } catch {
                throw Failure(
                    "cmdb.answer", "the answer of \(what) is not whole JSON (status \(status))",
                    advice: "try again; the server or something before it cut the answer off", underlying: error)
            }
        }
    }

    /// A request by its path, `/api/status/`, with a JSON body where there is one.
    ///
    /// Asks again where the server says that it is busy (429, 503). Throws `Failure` with code `cmdb.unreachable` where no answer
    /// came, `cmdb.redirect`, `cmdb.refused` for a credential that does not count, `cmdb.busy`.
    package func send(_ method: String, _ path: String, _ body: CanonicalJSON? = nil) async throws -> Answer {
        var pause = 1
        for attempt in 1... {
            let (answer, retry) = try await once(method, path, body)
            guard [429, 503].contains(answer.status) else { return answer }
            guard attempt < Self.attempts, (retry ?? 0) <= Self.longestPause else {
                throw Failure(
                    "cmdb.busy",
                    "\(address) is busy (status \(answer.status))"
                        + (retry.map { " and asks for \($0) s" } ?? ""),
                    advice: "run the same command later: it goes on where it stopped")
            }
            try await clock.sleep(for: .seconds(max(pause, retry ?? 0)))
            pause *= 2
        }
        throw Failure("cmdb.busy", "\(address) is busy", advice: "run the same command later")
    }

    private func once(
        _ method: String, _ path: String, _ body: CanonicalJSON?
    ) async throws -> (answer: Answer, retryAfter: Int?) {
        var lines = [
            "url = \(Self.quoted(address + path))", "request = \(Self.quoted(method))",
            "header = \(Self.quoted("Authorization: \(authorization)"))", "header = \"Accept: application/json\"",
            "header = \"Expect:\"", "silent", "show-error", "globoff", "proto = \"=http,https\"",
            "connect-timeout = 20", "max-time = \(Self.deadline)", "max-filesize = \(Self.largest)",
            #"write-out = "%{stderr}\n\#(Self.mark) %{response_code}\n%{content_type}\n%header{retry-after}\n%{redirect_url}\n""#,
        ]
        var folder: TemporaryBody?
        if isNear { lines.append("noproxy = \"*\"") }
        if let body {
            let file = try TemporaryBody(body.bytes)
            folder = file
            lines += ["header = \"Content-Type: application/json\"", "data-binary = \(Self.quoted("@" + file.path))"]
        }
        defer { folder?.remove() }
        // Not the user's .curlrc, which may follow redirections.
        let outcome = try await Command("curl", ["--disable", "--config", "-"]).capture(
            limit: Self.largest + 1, deadline: .seconds(Self.deadline + 10), input: lines.joined(separator: "\n") + "\n"
        )
        let said = outcome.error.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard let mark = said.firstIndex(where: { $0.hasPrefix(Self.mark) }), mark + 3 < said.count,
            let status = Int(said[mark].dropFirst(Self.mark.count + 1)), outcome.succeeded, status > 0,
            !outcome.truncated
        else {
            let words = said.last { $0.hasPrefix("curl:") } ?? "curl ended with \(outcome.ending.text)"
            throw Failure(
                "cmdb.unreachable", "\(address) did not answer: \(words.prefix(300))",
                advice: "check the address and that the server runs; then run the same command again")
        }
        if (300..<400).contains(status) {
            throw Failure(
                "cmdb.redirect",
                "\(address)\(path) leads to \(said[mark + 3].prefix(200)), which is not followed: "
                    + "the credential is for one server",
                advice: "set the address that it leads to, where that is the right one")
        }
        return (
            Answer(status: status, contentType: said[mark + 1], bytes: cleared(outcome.bytes)), Int(said[mark + 2])
        )
    }

    private static let mark = "bessemer-http"

    /// Servers print what they were sent when something is wrong with it.
    private func cleared(_ bytes: [UInt8]) -> [UInt8] {
        secrets.reduce(bytes) { $0.firstRange(of: $1) == nil ? $0 : $0.replacing($1, with: Array("[left-out]".utf8)) }
    }

    /// As a value of curl's configuration files.
    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}

/// A request's body in a file of its own: curl's configuration has no room for a large one.
private struct TemporaryBody {
    let path: String

    init(_ bytes: [UInt8]) throws {
        path = NSTemporaryDirectory() + "/bessemer-request-\(UUID().uuidString)"
        try AtomicFile.write(bytes, to: .init(path), permissions: AtomicFile.own, replacing: false)
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }
}
