// SPDX-License-Identifier: Apache-2.0
package import Host

/// What a shop asks of a kernel before it goes to the next stage, and who decides; read from `bessemer.yaml`.
///
/// Published as a JSON Schema in `Docs/policy.schema.json`.
package struct Policy: Codable, Hashable, Sendable {
    package static let schema = "bessemer-policy/1"

    /// Somebody whose word counts.
    package struct Person: Codable, Hashable, Sendable {
        package enum Right: String, Codable, Hashable, Sendable, CaseIterable {
            case request, approve
        }

        package let name: String
        /// SHA-256 of the DER form of each of the person's public keys.
        package let keys: [Digest]
        /// What the person may do with waivers and stages; both where nothing is said.
        package let may: [Right]

        package init(name: String, keys: [Digest], may: [Right] = Right.allCases) {
            self.name = name
            self.keys = keys
            self.may = may
        }
    }

    /// What waivers may be.
    package struct WaiverTerms: Codable, Hashable, Sendable {
        /// Days from the first to the last.
        package let longestTerm: Int
        /// People who have to approve one, the one who requested it not among them.
        package let approvals: Int
        /// Days for which an emergency waiver holds before it is approved.
        package let emergency: Int
        /// Findings of one run that one waiver may accept.
        package let widest: Int
        /// Days before the end on which it counts as expiring, the most first.
        package let warnings: [Int]

        package init(longestTerm: Int, approvals: Int, emergency: Int, widest: Int, warnings: [Int]) {
            self.longestTerm = longestTerm
            self.approvals = approvals
            self.emergency = emergency
            self.widest = widest
            self.warnings = warnings
        }
    }

    /// How a compiler comes to accept what is not stable.
    package enum CompilerGate: String, Codable, Hashable, Sendable, CaseIterable {
        /// It uses nothing that is not stable.
        case stable
        /// A released compiler that `RUSTC_BOOTSTRAP` unlocks.
        case bootstrap
        /// A nightly compiler, which has to be one of `nightlies`.
        case nightly
    }

    /// Which waivers count at a stage.
    package enum WaiverSource: String, Codable, Hashable, Sendable, CaseIterable {
        case none
        /// Signed and approved ones.
        case signed
        /// Those, and the file that the pilot was given.
        case file
    }

    /// Evidence that there has to be.
    package enum Evidence: String, Codable, Hashable, Sendable, CaseIterable {
        /// Every test that the kernel without Rust passes, the one with Rust passes, too.
        case comparison
        /// A second build has the same bytes.
        case rebuild
        /// The rollback was rehearsed with these kernels.
        case drill
        /// A signed bundle of the run was made.
        case bundle
        /// The notes of the kernel that ran are those of the one that was built.
        case notes
    }

    /// How old evidence may be, in days; nil where its age does not matter.
    package struct Ages: Codable, Hashable, Sendable {
        package let run: Int?
        package let drill: Int?
        package let rebuild: Int?

        package init(run: Int?, drill: Int?, rebuild: Int?) {
            self.run = run
            self.drill = drill
            self.rebuild = rebuild
        }
    }

    /// Time that has to pass after a stage was reached first.
    package struct Validation: Codable, Hashable, Sendable {
        package let stage: String
        package let months: Int

        package init(stage: String, months: Int) {
            self.stage = stage
            self.months = months
        }
    }

    /// Something that the shop itself waits for.
    package struct OwnMilestone: Codable, Hashable, Sendable {
        package enum Condition: Codable, Hashable, Sendable {
            /// A vendor's configuration has this option, named without `CONFIG_`.
            case option(String)
            case stage(String)
            /// A day that somebody else set.
            case day(Day)
        }

        package let name: String
        package let condition: Condition

        package init(name: String, condition: Condition) {
            self.name = name
            self.condition = condition
        }
    }

    package struct Stage: Codable, Hashable, Sendable {
        package let name: String
        /// The stage whose gate the same kernel line has to have passed; nil for the first.
        package let after: String?
        package let validation: Validation?
        package let compilers: [CompilerGate]
        /// Days of the nightly compilers that are allowed; nil for any.
        package let nightlies: [Day]?
        /// Patterns of top-level test suites: each has to have one at least, and what they match has to pass.
        package let suites: [String]
        /// Families or rules whose findings no waiver accepts here.
        package let unwaivable: [String]
        /// Rules of deviations that need no waiver here.
        package let allowed: [String]
        package let evidence: [Evidence]
        package let ages: Ages
        package let waivers: WaiverSource
        /// People who have to approve the run for this stage, the one who requested it not among them.
        package let approvals: Int

        package init(
            name: String, after: String?, validation: Validation?, compilers: [CompilerGate], nightlies: [Day]?,
            suites: [String], unwaivable: [String], allowed: [String], evidence: [Evidence], ages: Ages,
            waivers: WaiverSource, approvals: Int
        ) {
            self.name = name
            self.after = after
            self.validation = validation
            self.compilers = compilers
            self.nightlies = nightlies
            self.suites = suites
            self.unwaivable = unwaivable
            self.allowed = allowed
            self.evidence = evidence
            self.ages = ages
            self.waivers = waivers
            self.approvals = approvals
        }
    }

    /// SHA-256 of the file that it was read from.
    package let digest: Digest
    /// SHA-256 of earlier policies: what was passed and approved by them counts as by this one.
    package let earlier: [Digest]
    package let people: [Person]
    package let waivers: WaiverTerms
    /// In the order in which a kernel goes through them.
    package let stages: [Stage]
    package let milestones: [OwnMilestone]

    package init(
        digest: Digest, earlier: [Digest] = [], people: [Person], waivers: WaiverTerms, stages: [Stage],
        milestones: [OwnMilestone] = []
    ) {
        self.digest = digest
        self.earlier = earlier
        self.people = people
        self.waivers = waivers
        self.stages = stages
        self.milestones = milestones
    }

    package func stage(_ name: String) -> Stage? { stages.first { $0.name == name } }

    /// Whether what was decided by that policy counts by this one.
    package func recognises(_ other: Digest) -> Bool { other == digest || earlier.contains(other) }

    /// Who has that key; nil where none of its people has.
    package func person(withKey fingerprint: Digest) -> Person? { people.first { $0.keys.contains(fingerprint) } }
}
