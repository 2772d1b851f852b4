// SPDX-License-Identifier: Apache-2.0
import Host
import KernelTree
import SystemPackage
import TestSupport
import Testing

/// Why an option does not have the value that was requested, for every keyword of the Kconfig language.
@Suite struct KconfigReasonTests {
    private static let kconfig = """
        config MODULES
        	bool "Modules"
        	modules

        config NR_CPUS
        	int "Number of processors"
        	range 2 8 if SMALL
        	range 2 LIMIT

        config LIMIT
        	int
        	default 512

        config SMALL
        	bool "Small"

        config ADDRESS
        	hex "Address"
        	range 0x100 0xffff

        config TITLE
        	string "Title"

        config OLD_NAME
        	bool
        	transitional

        config NEW_NAME
        	bool "New name"
        	default OLD_NAME

        config LEVEL
        	int "Level"
        	depends on SMALL

        config DRIVER
        	tristate "Driver"

        config HELPER
        	tristate "Helper"

        config USER
        	tristate "User"
        	select HELPER

        config LOADED
        	bool "Only beside modules"
        	depends on m

        choice
        	prompt "One of"

        config FIRST
        	bool "First"

        config SECOND
        	bool "Second"

        endchoice

        """

    private func evaluation(_ configuration: String, kconfig: String = kconfig) async throws -> KconfigEvaluation {
        try await withTemporaryFolder { folder in
            let kconfig = try Kconfig(SmallTree.write(["Kconfig": kconfig], to: folder))
            #expect(kconfig.problems == [])
            return KconfigEvaluation(kconfig, DotConfig(configuration))
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var configuration = ""
        let name: String
        let asked: String
        var isQuoted = false
        /// Nil: it is in effect.
        let reason: String?
        var line: Int?
    }

    static let cases = [
        Case(
            testDescription: "a number beside a range that can't be read", configuration: "CONFIG_NR_CPUS=64\n",
            name: "NR_CPUS",
            asked: "1024",
            reason: "only the kernel's own tool can tell whether 1024 is within its `range 2 LIMIT` (Kconfig:8)"),
        Case(
            testDescription: "a number within its range", configuration: "CONFIG_NR_CPUS=512\n", name: "NR_CPUS",
            asked: "512", reason: nil),
        Case(
            testDescription: "a range under a condition that holds",
            configuration: "CONFIG_SMALL=y\nCONFIG_NR_CPUS=8\nCONFIG_LIMIT=512\n", name: "NR_CPUS", asked: "64",
            reason: "64 is outside its `range 2 8 if SMALL` (Kconfig:7), so it is 8", line: 7),
        Case(
            testDescription: "the next range where the first one's condition does not hold",
            configuration: "CONFIG_NR_CPUS=512\nCONFIG_LIMIT=512\n", name: "NR_CPUS", asked: "1024",
            reason: "1024 is outside its `range 2 LIMIT` (Kconfig:8): LIMIT is 512, so it is 512", line: 8),
        Case(
            testDescription: "a number that no machine word holds",
            configuration: "CONFIG_NR_CPUS=512\nCONFIG_LIMIT=512\n", name: "NR_CPUS", asked: "99999999999999999999",
            reason: "is outside its `range 2 LIMIT`", line: 8),
        Case(
            testDescription: "a hexadecimal number below its range", configuration: "CONFIG_ADDRESS=0x100\n",
            name: "ADDRESS", asked: "0x10",
            reason: "0x10 is outside its `range 0x100 0xffff` (Kconfig:19), so it is 0x100",
            line: 19),
        Case(
            testDescription: "a hexadecimal number without its prefix", configuration: "CONFIG_ADDRESS=0x200\n",
            name: "ADDRESS", asked: "200", reason: nil),
        Case(
            testDescription: "a word for a number", configuration: "CONFIG_NR_CPUS=64\n", name: "NR_CPUS",
            asked: "many", reason: "it is an int option, which can't be many"),
        Case(
            testDescription: "a number with a leading zero", configuration: "CONFIG_NR_CPUS=64\n", name: "NR_CPUS",
            asked: "008", reason: "it is an int option, which can't be 008"),
        Case(
            testDescription: "a number in quotes", configuration: "CONFIG_NR_CPUS=64\n", name: "NR_CPUS",
            asked: "8", isQuoted: true, reason: "can't be \"8\" in quotes"),
        Case(
            testDescription: "a number that is to be off", configuration: "CONFIG_NR_CPUS=64\n", name: "NR_CPUS",
            asked: "n", reason: "it is an int option, which always has a value"),
        Case(
            testDescription: "a number whose dependency does not hold", name: "LEVEL", asked: "5",
            reason: "it needs `SMALL` (Kconfig:34): SMALL is not set", line: 34),
        Case(
            testDescription: "a string without quotes", configuration: "CONFIG_TITLE=\"\"\n", name: "TITLE",
            asked: "abc", reason: "it is a string option, whose value stands in quotes"),
        Case(
            testDescription: "a string that is a letter of a switch", configuration: "CONFIG_TITLE=\"m\"\n",
            name: "TITLE", asked: "m", isQuoted: true, reason: nil),
        Case(
            testDescription: "a switch in quotes", configuration: "# CONFIG_SMALL is not set\n", name: "SMALL",
            asked: "y", isQuoted: true, reason: "it is a bool option, which can't be \"y\" in quotes"),
        Case(
            testDescription: "a number for a switch", configuration: "# CONFIG_SMALL is not set\n", name: "SMALL",
            asked: "1", reason: "it is a bool option, which can't be 1"),
        Case(
            testDescription: "a switch that is no module", configuration: "CONFIG_MODULES=y\n", name: "SMALL",
            asked: "m", reason: "it is a bool option, which can't be m"),
        Case(
            testDescription: "m where there are no modules", configuration: "CONFIG_DRIVER=y\n", name: "DRIVER",
            asked: "m", reason: "m needs MODULES (Kconfig:1), which is not set, so it is built in", line: 1),
        Case(
            testDescription: "m that another option selects as y",
            configuration: "CONFIG_MODULES=y\nCONFIG_USER=y\nCONFIG_HELPER=y\n", name: "HELPER", asked: "m",
            reason: "USER selects it (Kconfig:44)", line: 44),
        Case(
            testDescription: "m that a module selects",
            configuration: "CONFIG_MODULES=y\nCONFIG_USER=m\nCONFIG_HELPER=m\n", name: "HELPER", asked: "m",
            reason: nil),
        Case(
            testDescription: "a dependency on modules", name: "LOADED", asked: "y",
            reason: "it needs `m` (Kconfig:48): MODULES is not set", line: 48),
        Case(
            testDescription: "an option that was renamed, and whose new name has the value",
            configuration: "CONFIG_NEW_NAME=y\n", name: "OLD_NAME", asked: "y",
            reason: "it was renamed: NEW_NAME takes its value (Kconfig:30) and is y", line: 30),
        Case(
            testDescription: "an option that was renamed, and whose new name has another value",
            configuration: "# CONFIG_NEW_NAME is not set\n", name: "OLD_NAME", asked: "y",
            reason: "it was renamed: NEW_NAME takes its value (Kconfig:30) and is n", line: 30),
        Case(
            testDescription: "the member of a choice that another one excludes",
            configuration: "CONFIG_FIRST=y\n# CONFIG_SECOND is not set\n", name: "SECOND", asked: "y",
            reason: "FIRST is chosen instead in the choice at Kconfig:50"),
        Case(
            testDescription: "the member of a choice that has to be on",
            configuration: "CONFIG_FIRST=y\n# CONFIG_SECOND is not set\n", name: "FIRST", asked: "n",
            reason: "one option of the choice at Kconfig:50 is always y, and no other one is chosen"),
    ]

    @Test(arguments: cases) func `a value that is not in effect has its reason and the line that decides`(
        _ this: Case
    ) async throws {
        let explanation = try await evaluation(this.configuration).explanation(
            of: this.name, asked: this.asked, isQuoted: this.isQuoted)
        guard let reason = this.reason else {
            #expect(explanation == nil)
            return
        }
        #expect(explanation?.text.contains(reason) == true, "\(explanation?.text ?? "no reason")")
        if let line = this.line { #expect(explanation?.place?.line == line) }
    }

    @Test func `transitional options that take each other's values end in a sentence`() async throws {
        let circle = "config A\n\tbool\n\ttransitional\n\tdefault B\nconfig B\n\tbool\n\ttransitional\n\tdefault A\n"
        let explanation = try await evaluation("", kconfig: circle).explanation(of: "A", asked: "y")
        #expect(explanation?.text.contains("B takes its value") == true)
    }

    @Test func `the option that allows modules is the one with that attribute`() async throws {
        for attribute in ["modules", "option modules"] {
            let text = "config LOADABLE\n\tbool \"x\"\n\t\(attribute)\nconfig DRIVER\n\ttristate \"y\"\n"
            let evaluation = try await evaluation("CONFIG_LOADABLE=y\n", kconfig: text)
            #expect(evaluation.kconfig.modulesOption == "LOADABLE")
            #expect(evaluation.allowsModules)
        }
    }

    private func error(_ kconfig: String) async throws -> Failure? {
        try await withTemporaryFolder { folder in
            let tree = try SmallTree.write(["Kconfig": kconfig], to: folder)
            do {
                _ = try Kconfig(tree)
                return nil
            } catch let failure as Failure {
                return failure
            }
        }
    }

    @Test func `blocks that are nested deeper than any kernel's are refused with their line`() async throws {
        let failure = try await error(String(repeating: "if A\n", count: 30_000))
        #expect(failure?.code == "kconfig.too-large")
        #expect(failure?.message.hasPrefix("Kconfig:256: blocks are nested deeper") == true)
        let menus = "menu \"m\"\n\tdepends on A\n"
        #expect(try await error(String(repeating: menus, count: 30_000))?.code == "kconfig.too-large")
        let usual =
            String(repeating: menus, count: 50) + "config B\n\tbool\n" + String(repeating: "endmenu\n", count: 50)
        #expect(try await error(usual) == nil)
    }

    @Test func `more conditions around one option than any kernel has are refused`() async throws {
        let failure = try await error("menu \"m\"\n" + String(repeating: "\tdepends on A\n", count: 30_000))
        #expect(failure?.code == "kconfig.too-large")
        #expect(failure?.message.hasPrefix("Kconfig:514: ") == true)
        #expect(try await error("config B\n\tbool\n" + String(repeating: "\tdepends on A\n", count: 30_000)) == nil)
    }
}

@Suite struct DotConfigTests {
    @Test func `values are read with and without quotes, blanks and carriage returns`() {
        let text = """
            # Linux/s390 7.3.4 Kernel Configuration
            CONFIG_A=y\r
            # CONFIG_B is not set
            CONFIG_C="a \\"b\\" \\\\ é"
            CONFIG_D= 5\u{20}
            CONFIG_E="
            CONFIG_F=
            # a comment
            \t
            nonsense
            CONFIG_Ä=y
            CONFIG_A=m
            """
        let configuration = DotConfig(text)
        #expect(configuration.subject == "Linux/s390 7.3.4")
        #expect(configuration.names == ["A", "B", "C", "D", "E", "F"])
        #expect(configuration["A"] == "m")
        #expect(configuration.settings["A"]?.line == 12)
        #expect(configuration["B"] == "n")
        #expect(configuration["C"] == "a \"b\" \\ é")
        #expect(configuration.settings["C"]?.isQuoted == true)
        #expect(configuration["D"] == "5")
        #expect(configuration.settings["D"]?.isQuoted == false)
        #expect(configuration["E"] == "\"")
        #expect(configuration["F"] == "")
        #expect(configuration.unread == [10, 11])
    }

    @Test func `a file of many options is read to its end`() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending("config")
            try AtomicFile.write((0..<200_000).map { "CONFIG_OPTION_\($0)=\"\($0)\"\n" }.joined(), to: file)
            let configuration = try DotConfig(file: file)
            #expect(configuration.names.count == 200_000)
            #expect(configuration["OPTION_199999"] == "199999")
            #expect(configuration.digest == (try Digest(ofFile: file)))
        }
    }
}
