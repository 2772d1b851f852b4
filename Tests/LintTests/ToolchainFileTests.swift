// SPDX-License-Identifier: Apache-2.0
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Lint

/// rustup's toolchain file in every form that TOML has for it.
struct ToolchainFileTests {
    struct Read: Equatable {
        var channel: String?
        var components: [String] = []
        var line = 1
        /// The file with `rust-src` added; nil where no edit adds it.
        var fixed: String?
    }

    private func file(_ text: String, _ name: String = "rust-toolchain.toml") throws -> ScriptFile {
        try ScriptFile(path: name, kind: .toolchain, bytes: Array(text.utf8))
    }

    private func read(_ text: String, _ name: String = "rust-toolchain.toml") throws -> Read? {
        let file = try file(text, name)
        guard case .toolchain(let channel, let components, let add, let line)? = file.units.first?.statements.first
        else {
            return nil
        }
        #expect(file.problems.isEmpty)
        var fixed: String?
        if let add {
            var bytes = Array(text.utf8)
            bytes.replaceSubrange(add.range, with: add.replacement.utf8)
            fixed = String(decoding: bytes, as: UTF8.self)
        }
        return Read(channel: channel?.text, components: components.map(\.text), line: line, fixed: fixed)
    }

    @Test(arguments: [
        (
            "[toolchain]\nchannel = \"1.96.1\"\n", Read(channel: "1.96.1", line: 2),
            "[toolchain]\nchannel = \"1.96.1\"\ncomponents = [\"rust-src\"]\n"
        ),
        (
            "toolchain.channel = '1.96.1' # pinned\r\n", Read(channel: "1.96.1"),
            "toolchain.channel = '1.96.1' # pinned\r\ntoolchain.components = [\"rust-src\"]\r\n"
        ),
        (
            "  \"toolchain\" . 'channel' = \"stable\"", Read(channel: "stable"),
            "  \"toolchain\" . 'channel' = \"stable\"\n  \"toolchain\" . components = [\"rust-src\"]"
        ),
        (
            "\n toolchain = { channel = \"stable\", profile = \"minimal\" }\n", Read(channel: "stable", line: 2),
            "\n toolchain = { channel = \"stable\", components = [\"rust-src\"], profile = \"minimal\" }\n"
        ),
        (
            "[ 'toolchain' ]\n\"ch\\u0061nnel\" = \"\"\"\\\n  1.96\\\n  .1\"\"\"\n", Read(channel: "1.96.1", line: 2),
            "[ 'toolchain' ]\n\"ch\\u0061nnel\" = \"\"\"\\\n  1.96\\\n  .1\"\"\"\ncomponents = [\"rust-src\"]\n"
        ),
        (
            "[toolchain]\n# channel = \"nightly\"\nchannel = '''\n1.96'''\ncomponents = []\n",
            Read(channel: "1.96", line: 3),
            "[toolchain]\n# channel = \"nightly\"\nchannel = '''\n1.96'''\ncomponents = [\"rust-src\"]\n"
        ),
        (
            "[other]\nchannel = \"nightly\"\n[toolchain]\ncomponents = [\n  \"rustfmt\", # ]\n  'clippy'\n]\n",
            Read(components: ["rustfmt", "clippy"], line: 4),
            "[other]\nchannel = \"nightly\"\n[toolchain]\ncomponents = [\"rust-src\",\n  \"rustfmt\", # ]\n  'clippy'\n]\n"
        ),
        (
            "[toolchain]\nchannel = \"a # b\"\n[toolchain.more]\ncomponents = [\"x\"]\n",
            Read(channel: "a # b", line: 2),
            "[toolchain]\nchannel = \"a # b\"\ncomponents = [\"rust-src\"]\n[toolchain.more]\ncomponents = [\"x\"]\n"
        ),
        (
            "x = \"\"\"\n[toolchain]\nchannel = \"nightly\"\n\"\"\"\ntoolchain.channel = \"1.96\"\n",
            Read(channel: "1.96", line: 5),
            "x = \"\"\"\n[toolchain]\nchannel = \"nightly\"\n\"\"\"\ntoolchain.channel = \"1.96\"\n"
                + "toolchain.components = [\"rust-src\"]\n"
        ),
        (
            "\u{FEFF}toolchain.channel = \"1.96\"", Read(channel: "1.96"),
            "\u{FEFF}toolchain.channel = \"1.96\"\ntoolchain.components = [\"rust-src\"]"
        ),
    ])
    func `each form gives the channel and the components, and takes rust-src`(text: String, read: Read, fixed: String)
        throws
    {
        var expected = read
        expected.fixed = fixed
        #expect(try self.read(text) == expected)
        let again = try self.read(fixed)
        #expect(again?.components == ["rust-src"] + read.components)
        #expect(again?.channel == read.channel)
    }

