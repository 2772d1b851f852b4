// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import KernelTree
import SystemPackage
import TestSupport
import Testing

@Suite struct KernelTreeTests {
    @Test func `a tree's version comes from its Makefile`() async throws {
        try await withTemporaryFolder { folder in
            let tree = try SmallTree.write([:], to: folder)
            #expect(tree.version == "7.3.1-rc2")
        }
    }

    @Test func `a folder that is no kernel is told what is missing and what to type`() async throws {
        try await withTemporaryFolder { folder in
            try AtomicFile.write("all:\n", to: folder.appending("Makefile"))
            let error = #expect(throws: Failure.self) { try KernelTree(at: folder) }
            #expect(error?.code == "tree.not-a-kernel")
            #expect(error?.message.contains("Kconfig, arch/s390/Makefile, arch/s390/Kconfig missing") == true)
            #expect(error?.advice.contains("top folder of a kernel source") == true)
        }
    }

    @Test func `the folder around a kernel names the kernel inside`() async throws {
        try await withTemporaryFolder { folder in
            try SmallTree.write([:], to: folder.appending("linux-7.3"))
            let error = #expect(throws: Failure.self) { try KernelTree(at: folder) }
            #expect(error?.advice.contains("linux-7.3") == true)
        }
    }

    @Test func `a Makefile without a kernel's version is no kernel`() async throws {
        try await withTemporaryFolder { folder in
            #expect(throws: Failure.self) { try SmallTree.write(["Makefile": "all:\n"], to: folder) }
            #expect(throws: Failure.self) {
                try SmallTree.write(["Makefile": "VERSION = $(shell id)\nPATCHLEVEL = 1\n"], to: folder)
            }
        }
    }

    @Test func `a link that leads out of the tree is not followed`() async throws {
        try await withTemporaryFolder { folder in
            let tree = folder.appending("tree")
            try AtomicFile.write("config SECRET\n\tbool \"x\"\n", to: folder.appending("secret"))
            let opened = try SmallTree.write(
                ["Kconfig": "source \"link\"\nsource \"../secret\"\nsource \"/etc/passwd\"\n"], to: tree)
            try FileManager.default.createSymbolicLink(
                atPath: tree.appending("link").string, withDestinationPath: folder.appending("secret").string)
            let kconfig = try Kconfig(opened)
            #expect(kconfig.declarations.isEmpty)
            #expect(kconfig.problems.map(\.place.line) == [1, 2, 3])
        }
    }
}

@Suite struct KconfigTests {
    private func read(_ files: [String: String], _ body: (Kconfig) throws -> Void) async throws {
        try await withTemporaryFolder { folder in try body(try Kconfig(try SmallTree.write(files, to: folder))) }
    }

    @Test func `an option gathers its own dependencies and those of the blocks around it, each with its line`()
        async throws
    {
        try await read([
            "Kconfig": """
            mainmenu "x"
            source "arch/$(SRCARCH)/Kconfig"
            menu "Drivers"
            \tdepends on HAS_IOMEM
            \tvisible if EXPERT
            if NET && \\
               !TINY
            config A
            \ttristate "A" if B != "y"
            \tdepends on C || D
            \tdepends on E if F
            \tselect G if H
            \thelp
            \t  config NOT_ONE
            \t  bool "in a help text"

            \t  if still help
            config B
            \tbool
            \tdefault y if X >= 3
            endif
            endmenu
            """,
            "arch/s390/Kconfig": "config S390\n\tdef_bool y\n",
        ]) { kconfig in
            #expect(kconfig.problems.isEmpty)
            #expect(Set(kconfig.declarations.keys) == ["S390", "A", "B"])
            let a = try #require(kconfig.declarations["A"]?.first)
            #expect(a.place.text == "Kconfig:8")
            #expect(a.clauses.map(\.expression.text) == ["HAS_IOMEM", "NET && !TINY", "C || D", "E || !F"])
            #expect(a.clauses.map(\.place.line) == [4, 6, 10, 11])
            #expect(a.visibility.map(\.expression.text) == ["EXPERT"])
            #expect(a.promptCondition?.text == "B != \"y\"")
            #expect(kconfig.grants["G"]?.map { "\($0.by) \($0.condition?.text ?? "")" } == ["A H"])
            #expect(kconfig.declarations["B"]?.first?.prompt == nil)
            #expect(kconfig.declarations["B"]?.first?.defaults.first?.condition?.text == "X >= 3")
            #expect(kconfig.files == ["Kconfig", "arch/s390/Kconfig"])
        }
    }

