// SPDX-License-Identifier: Apache-2.0
package import Host

/// A step of a workflow: a value of all that its result depends on.
///
/// Its key is the digest of its encoding, so a member is in the key, and what is not a member is not there to be used:
/// a `Site` says where and how the work is done, and decides no result.
package protocol Step: Encodable, Sendable {
    associatedtype Output: Codable & Sendable
    associatedtype Site: Sendable

    /// Of the step's file and its entry: `build`, `baseline-boot`.
    var name: String { get }
    /// The files that its entry keeps; asked with its result, or nil where it has none.
    func attachments(of output: Output?, at site: Site) -> [StepAttachment]
    /// Whether what an earlier run made is still there.
    func holds(_ output: Output, at site: Site) async throws -> Bool
    /// Does the work.
    func perform(at site: Site) async throws -> Output
}

extension Step {
    /// None.
    package func attachments(of output: Output?, at site: Site) -> [StepAttachment] { [] }
    /// A result that is nothing but itself holds.
    package func holds(_ output: Output, at site: Site) -> Bool { true }

    /// The digest of all that goes in: another step with the same key has the same result.
    package var key: Digest { get throws { Digest(of: try JSON.encode(self)) } }
}

/// What a step takes, and is known in its key by what it holds and not by where it lies: a sandbox by its lock, a folder
/// by the digests of its files.
package struct Keyed<Value: Sendable>: Encodable, Sendable {
    package let value: Value
    private let key: [String]

    /// `key` has to change where anything does that the step takes from the value.
    package init(_ value: Value, by key: [String]) {
        self.value = value
        self.key = key
    }

    package init(_ value: Value, by digest: Digest) { self.init(value, by: [digest.hexadecimal]) }

    package func encode(to encoder: any Encoder) throws { try key.encode(to: encoder) }
}
