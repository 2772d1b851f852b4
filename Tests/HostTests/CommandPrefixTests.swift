// SPDX-License-Identifier: Apache-2.0
import Host
import Testing

@Suite struct CommandPrefixTests {
    @Test(arguments: [
        ("ssh build1", "build1"), ("ssh root@lpar1", "root@lpar1"), ("ssh -p 22 root@lpar1", "root@lpar1"),
        ("ssh -i key -oProxyCommand=SECRET -o 'ProxyCommand=x SECRET' lpar3", "lpar3"), ("ssh lpar3 --", "lpar3"),
        ("ssh -- lpar3 SECRET", "lpar3"), ("ssh lpar3 sudo -S SECRET", "lpar3"), ("/usr/bin/ssh lpar3", "lpar3"),
        ("sshpass -p SECRET ssh lpar3", "lpar3"), ("TOKEN=SECRET ssh lpar3", "lpar3"),
        ("ssh ssh://root:SECRET@lpar3:22", "lpar3:22"), ("podman exec -i x", "x"),
        ("podman --url SECRET exec -e A=SECRET --user SECRET x", "x"), ("kubectl exec -n n pod -- env", "pod"),
    ])
    func `a machine has the name by which the command reaches it`(command: String, host: String) throws {
        let prefix = try #require(CommandPrefix(command))
        #expect(prefix.host == host && prefix.name == host)
    }

    @Test(arguments: [
        ("lpar2 --token=SECRET", "lpar2"), ("lpar2 -t SECRET", "lpar2"), ("/opt/bin/reach lpar2 SECRET", "reach"),
        ("env TOKEN=SECRET", "env"), ("TOKEN=SECRET lpar2", "TOKEN=[left-out]"), ("ssh -p SECRET", "ssh"),
        ("podman run SECRET", "podman"), ("ssh", "ssh"),
    ])
    func `of a program whose words are not known, only its name is recorded`(command: String, name: String) throws {
        let prefix = try #require(CommandPrefix(command))
        #expect(prefix.host == nil && prefix.name == name)
    }

    @Test func `what the command printed is shown without its words`() throws {
        let prefix = try #require(CommandPrefix("sshpass -pSECRET1 ssh -o ProxyCommand=SECRET2 lpar3"))
        let text = prefix.redacted("sshpass: SECRET1; ssh: ProxyCommand=SECRET2: lpar3 refused")
        #expect(text == "sshpass: [left-out]; ssh: ProxyCommand=[left-out]: lpar3 refused")
    }

    @Test func `quotes hold words together, as a shell's do`() throws {
        let prefix = try #require(CommandPrefix(#"ssh -o 'ProxyCommand=ssh jump' "a \"b" c\ d '' e"#))
        #expect(prefix.command("sh").arguments == ["-o", "ProxyCommand=ssh jump", "a \"b", "c d", "", "e", "sh"])
        for text in ["", "  ", "ssh 'a", "ssh \"a", "ssh \\"] { #expect(CommandPrefix(text) == nil) }
    }
}
