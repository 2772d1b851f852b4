// SPDX-License-Identifier: Apache-2.0

/// Something on the console that is not a test result.
package struct ConsoleEvent: Codable, Hashable, Sendable {
    package enum Kind: String, Codable, Sendable, CaseIterable {
        case warning
        case bug
        case oops
        case panic
        /// Soft lock-up, hung task, RCU stall.
        case stall
        /// Lines that the console dropped.
        case lost
        /// Two messages in one line.
        case interleaved
        /// Results stand behind a text that is not known, or a failure in no document of results; they are not read.
        case prefix
        /// Results of a document that does not say how many were to come.
        case plan
    }

    /// Whether it speaks of the log, and not of the kernel.
    package var isAboutLog: Bool { [.lost, .interleaved, .prefix, .plan].contains(kind) }
    /// What a kernel says that has no root file system: after its tests, that is how a boot without one ends.
    package static let noRoot = Array("VFS: Unable to mount root fs".utf8)

    /// Stands between the names of a test's path in `duringTest`.
    package static let pathSeparator = " > "

    /// Whether it says by its kind that something is wrong with the kernel.
    package var isGrave: Bool { Self.grave.contains(kind) }
    /// The kinds that say so.
    package static let grave: [Kind] = [.bug, .oops, .panic, .stall]
    /// Whether that happened outside of any test.
    package var isFatal: Bool { isGrave && duringTest == nil }
    /// Whether it is a panic of a kernel that found no root file system.
    package var isForLackOfRoot: Bool { kind == .panic && Array(text.utf8)[...].contains(Self.noRoot) }

    package let kind: Kind
    /// Of the console log, counted from 1.
    package let line: Int
    package let text: String
    /// Innermost test that had started and not ended then.
    package let duringTest: String?

    package init(kind: Kind, line: Int, text: String, duringTest: String? = nil) {
        self.kind = kind
        self.line = line
        self.text = text
        self.duringTest = duringTest
    }
}