    @Test func `a file that sources itself ends`() async throws {
        try await read(["Kconfig": "source \"Kconfig\"\n"]) { kconfig in
            #expect(kconfig.problems.count == 1)
            #expect(kconfig.files.count < 100)
        }
    }

    @Test func `an expression nested without end is noted, not followed`() async throws {
        let deep = String(repeating: "(", count: 100_000) + "A" + String(repeating: ")", count: 100_000)
        let long = Array(repeating: "A", count: 100_000).joined(separator: " && ")
        try await read([
            "Kconfig": "config X\n\tbool \"x\"\n\tdepends on \(deep)\n\tdepends on !\(deep)\n\tdepends on \(long)\n"
        ]) { kconfig in
            #expect(kconfig.problems.count == 3)
            let evaluation = KconfigEvaluation(kconfig, DotConfig(""))
            #expect(evaluation.isOffered("X") == nil)
        }
    }

    @Test(arguments: [
        ("A && B", "n"), ("A && C", "m"), ("A || B", "y"), ("!C", "m"), ("!B && A", "y"), ("B || C", "m"),
        ("C && m", "m"),
        ("A = y", "y"), ("B = n", "y"), ("N > 9", "y"), ("N >= 11", "n"), ("H = 0x20", "y"), ("S = \"two words\"", "y"),
        ("S != two", "y"),
        ("NOWHERE", "n"), ("NOWHERE = NOWHERE", "y"), ("(A || B) && !(B && C)", "y"), ("$(cc-option,-mfoo (bar))", "?"),
        ("B && $(success,true)", "n"), ("A || $(success,true)", "y"), ("!$(success,true)", "?"),
    ]) func `expressions have the value that Kconfig's logic gives them`(text: String, value: String) async throws {
        let declarations = [
            "A": "bool", "B": "bool", "C": "tristate", "N": "int", "H": "hex", "S": "string", "MODULES": "bool",
        ].map { "config \($0)\n\t\($1) \"prompt\"\n" }.sorted().joined()
        try await read(["Kconfig": declarations + "config X\n\tbool \"x\"\n\tdepends on \(text)\n"]) { kconfig in
            let configuration = DotConfig(
                "CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=m\nCONFIG_N=10\nCONFIG_H=0x20\nCONFIG_S=\"two words\"\nCONFIG_MODULES=y\n"
            )
            let evaluation = KconfigEvaluation(kconfig, configuration)
            let clause = try #require(kconfig.declarations["X"]?.first?.clauses.first)
            #expect(evaluation.value(of: clause.expression)?.text ?? "?" == value)
        }
    }

    private func reason(_ text: String, _ configuration: String, _ name: String, _ asked: String) async throws -> String
    {
        var answer = ""
        try await read(["Kconfig": text]) { kconfig in
            answer =
                KconfigEvaluation(kconfig, DotConfig(configuration)).explanation(of: name, asked: asked)?.text ?? "none"
        }
        return answer
    }

    @Test func `the smallest dependency that fails is named`() async throws {
        let text =
            "config X\n\tbool \"x\"\n\tdepends on HAS_IOMEM && OF\nconfig HAS_IOMEM\n\tbool \"io\"\nconfig OF\n\tbool \"of\"\n"
        let answer = try await reason(text, "CONFIG_HAS_IOMEM=y\n", "X", "y")
        #expect(answer == "it needs `HAS_IOMEM && OF` (Kconfig:3): OF is not set")
    }

    @Test func `a tristate option is held down by a dependency that is only m`() async throws {
        let text =
            "config X\n\ttristate \"x\"\n\tdepends on D\nconfig D\n\ttristate \"d\"\nconfig MODULES\n\tbool \"m\"\n"
        let answer = try await reason(text, "CONFIG_X=m\nCONFIG_D=m\nCONFIG_MODULES=y\n", "X", "y")
        #expect(answer == "it needs `D` (Kconfig:3): D is only m")
    }