    @Test(arguments: [
        ("[toolchain]\ntargets = [\"s390x-unknown-linux-gnu\"]\n", Read()),
        ("[toolchain]\nprofile = \"minimal\"\n", Read()),
    ])
    func `a file without a channel is read, and takes no edit`(text: String, expected: Read) throws {
        #expect(try read(text) == expected)
    }

    @Test(arguments: ["nightly", "nightly\n", "  nightly-2026-05-19 \r\n", "1.96.1", "stage2"])
    func `one line of rust-toolchain is a toolchain's name`(text: String) throws {
        let name = String(text.split(whereSeparator: \.isWhitespace)[0])
        #expect(try read(text, "rust-toolchain") == Read(channel: name))
        // The other name of the file is for TOML alone.
        #expect(try file(text).problems.map(\.line) == [1])
    }

    @Test func `several lines of rust-toolchain are TOML`() throws {
        let text = "[toolchain]\nchannel = \"nightly\"\n"
        #expect(try read(text, "ci/rust-toolchain")?.channel == "nightly")
    }

    @Test(arguments: [
        ("", 1), ("\n", 1), ("nightly\n# new\n", 1), ("# new\nnightly\n", 2), ("toolchain.channel = \"nightly\"\n", 1),
        ("[toolchain]\n", 1), ("nightly 1.96\n", 1),
    ])
    func `what is neither a name nor TOML is reported with its line`(text: String, line: Int) throws {
        let file = try file(text, "rust-toolchain")
        #expect(file.problems.map(\.line) == [line])
        #expect(file.units.allSatisfy { $0.statements.isEmpty })
    }

    @Test(arguments: [
        ("[toolchain\nchannel = \"nightly\"\n", 1, "expected `]`, found the end of the line"),
        ("[toolchain]\nchannel = nightly\n", 2, "`nightly` is not a value"),
        ("[toolchain]\n\nchannel = \"nightly\n", 3, "a string does not end"),
        (
            "[toolchain]\nchannel = \"nightly\"\ncomponents = [ \"rustfmt\"\n[x]\n", 4,
            "expected `,` or `]`, found `[`"
        ),
        ("[toolchain]\nchannel = \"nightly\"\nchannel = \"stable\"\n", 3, "`channel` is defined twice"),
        ("[toolchain]\nchannel = 1.96\n", 2, "`channel` is not a string"),
        ("[toolchain]\nchannel = \"1.96\"\ncomponents = \"rust-src\"\n", 3, "`components` is not an array"),
        (
            "[toolchain]\nchannel = \"1.96\"\ncomponents = [\n\"rust-src\", 1]\n", 3,
            "`components` holds what is not a string"
        ),
        ("[[toolchain]]\nchannel = \"1.96\"\n", 1, "`toolchain` is not a table"),
        ("\n[tools]\nchannel = \"1.96\"\n", 1, "has no table `toolchain`"),
        ("\n[toolchain]\n", 2, "`toolchain` names none of channel, path, components, targets and profile"),
        ("[toolchain]\npath = \"/opt/rust\"\n", 2, "the toolchain at a path is unknown"),
    ])
    func `what rustup would not take is reported with its line`(text: String, line: Int, message: String) throws {
        let file = try file(text)
        #expect(file.problems == [ScriptProblem(line: line, message: message)])
        #expect(file.units.allSatisfy { $0.statements.isEmpty })
    }

