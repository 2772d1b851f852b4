// SPDX-License-Identifier: Apache-2.0
package import Foundation

/// A record with its place in the log, and when it was recorded.
package struct Dated<Body: Sendable>: Sendable {
    package let body: Body
    package let entry: EntryReference
    package let time: Date

    package init(_ body: Body, entry: EntryReference, time: Date) {
        self.body = body
        self.entry = entry
        self.time = time
    }
}
