// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import SystemPackage
import TestSupport
import Testing

@Suite struct RedactionTests {
    @Test(arguments: [
        ("git clone https://me:S3CRET@host/linux.git failed", "git clone https://[left-out]@host/linux.git failed"),
        ("https://S3CRET@host:8443/x", "https://[left-out]@host:8443/x"),
        ("http://me:S3C/RET@host", "http://[left-out]@host"),
        ("http://me:S3C@RET@host/x", "http://[left-out]@host/x"),
        ("/home/me/https:/me:S3CRET@host/linux", "/home/me/https:/[left-out]@host/linux"),
        ("proxy me:S3CRET@proxy:3128 refused", "proxy [left-out]@proxy:3128 refused"),
        ("pin-value=S3CRET;object=k", "pin-value=[left-out]"),
        ("pkcs11:token=label;object=k?pin-value=S3CRET", "pkcs11:token=label;object=k?pin-value=[left-out]"),
        ("sshpass: PASSWORD=\"S3 CRET\" x", "sshpass: PASSWORD=[left-out] x"),
        ("KBUILD_SIGN_PIN=S3CRET", "KBUILD_SIGN_PIN=[left-out]"),
        ("curl --token S3CRET x", "curl --token [left-out] x"),
        ("Authorization: Basic S3 CRET\nnext", "Authorization: [left-out]\nnext"),
        ("{\"api_token\": \"S3CRET\", \"a\": 1}", "{\"api_token\": [left-out] \"a\": 1}"),
        ("password: S3CRET", "password: [left-out]"), ("Bearer S3CRET", "Bearer [left-out]"),
        ("a\n-----BEGIN PRIVATE KEY-----\nS3CRET\n-----END PRIVATE KEY-----\nb", "a\n[left-out]\nb"),
        ("-----BEGIN EC PRIVATE KEY-----\nS3CRET", "[left-out]"),
    ])
    func `what may be a secret is left out of a text`(text: String, expected: String) {
        #expect(Redaction().text(text) == expected)
        #expect(!Redaction.found(in: text).isEmpty)
        #expect(!Redaction().text(text).contains("CRET"))
    }

    @Test(arguments: [
        "error: expected expression, found unexpected token: `}`", "lib/idr.c:594 at ida_free+0x15a/0x170, CPU#1",
        "https://host:8443/@scope/x", "pkg:deb/debian/perl@5:5.40.1-6~deb13u1?arch=amd64", "ssh root@lpar1 sh -s",
        "warning: Signed-off-by: A B <a@b.example>", "-----BEGIN CERTIFICATE-----", "a=b --jobs 3 key=value pass:1",
        "CONFIG_MODULE_SIG_KEY=\"certs/signing_key.pem\"", "é 😀 \u{1B}[31m", "",
    ])
    func `other text stays as it is`(text: String) {
        #expect(Redaction().text(text) == text)
        #expect(Redaction.found(in: text).isEmpty)
    }

    @Test func `values of variables with telling names are left out wherever they stand`() {
        let redaction = Redaction(environment: ["API_TOKEN": "S3CRET", "HOME": "/home/me", "MY_PIN": "12"])
        #expect(redaction.text("x-S3CRET-y in /home/me, 12") == "x-[left-out]-y in /home/me, 12")
    }

    @Test func `a failure has no secret in any of its texts`() {
        let address = "https://me:S3CRET@host/"
        let failure = Failure("a.b", "no \(address)", advice: "see \(address)", underlying: "404 \(address)")
        #expect(!failure.description.contains("S3CRET") && failure.description.contains("[left-out]@host"))
    }

    @Test func `a command's words are left out of what it printed, its program and its options are not`() {
        let text = Redaction.text(
            "sign: bad --pin S3CRET, -pOTHER1, X=VALUE1, /opt/hsm/sign",
            ofShellCommand: "X=VALUE1 /opt/hsm/sign --pin 'S3CRET' -pOTHER1 --verbose")
        #expect(text == "sign: bad --pin [left-out], -p[left-out], X=[left-out], /opt/hsm/sign")
    }

    @Test func `a program that can't be started is named without what is assigned before it`() async {
        let failure = await #expect(throws: Failure.self) { try await Command("TOOL=S3CRET").capture() }
        #expect(failure?.code == "process.launch" && failure?.description.contains("S3CRET") == false)
        #expect(failure?.message.contains("TOOL=[left-out]") == true)
        let replaced = #expect(throws: Failure.self) { try Command("TOOL=S3CRET").replaceProcess() }
        #expect(replaced?.message.contains("TOOL=[left-out]") == true)
    }

    @Test func `nor is one that fails named with it`() async throws {
        try await withTemporaryFolder { folder in
            let program = folder.appending("TOOL=S3CRET")
            try AtomicFile.write("#!/bin/sh\nexit 3\n", to: program)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.string)
            let failure = await #expect(throws: Failure.self) {
                try await Command(program.string).output("x", doing: "working", advice: "none")
            }
            #expect(failure?.description.contains("S3CRET") == false, "\(String(describing: failure))")
            #expect(failure?.message.contains("TOOL=[left-out]") == true)
        }
    }

    @Test func `a text of many megabytes is read once`() {
        let text = String(repeating: "a:a@", count: 1 << 18) + String(repeating: "x://", count: 1 << 18)
        #expect(Redaction().text(text).utf8.count > 0)
    }
}

@Suite struct KernelParametersTests {
    @Test(arguments: [
        ("root=/dev/dasda1 ro console=ttyS0", "root=/dev/dasda1 ro console=ttyS0"),
        ("rd.luks.key=S3CRET quiet", "rd.luks.key=[left-out] quiet"),
        ("a=\"S3 CRET\" quiet", "a=[left-out] quiet"), ("\"a=S3 CRET\" quiet", "[left-out] quiet"),
        ("quiet -- S3CRET x=S3CRET", "quiet -- [left-out]"), ("=S3CRET", "[left-out]"),
        ("root=//me:S3CRET@host/share", "root=[left-out]"),
        ("kunit.enable=1 kunit=S3CRET", "kunit.enable=1 kunit=[left-out]"),
        ("S3CRET\\x", "[left-out]"),
    ])
    func `every parameter is named, and only values that are known to be plain are shown`(
        line: String, expected: String
    ) {
        #expect(KernelParameters.redacted(line) == expected)
        #expect(KernelParameters.redacted(expected) == expected)
        #expect(KernelParameters.hidden(in: line).isEmpty == (line == expected))
    }
}