    @Test func `a damaged toolchain file beside a kernel's build is unknown, and not clean`() async throws {
        try await withTemporaryFolder { folder in
            try AtomicFile.write("make ARCH=s390 defconfig rust.config\n", to: folder.appending("build.sh"))
            try AtomicFile.write("[toolchain]\nchannel = \"nightly\n", to: folder.appending("rust-toolchain.toml"))
            let report = try ScriptCheck(path: folder).check().report
            #expect(
                report.skipped.map(\.text)
                    == ["rust-toolchain.toml:2 could not be read: a string does not end"])
        }
    }

    @Test func `a nightly in any form is found and gets its day in its place`() async throws {
        for (text, fixed) in [
            ("toolchain = {channel = 'nightly', components = ['rust-src']}\n", "'nightly-2026-05-19'"),
            (
                "[toolchain]\n\"channel\" = \"\"\"\nnightly\"\"\"\ncomponents = ['rust-src']\n",
                "\"\"\"\nnightly-2026-05-19\"\"\""
            ),
        ] {
            try await withTemporaryFolder { folder in
                try AtomicFile.write("make ARCH=s390 defconfig rust.config\n", to: folder.appending("build.sh"))
                try AtomicFile.write(text, to: folder.appending("rust-toolchain.toml"))
                var lint = ScriptCheck(path: folder)
                lint.nightly = "2026-05-19"
                let reportResult = try lint.check()
                let report = reportResult.report
                #expect(report.findings.filter { $0.location?.file == "rust-toolchain.toml" }.map(\.rule) == ["SCR006"])
                for change in reportResult.changes { try change.apply() }
                #expect(try Files.text(folder.appending("rust-toolchain.toml")).contains(fixed))
            }
        }
    }

    @Test func `a fix of a damaged file leaves a file that is read, with its channel and rust-src`() throws {
        // The same damage in each run: a linear congruential generator (Knuth, TAOCP vol. 2, § 3.3.4).
        var state: UInt64 = 42
        func next(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(truncatingIfNeeded: state >> 33) % max(limit, 1)
        }
        let signs = ["\n", "\r\n", "#", " ", "\"", "'", "\"\"\"", "'''", ".", ",", "[", "]", "{", "}", "\\", "x", "\t"]
        var fixes = 0
        for text in [
            "[toolchain]\nchannel = \"1.96\" # x\nprofile = 'minimal'\n[toolchain.x]\ny = 1\n",
            "x = 1\ntoolchain.'channel' = \"\"\"\n1.96\"\"\"\n[toolchain.y]\n",
            "toolchain = { profile = 'minimal', channel = \"1.96\" } # x\n",
            "[toolchain]\ncomponents = [ # x\n  'rustfmt',\n  \"clippy\" ]\n",
        ] {
            for _ in 0..<1000 {
                var characters = Array(text)
                for _ in 0...next(3) {
                    let place = next(characters.count)
                    if next(3) == 0 {
                        characters.remove(at: place)
                    } else {
                        characters.insert(contentsOf: signs[next(signs.count)], at: place)
                    }
                }
                let damaged = String(characters)
                guard try file(damaged).problems.isEmpty, let read = try read(damaged), let fixed = read.fixed else {
                    continue
                }
                fixes += 1
                let again = try self.read(fixed)
                #expect(again?.components == ["rust-src"] + read.components, "\(damaged.debugDescription)")
                #expect(again?.channel == read.channel, "\(damaged.debugDescription)")
            }
        }
        #expect(fixes > 500)
    }
}
