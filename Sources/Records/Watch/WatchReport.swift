// SPDX-License-Identifier: Apache-2.0
package import Host

/// A difference between two looks at a source.
package struct WatchChange: Codable, Hashable, Sendable {
    package enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
        /// Not looked at before, and nothing to compare with.
        case firstSeen = "first-seen"
        case newerPackage = "newer-package"
        /// Another version than before that is not newer than all that were seen.
        case otherPackage = "other-package"
        case packageGone = "package-gone"
        case flagAccepted = "flag-accepted"
        case flagRefused = "flag-refused"
        /// Accepted in another way than before.
        case flagChanged = "flag-changed"
        case optionOn = "option-on"
        case optionOff = "option-off"
        case optionChanged = "option-changed"
        case fileChanged = "file-changed"
        case fileGone = "file-gone"
        case seriesApplies = "series-applies"
        case seriesFails = "series-fails"
        case supportChanged = "support-changed"
        /// Of any other kind: what was there is not.
        case gone
        case versionChanged = "version-changed"
    }

    package let kind: Kind
    package let topic: Sighting.Topic
    package let source: String
    package let subject: String
    /// nil where there was nothing.
    package let before: String?
    /// nil where there is nothing any more.
    package let after: String?
    package let detail: String?
    /// SHA-256 of source, subject and value.
    package let key: Digest
    /// When it was seen: `YYYY-MM-DDThh:mm:ssZ`.
    package let at: String
    /// Whether it is worth being reported: a return to a version that was seen before is not.
    package let isNews: Bool

    package init(
        _ kind: Kind, _ value: Sighting.Value, source: String, before: String?, at: String, isNews: Bool
    ) {
        self.kind = kind
        topic = value.topic
        self.source = source
        subject = value.subject
        self.before = before
        after = value.value
        detail = value.detail
        key = Self.key(source, value)
        self.at = at
        self.isNews = isNews
    }

    /// Whether people are to read of it.
    package func isReported(preReleases: Bool) -> Bool { isNews && (preReleases || topic != .preRelease) }

    /// What a value of a source is known by.
    package static func key(_ source: String, _ value: Sighting.Value) -> Digest {
        Digest(of: "\(source)\0\(value.subject)\0\(value.value ?? "")")
    }
}

/// What `watch` found.
package struct WatchReport: Codable, Hashable, Sendable {
    package struct Source: Codable, Hashable, Sendable {
        package let name: String
        /// When it was last looked at with success: `YYYY-MM-DDThh:mm:ssZ`; nil for never.
        package let lastLook: String?
        /// Seconds from then to the report.
        package let age: Int?
        /// What was wrong this time; nil where nothing was.
        package let failure: Problem?
        package let notes: [String]
        /// What is known of it, by the last look.
        package let values: [Sighting.Value]

        package init(
            name: String, lastLook: String?, age: Int?, failure: Problem?, notes: [String], values: [Sighting.Value]
        ) {
            self.name = name
            self.lastLook = lastLook
            self.age = age
            self.failure = failure
            self.notes = notes
            self.values = values
        }
    }

    /// Why a source could not be looked at.
    package struct Problem: Codable, Hashable, Sendable {
        package let code: String
        package let message: String
        package let advice: String
        /// What the layer below said; nil where it said nothing.
        package let underlying: String?

        package init(_ failure: Failure) {
            code = failure.code
            message = failure.message
            advice = failure.advice
            underlying = failure.underlying
        }
    }

    package enum Scope: String, Codable, Hashable, Sendable {
        /// What one look found that was not known.
        case look
        /// What all recorded looks found.
        case log
    }

    package let scope: Scope
    package let toolVersion: String
    /// `YYYY-MM-DDThh:mm:ssZ`.
    package let at: String
    package let changes: [WatchChange]
    package let sources: [Source]

    package init(scope: Scope, toolVersion: String, at: String, changes: [WatchChange], sources: [Source]) {
        self.scope = scope
        self.toolVersion = toolVersion
        self.at = at
        self.changes = changes
        self.sources = sources
    }

    package var failures: [Source] { sources.filter { $0.failure != nil } }
}
