// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import KernelTree

@Suite struct NamePatternTests {
    private static let names = [
        "", "a", "b", "ab", "aab", "abab", "lowcore", "uv_cb", "uv_cb_init", "uv_secret_list", "__kernel_size_t",
        "__kernel_ssize_t", "x1", "x-1", "x.1", "a]", "c2",
    ]

    /// Swift's own engine decides the same of each name, the whole of which has to match.
    @Test(arguments: [
        "lowcore", "uv_cb.*", "uv_cb_.*", "__kernel_s?size_t", "(a|b)+", "(?:ab)*", "a|ab|", "a*?b", "[a-c]+", "[^x].*",
        "x[.\\-]1", "x\\.1", "\\w+", "[\\d\\w]+", "c\\d", "(a(b|))*", ".*_(init|list)", "()", "(a*)*b",
    ])
    func `what kernels write is matched as other engines match it`(pattern: String) throws {
        let ours = try #require(NamePattern(pattern))
        let judge = try Regex(pattern)
        for name in Self.names {
            #expect(ours.matches(name) == ((try? judge.wholeMatch(in: name)) != nil), "\(pattern) \(name)")
        }
    }

    /// As Rust's engine does, and Swift's does not.
    @Test func `a closing bracket that stands first in a class belongs to it`() throws {
        let pattern = try #require(NamePattern("a[]]"))
        #expect(pattern.matches("a]") && !pattern.matches("a[") && !pattern.matches("a"))
    }

    @Test(arguments: ["(a|a)*c", "(a*)*c", "(.*)*(.*)*c", "(a?a?a?a?a?a?a?a?)*c"])
    func `a pattern that makes others go back for ever is decided at once`(pattern: String) throws {
        let ours = try #require(NamePattern(pattern))
        #expect(!ours.matches(String(repeating: "a", count: 2000) + "b"))
        #expect(ours.matches(String(repeating: "a", count: 2000) + "c"))
    }

    @Test(arguments: [
        "a{2}", "(a", "a)", "*a", "[a", "[b-a]", "[[:alpha:]]", "a\\", "\\b", "\\p{L}", "(?i)a", "(?P<n>a)", "^a$", "é",
        String(repeating: "a", count: 1001), String(repeating: "(", count: 100) + String(repeating: ")", count: 100),
    ])
    func `what is not read is no pattern, rather than one that matches something else`(pattern: String) {
        #expect(NamePattern(pattern) == nil)
    }
}
