// SPDX-License-Identifier: Apache-2.0
import Host
import Records
import Sandbox
import SystemPackage
import TestSupport
import Testing

@Suite struct SpecificationTests {
    private func specification(_ text: String, named name: String = "z") async throws -> SandboxSpecification {
        try await withTemporaryFolder { folder in
            let file = folder.appending("\(name).yaml")
            try AtomicFile.write(text, to: file)
            return try SandboxSpecification(contentsOf: file)
        }
    }

    private static let small = """
        suites:
          - name: trixie
            architectures: [amd64, s390x]
          - name: forky
        install: [make, rustc/forky, gcc-14=14.2.0-19, libc6:i386]
        fetch: [busybox-static:s390x/trixie]
        guest: [s390-tools/trixie]

        """

    @Test func `suites, packages, versions and architectures are read as they are written`() async throws {
        let read = try await specification(Self.small, named: "shop")
        #expect(read.name == "shop" && read.components == ["main"])
        #expect(read.suites.map(\.architectures) == [["amd64", "s390x"], ["amd64"]])
        #expect(read.installed.map(\.reference) == ["make", "rustc/forky", "gcc-14=14.2.0-19", "libc6"])
        #expect(read.installed[3].architecture == "i386")
        #expect(read.fetched[0].text == "busybox-static:s390x/trixie")
        #expect(read.guest[0].architecture == "s390x")
    }

    @Test func `what is written into a lock is read back the same`() async throws {
        let read = try await specification(Self.small)
        let bytes = Array(try JSON.encode(read))
        #expect(try JSON.decode(SandboxSpecification.self, from: bytes, named: "x") == read)
    }

    @Test(arguments: [
        ("install: [make]\n", "suites"),
        ("suites: [{name: trixie}]\n", "install"),
        ("suites: [{name: trixie}]\ninstall: [\"-o=x\"]\n", "-o=x"),
        ("suites: [{name: trixie}]\ninstall: [make-]\n", "make-"),
        ("suites: [{name: trixie}]\ninstall: [\"make gcc\"]\n", "make gcc"),
        ("suites: [{name: trixie}]\ninstall: [make/forky]\n", "make/forky names a suite"),
        ("suites: [{name: trixie}]\ninstall: [\"make/x=1\"]\n", "make/x=1"),
        ("suites: [{name: \"trixie main\"}]\ninstall: [make]\n", "not the name of a suite"),
        (
            "suites: [{name: trixie, architectures: [\"amd64 x\"]}]\ninstall: [make]\n",
            "not the name of an architecture"
        ),
        ("suites: [{name: trixie}]\ncomponents: [\"main contrib\"]\ninstall: [make]\n", "not the name of a component"),
        ("suites: [{name: trixie}]\ninstal: [make]\n", "did you mean `install`"),
    ])
    func `what would become other words of apt's is refused`(text: String, words: String) async {
        let failure = await #expect(throws: Failure.self) { try await specification(text) }
        #expect(failure?.code == "specification.unreadable")
        #expect(failure?.message.contains(words) == true, "\(failure?.message ?? "")")
    }

    @Test(arguments: [
        (["s390x-linux-gnu-gcc", "s390x-linux-gnu-gcc-14", "s390x-linux-gnu-gcc-15"], "s390x-linux-gnu-gcc"),
        (["s390x-linux-gnu-gcc-9", "s390x-linux-gnu-gcc-15", "s390x-linux-gnu-gcc-ar-15"], "s390x-linux-gnu-gcc-15"),
        (["gcc-15"], "s390x-linux-gnu-gcc"),
    ])
    func `the C compiler is the plain one, or the newest with its version`(names: [String], compiler: String) {
        #expect(SandboxRoot.cCompiler(among: names) == compiler)
    }
}
