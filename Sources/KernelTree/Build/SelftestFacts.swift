// SPDX-License-Identifier: Apache-2.0
public import Host

/// The kernel's own selftests (tools/testing/selftests) as they could be built for s390x.
public struct SelftestFacts: Codable, Hashable, Sendable {
    public struct Program: Codable, Hashable, Sendable {
        public let name: String
        /// Bytes, and the digest, of the stripped file.
        public let size: Int
        public let sha256: Digest

        public init(name: String, size: Int, sha256: Digest) {
            self.name = name
            self.size = size
            self.sha256 = sha256
        }
    }

    /// A test that the collection lists and that is not run.
    public struct LeftOut: Codable, Hashable, Sendable {
        public let name: String
        /// A shell script, or the compiler's first error.
        public let reason: String

        public init(name: String, reason: String) {
            self.name = name
            self.reason = reason
        }
    }

    /// One folder of selftests: a TARGET of its Makefile.
    public struct Collection: Codable, Hashable, Sendable {
        public let name: String
        /// Seconds that the collection's own `settings` allow a test; the runner's default is 45.
        public let deadline: Int
        public let programs: [Program]
        public let leftOut: [LeftOut]

        public init(name: String, deadline: Int, programs: [Program], leftOut: [LeftOut]) {
            self.name = name
            self.deadline = deadline
            self.programs = programs
            self.leftOut = leftOut
        }
    }

    /// The source's version.
    public let kernel: String
    /// Those of which a program could be built.
    public let collections: [Collection]
    /// Collections of which nothing is run, and why.
    public let leftOut: [LeftOut]

    public init(kernel: String, collections: [Collection], leftOut: [LeftOut]) {
        self.kernel = kernel
        self.collections = collections
        self.leftOut = leftOut
    }
}
