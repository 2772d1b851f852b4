// SPDX-License-Identifier: Apache-2.0
package import Host

/// The kernel's own selftests (tools/testing/selftests) as they could be built for s390x.
package struct SelftestFacts: Codable, Hashable, Sendable {
    package struct Program: Codable, Hashable, Sendable {
        package let name: String
        /// Bytes, and the digest, of the stripped file.
        package let size: Int
        package let sha256: Digest

        package init(name: String, size: Int, sha256: Digest) {
            self.name = name
            self.size = size
            self.sha256 = sha256
        }
    }

    /// A test that the collection lists and that is not run.
    package struct LeftOut: Codable, Hashable, Sendable {
        package let name: String
        /// A shell script, or the compiler's first error.
        package let reason: String

        package init(name: String, reason: String) {
            self.name = name
            self.reason = reason
        }
    }

    /// One folder of selftests: a TARGET of its Makefile.
    package struct Collection: Codable, Hashable, Sendable {
        package let name: String
        /// Seconds that the collection's own `settings` allow a test; the runner's default is 45.
        package let deadline: Int
        package let programs: [Program]
        package let leftOut: [LeftOut]

        package init(name: String, deadline: Int, programs: [Program], leftOut: [LeftOut]) {
            self.name = name
            self.deadline = deadline
            self.programs = programs
            self.leftOut = leftOut
        }
    }

    /// The source's version.
    package let kernel: String
    /// Those of which a program could be built.
    package let collections: [Collection]
    /// Collections of which nothing is run, and why.
    package let leftOut: [LeftOut]

    package init(kernel: String, collections: [Collection], leftOut: [LeftOut]) {
        self.kernel = kernel
        self.collections = collections
        self.leftOut = leftOut
    }
}
