// SPDX-License-Identifier: Apache-2.0
package import Host
package import Records

/// One step of a campaign, which some cells stand on.
///
/// Its key is the digest of what decides its result, so whoever did it before, did it for all.
package struct CampaignJob: Codable, Hashable, Sendable {
    package enum Work: Codable, Hashable, Sendable {
        case build(Build)
        case boot(Boot)
        case command(Program)
    }

    /// A kernel with Rust, built and audited.
    package struct Build: Codable, Hashable, Sendable {
        /// As `bessemer pilot --kernel` takes it.
        package let kernel: String
        /// Of all that the source holds; nil for one that the lock pins.
        package let source: Digest?
        /// Applied to a copy of it, in order.
        package let patches: [Digest]
        package let base: String
        package let fragments: [String]
        /// Of the sandbox; the lock itself lies in the campaign's folder.
        package let lock: Digest

        package init(
            kernel: String, source: Digest?, patches: [Digest], base: String, fragments: [String], lock: Digest
        ) {
            self.kernel = kernel
            self.source = source
            self.patches = patches
            self.base = base
            self.fragments = fragments
            self.lock = lock
        }
    }

    /// The boot of a build with its KUnit suites, its modules and the self-test module.
    package struct Boot: Codable, Hashable, Sendable {
        /// The build's key.
        package let build: Digest
        package let machine: String
        package let memoryMiB: Int
        package let cpus: Int
        /// Seconds.
        package let timeLimit: Int

        package init(build: Digest, machine: String, memoryMiB: Int = 1024, cpus: Int = 1, timeLimit: Int) {
            self.build = build
            self.machine = machine
            self.memoryMiB = memoryMiB
            self.cpus = cpus
            self.timeLimit = timeLimit
        }
    }

    /// A program that decides a cell: 0 passed, 1 to 124 failed, 125 skipped, anything else is not the kernel's fault
    /// (git-bisect(1)).
    package struct Program: Codable, Hashable, Sendable {
        package let words: [String]
        package let cell: CampaignCell
        /// Files, in order.
        package let patches: [String]
        /// Those among its words and patches, as they were when it was planned.
        package let files: [Subject]
        /// Counted from 1.
        package let turn: Int
        /// Seconds.
        package let timeLimit: Int

        package init(
            words: [String], cell: CampaignCell, patches: [String] = [], files: [Subject] = [], turn: Int = 1,
            timeLimit: Int
        ) {
            self.words = words
            self.cell = cell
            self.patches = patches
            self.files = files
            self.turn = turn
            self.timeLimit = timeLimit
        }
    }

    package let key: Digest
    /// For people: `build 6.12.107, tinyconfig, newest`.
    package let title: String
    /// What decides the result, without places of this machine.
    package let identity: [String]
    /// Keys of the steps whose results it takes.
    package let needs: [Digest]
    package let work: Work

    package init(title: String, identity: [String], needs: [Digest] = [], work: Work) {
        key = Self.key(identity)
        self.title = title
        self.identity = identity
        self.needs = needs
        self.work = work
    }

    static func key(_ identity: [String]) -> Digest {
        // The length first: no two lists have the same text.
        Digest(of: identity.map { "\($0.utf8.count) \($0)\n" }.joined())
    }

    /// What it takes of a machine while it runs.
    package func need(cores: Int) -> (cores: Int, memoryMiB: Int) {
        switch work {
        case .build: (cores, 1024 * cores)
        case .boot(let boot): (min(cores, boot.cpus), boot.memoryMiB + 512)
        case .command: (1, 64)
        }
    }
}
