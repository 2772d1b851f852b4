// SPDX-License-Identifier: Apache-2.0
import Guest
import Host
import KernelTree
import Records
import SystemPackage
import TestSupport
import Testing
import Workflows

/// The kernel's own samples of test results, as consoles of every width show them.
@Suite(.integration) struct WrappedLogTests {
    private enum Console: CaseIterable {
        case wrapping
        case wrappingAndPadding
        case cutting
    }

    private static let prefixes: [(before: String, after: String)] = [
        ("", ""), ("12:36:27 ", ""), ("", "12:36:27 "), ("", "conserver: "),
    ]

    private func log(_ bytes: [UInt8]) throws -> ConsoleReport.Log {
        var reader = ConsoleLogReader(name: "x")
        try reader.add(bytes)
        return try reader.finish { take in take(bytes) }
    }

    private func shown(
        _ lines: [ArraySlice<UInt8>], _ width: Int, _ console: Console, _ prefix: (before: String, after: String)
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        for line in lines {
            var rest = (Array(prefix.before.utf8) + line)[...]
            repeat {
                let piece = rest.prefix(width)
                rest = console == .cutting ? [] : rest.dropFirst(width)
                bytes += Array(prefix.after.utf8) + piece
                if console == .wrappingAndPadding { bytes += [UInt8](repeating: 0x20, count: width - piece.count) }
                bytes.append(0x0a)
            } while !rest.isEmpty
        }
        return bytes
    }

    @Test func `at no width, padded or cut, behind a clock or a name, does a result become a better one`() async throws
    {
        let folder = try await RealThings.kernelTree("7.3").path.pushing("tools/testing/kunit/test_data")
        let names = Files.names(in: folder).filter { $0.hasSuffix(".log") }
        #expect(names.count >= 24)
        var same = 0
        var runs = 0
        for name in names {
            let bytes = try Files.bytes(folder.appending(name))
            var lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false)
            if lines.last?.isEmpty == true { lines.removeLast() }
            let whole = try log(bytes)
            let known = Dictionary(grouping: whole.tests.flatMap(\.leaves)) { $0.result.outcome }
            let isPassed = ConsoleReport(toolVersion: "0", logs: [whole]).verdict == .passed
            for width in 40...200 {
                for console in Console.allCases {
                    let prefix = Self.prefixes[(width + (console == .cutting ? 1 : 0)) % Self.prefixes.count]
                    let found = try log(shown(lines, width, console, prefix))
                    for leaf in found.tests.flatMap(\.leaves) where [.pass, .skip].contains(leaf.result.outcome) {
                        #expect(
                            known[leaf.result.outcome]?.contains {
                                console == .cutting ? Self.begins($0.path, leaf.path) : $0.path == leaf.path
                            } == true,
                            "\(name), \(console) at \(width), \(prefix): \(leaf.path) \(leaf.result.outcome)")
                    }
                    let verdict = ConsoleReport(toolVersion: "0", logs: [found]).verdict
                    #expect(verdict != .passed || isPassed, "\(name), \(console) at \(width), \(prefix)")
                    runs += 1
                    if found.counts == whole.counts { same += 1 }
                }
            }
        }
        // Most of the samples have no lines that are so wide, or show the width.
        #expect(same * 4 > runs * 3)
    }

    /// Each name of a path that was cut is the beginning of one.
    private static func begins(_ path: String, _ cut: String) -> Bool {
        let (names, pieces) = (path.split(separator: "/"), cut.split(separator: "/"))
        return names.count == pieces.count && zip(names, pieces).allSatisfy { $0.hasPrefix($1) }
    }
}
