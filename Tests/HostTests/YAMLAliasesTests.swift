// SPDX-License-Identifier: Apache-2.0
import Host
import Testing

@Suite struct YAMLAliasesTests {
    @Test(arguments: [
        ("a: &x 1\nb: *x\n", 2), ("a: [b'c, &x 1, d'e]\nq: [f'g, *x, h'i]\n", 2), ("b: *x\r\na: &x 1\r\n", 1),
        ("a: \"b # \", c: &x 1\n# *x\n", 2),
    ])
    func `an alias is found whatever looks quoted around it`(_ text: String, _ line: Int) {
        #expect(YAMLAliases.line(in: text) == line)
    }

    @Test(arguments: ["a: 1\n", "a: \"*\"\nb: 'x & y'\n", "a: *x\n", "a: &x 1\nb: *y\n", "# *important* & so on\n"])
    func `what has no anchor of its name is no alias`(_ text: String) {
        #expect(YAMLAliases.line(in: text) == nil && YAMLAliases.keyLine(in: text) == nil)
    }

    @Test(arguments: [
        ("a: &x [1]\n? *x\n: 2\n", 2), ("a: &x [1]\nb: {*x : 1}\n", 2), ("a: &x [1]\n[*x]: 1\n", 2),
        ("a: &x [1]\nb: {c: 1, ? [*x] : 2}\n", 2), ("a: &x [1]\n?\n  - *x\n", 2),
    ])
    func `an alias in a key is found`(_ text: String, _ line: Int) {
        #expect(YAMLAliases.keyLine(in: text) == line)
    }

    @Test(arguments: [
        "a: &x [1]\nb: *x\nc: [*x, *x]\nd:\n  <<: *x\n", "a: &x [1]\nb: [*x]\nscript: test $? -eq 0\n",
    ])
    func `an alias in a value is not one in a key`(_ text: String) {
        #expect(YAMLAliases.keyLine(in: text) == nil && YAMLAliases.line(in: text) != nil)
    }
}
