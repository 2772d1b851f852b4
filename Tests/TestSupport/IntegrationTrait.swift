// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
package import Testing

/// Marks a test or a suite that needs the sandbox, the network, a kernel, a guest, or much time; every other test is a
/// unit test.
///
/// `make unit`, which sets `BESSEMER_TESTS=unit`, leaves the marked ones out; `make test` runs all.
package struct IntegrationTrait: TestTrait, SuiteTrait {
    /// Whether this process runs unit tests alone.
    package static let isLeftOut = ProcessInfo.processInfo.environment["BESSEMER_TESTS"] == "unit"

    package var isRecursive: Bool { true }

    package func prepare(for test: Test) async throws {
        let condition: some TestTrait = .enabled(
            if: !Self.isLeftOut, "an integration test, and only unit tests are run")
        try await condition.prepare(for: test)
    }

    /// Records an issue and throws `Failure` where the test that runs is not marked; each door to what only integration
    /// tests may use begins with it.
    package static func require(for what: String) throws {
        let test = Test.current
        let isMarked = test?.traits.contains { $0 is IntegrationTrait } ?? !isLeftOut
        guard !isMarked else { return }
        let words = "`\(test?.name ?? "a test")` uses \(what)"
        Issue.record("\(words): mark it with the trait `.integration`")
        throw Failure("test.layer", words, advice: "mark it with the trait `.integration`")
    }
}

extension Trait where Self == IntegrationTrait {
    /// Of an integration test: it needs the sandbox, the network, a kernel, a guest, or much time.
    package static var integration: Self { IntegrationTrait() }
}
