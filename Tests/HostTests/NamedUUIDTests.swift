// SPDX-License-Identifier: Apache-2.0
import Host
import Testing

@Suite struct NamedUUIDTests {
    /// RFC 9562, appendix A.4, in the name space of domain names.
    @Test func `a name has the identifier that the standard gives it`() {
        var space = NamedUUID.urls
        space[3] = 0x10
        #expect(NamedUUID.text(of: "www.example.com", in: space) == "2ed6657d-e927-568b-95e1-2665a8aea6a2")
        #expect(NamedUUID.text(of: "a") != NamedUUID.text(of: "b"))
    }
}