    @Test func `reasons are followed through options that nobody can set by hand`() async throws {
        let text = """
            config RUST
            \tbool "Rust"
            \tdepends on HAVE_RUST
            config HAVE_RUST
            \tbool
            config S390
            \tdef_bool y
            \tselect HAVE_RUST if !EXPOLINE
            config EXPOLINE
            \tbool "expolines"
            """
        let answer = try await reason(text, "CONFIG_S390=y\nCONFIG_EXPOLINE=y\n", "RUST", "y")
        #expect(
            answer
                == "it needs `HAVE_RUST` (Kconfig:3): HAVE_RUST is not set; HAVE_RUST: S390 selects it only if !EXPOLINE (Kconfig:8), and EXPOLINE is y"
        )
    }

    @Test func `a circle of dependencies ends`() async throws {
        let text =
            "config A\n\tbool\n\tdefault B\nconfig B\n\tbool\n\tdefault A\nconfig X\n\tbool \"x\"\n\tdepends on A\n"
        let answer = try await reason(text, "", "X", "y")
        #expect(answer.hasPrefix("it needs `A` (Kconfig:9): A is not set"))
    }

    @Test func `what only a run of the compiler can tell is called open`() async throws {
        let answer = try await reason("config X\n\tbool \"x\"\n\tdepends on $(cc-option,-mx)\n", "", "X", "y")
        #expect(answer.contains("$(cc-option,-mx)"))
        #expect(answer.contains("open"))
    }

    @Test func `another member of the choice, a selection and a hidden prompt are named`() async throws {
        let choice = "choice\n\tprompt \"c\"\nconfig A\n\tbool \"a\"\nconfig B\n\tbool \"b\"\nendchoice\n"
        #expect(try await reason(choice, "CONFIG_B=y\n", "A", "y") == "B is chosen instead in the choice at Kconfig:1")
        let select = "config A\n\tbool \"a\"\nconfig B\n\tbool \"b\"\n\tselect A\n"
        #expect(try await reason(select, "CONFIG_A=y\nCONFIG_B=y\n", "A", "n") == "B selects it (Kconfig:5)")
        let hidden = "config A\n\tbool \"a\" if EXPERT\n\tdefault y\nconfig EXPERT\n\tbool \"e\"\n"
        #expect(
            try await reason(hidden, "CONFIG_A=y\n", "A", "n")
                == "its prompt is shown only if EXPERT (Kconfig:1), so it can't be chosen: its default at Kconfig:3 is y"
        )
        #expect(
            try await reason("config A\n\tbool \"a\"\n", "CONFIG_A=y\n", "A", "m")
                == "it is a bool option, which can't be m")
    }

    @Test func `tests are found by their names and by their default, helpers without a prompt are not`() async throws {
        try await read([
            "Kconfig": """
            config KUNIT_ALL_TESTS
            \tbool "all"
            config FOO_KUNIT_TEST
            \ttristate "foo" if !KUNIT_ALL_TESTS
            config TEST_BAR
            \tbool "bar"
            \tdefault KUNIT_ALL_TESTS
            config BAZ_KUNIT_TEST_HELPERS
            \ttristate
            config SAMPLE_RUST_MINIMAL
            \ttristate "m"
            config SAMPLE_RUST_HOSTPROGS
            \tbool "h"
            """
        ]) { kconfig in
            #expect(kconfig.testOptions == ["FOO_KUNIT_TEST", "TEST_BAR"])
            #expect(kconfig.rustSampleModules == ["SAMPLE_RUST_MINIMAL"])
        }
    }

    @Test func `a configuration's lines are read as the kernel writes them`() {
        let configuration = DotConfig(
            "# a comment\nCONFIG_A=y\r\n# CONFIG_B is not set\nCONFIG_S=\"a \\\"b\\\" c\"\nnonsense\nCONFIG_A=m\n")
        #expect(configuration["A"] == "m")
        #expect(configuration["B"] == "n")
        #expect(configuration["S"] == "a \"b\" c")
        #expect(configuration.unread == [5])
        #expect(configuration.names == ["A", "B", "S"])
        #expect(configuration.enabled == 1)
    }
}
