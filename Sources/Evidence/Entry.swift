// SPDX-License-Identifier: Apache-2.0
package import Foundation
package import Host
package import Records

/// One entry of the evidence log.
///
/// Its statement, canonical JSON of a few hundred bytes, names the body by its SHA-256, and the entry before by the
/// SHA-256 of that one's statement. Both are hashed as they are stored and never encoded again.
package struct Entry: Hashable, Sendable {
    /// The first bytes of every statement's `schema`.
    package static let schema = "bessemer-entry/1"

    private let values: Statement
    /// From 1, without a gap.
    package var sequence: Int { values.sequence }
    /// Of the entry before; nil in the first.
    package var previous: Digest? { values.previous }
    package var kind: RecordKind { values.kind }
    /// Of the kind's form.
    package var version: Int { values.version }
    /// When it was recorded, to the second; never before the entry before.
    package let time: Date
    /// What recorded it: `bessemer 0.2.0`.
    package var recorder: String { values.recorder }
    /// Of the entries that this one stands on: a run's steps.
    package var parents: [Digest] { values.parents }
    package var subjects: [Subject] { values.subjects }
    /// Files that the record stands on, by what they are to it: `candidate/console.log`.
    package var blobs: [Subject] { values.blobs }
    package var bodyDigest: Digest { values.body }
    /// The statement as it is stored.
    package let statement: [UInt8]
    package let body: [UInt8]

    /// Of the statement: what the next entry, and everything that stands on this one, names.
    package var digest: Digest { Digest(of: statement) }

    /// What is to be recorded: everything but its place in the log.
    package struct Draft: Hashable, Sendable {
        package let kind: RecordKind
        package let version: Int
        package let parents: [Digest]
        package let subjects: [Subject]
        package let blobs: [Subject]
        package let body: [UInt8]
        /// It is recorded again where its body is there already.
        package let isEvent: Bool

        /// A record with its canonical bytes, about its own subjects and those.
        ///
        /// Throws `Failure` with code `evidence.number` where it holds a number that is not such an integer.
        package init(
            _ record: some RecordBody, parents: [Digest] = [], about subjects: [Subject] = [], blobs: [Subject] = []
        ) throws {
            let body: [UInt8]
            do {
                body = try CanonicalJSON.encode(record)
            } catch let error as CanonicalJSON.ReadError {
                throw Failure(
                    "evidence.number", "a record of the kind \(type(of: record).kind) can't be written",
                    advice: "report it with what it was made from", underlying: error.reason)
            }
            self.init(
                kind: type(of: record).kind, version: type(of: record).version, parents: parents,
                subjects: record.subjects + subjects, blobs: blobs, body: body, isEvent: type(of: record).isEvent)
        }

        /// Bytes as they are, such as an older Bessemer's.
        package init(
            kind: RecordKind, version: Int, parents: [Digest] = [], subjects: [Subject], blobs: [Subject] = [],
            body: [UInt8], isEvent: Bool = false
        ) {
            self.kind = kind
            self.version = version
            self.parents = parents
            self.subjects = subjects
            self.blobs = blobs
            self.body = body
            self.isEvent = isEvent
        }
    }

    /// A draft in its place, behind `last`, whose body is not looked at. A clock that runs behind the last entry's time is
    /// not followed; one whose statement was altered since stays where it is, and has no time.
    package init(_ draft: Draft, after last: StoredEntry?, at time: Date, recorder: String) {
        let earliest = last.flatMap { try? Statement.read($0.statement).time } ?? time
        let seconds = max(time, earliest).timeIntervalSince1970.rounded(.down)
        let values = Statement(
            schema: Self.schema, sequence: (last?.sequence ?? 0) + 1, previous: last?.digest, kind: draft.kind,
            version: draft.version, time: Date(timeIntervalSince1970: seconds).formatted(.iso8601), recorder: recorder,
            parents: draft.parents, subjects: draft.subjects, blobs: draft.blobs, body: Digest(of: draft.body))
        // Texts, integers and digests alone: there is nothing in it that can't be written.
        let bytes = (try? CanonicalJSON.encode(values)) ?? []
        self.init(values, Date(timeIntervalSince1970: seconds), bytes, draft.body)
    }

    /// An entry as it was stored. Throws `Fault` where the statement is none, or the body is not the one that it names.
    package init(statement: [UInt8], body: [UInt8]) throws(Fault) {
        let (values, time) = try Statement.read(statement)
        guard Digest(of: body) == values.body else { throw .body(named: values.body) }
        self.init(values, time, statement, body)
    }

    private init(_ values: Statement, _ time: Date, _ statement: [UInt8], _ body: [UInt8]) {
        self.values = values
        self.time = time
        self.statement = statement
        self.body = body
    }

    /// What is wrong with stored bytes.
    package enum Fault: Error, Hashable, CustomStringConvertible {
        case statement(String)
        case body(named: Digest)

        package var description: String {
            switch self {
            case .statement(let reason): "its statement can't be read: \(reason)"
            case .body(let digest): "its body is not the one with the SHA-256 \(digest)"
            }
        }
    }
}

/// The members of an entry's statement.
private struct Statement: Codable, Hashable {
    let schema: String
    let sequence: Int
    let previous: Digest?
    let kind: RecordKind
    let version: Int
    let time: String
    let recorder: String
    let parents: [Digest]
    let subjects: [Subject]
    let blobs: [Subject]
    let body: Digest

    /// Throws `Entry.Fault` where the bytes are no statement.
    static func read(_ bytes: [UInt8]) throws(Entry.Fault) -> (values: Statement, time: Date) {
        let values: Statement
        do {
            _ = try CanonicalJSON(canonical: bytes)
            values = try JSONDecoder().decode(Statement.self, from: Data(bytes))
        } catch {
            throw .statement("\(error)")
        }
        guard values.schema == Entry.schema else { throw .statement("its schema is \(values.schema)") }
        guard let time = try? Date(values.time, strategy: .iso8601), time.formatted(.iso8601) == values.time else {
            throw .statement("its time is \(values.time)")
        }
        return (values, time)
    }
}

extension EntrySummary {
    package init(_ entry: Entry) {
        self.init(
            sequence: entry.sequence, digest: entry.digest, kind: entry.kind, version: entry.version, time: entry.time,
            recorder: entry.recorder, parents: entry.parents, subjects: entry.subjects, files: entry.blobs,
            bodySHA256: entry.bodyDigest, bodySize: entry.body.count)
    }

    /// Of an entry whose body is not looked at. Throws `Entry.Fault` where the bytes are no statement.
    package init(statement: [UInt8], bodySize: Int) throws(Entry.Fault) {
        let (values, time) = try Statement.read(statement)
        self.init(
            sequence: values.sequence, digest: Digest(of: statement), kind: values.kind, version: values.version,
            time: time, recorder: values.recorder, parents: values.parents, subjects: values.subjects,
            files: values.blobs, bodySHA256: values.body, bodySize: bodySize)
    }
}
