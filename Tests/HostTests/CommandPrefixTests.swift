// SPDX-License-Identifier: Apache-2.0
import Host
import Testing

@Suite struct CommandPrefixTests {
    @Test(arguments: [
        ("ssh build1", "build1"), ("ssh root@lpar1", "root@lpar1"), ("ssh -p 22 root@lpar1", "root@lpar1"),
        ("lpar2 --token=SECRET", "lpar2"), ("lpar2 --token SECRET", "lpar2"), ("TOKEN=SECRET lpar2", "lpar2"),
        ("env TOKEN=SECRET", "env"), ("podman exec -i x", "x"), ("ssh lpar3 --", "lpar3"),
        ("-x --token=a", "the machine"),
    ])
    func `a machine's name is the last word that is no option`(command: String, name: String) throws {
        let prefix = try #require(CommandPrefix(command))
        #expect(prefix.name == name)
        #expect(!prefix.name.contains("SECRET"))
    }

    @Test func `quotes hold words together, as a shell's do`() throws {
        let prefix = try #require(CommandPrefix(#"ssh -o 'ProxyCommand=ssh jump' "a \"b" c\ d '' e"#))
        #expect(prefix.command("sh").arguments == ["-o", "ProxyCommand=ssh jump", "a \"b", "c d", "", "e", "sh"])
        for text in ["", "  ", "ssh 'a", "ssh \"a", "ssh \\"] { #expect(CommandPrefix(text) == nil) }
    }
}
