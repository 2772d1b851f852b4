// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import SystemPackage
import TestSupport
import Testing

@testable import Guest

/// A machine that prints the words of the command that reaches it, at each place where it can.
@Suite struct RemoteSecretTests {
    @Test(arguments: [
        ("sh", "remote.shell", "no shell answered"), ("mktemp", "remote.copy", "made no folder"),
        ("sha256sum", "remote.copy", "is another one"), ("kexec", "remote.kexec", "did not load"),
    ])
    func `what fails on a machine is shown without the words of --via`(
        program: String, code: String, message: String
    ) async throws {
        try await withTemporaryFolder { folder in
            func write(_ name: String, _ text: String) throws {
                let file = folder.pushing(FilePath(name))
                try Files.makeDirectory(file.removingLastComponent())
                try AtomicFile.write("#!/bin/sh\n\(text)\n", to: file)
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.string)
            }
            let secret = PlantedSecret("--via")
            try write("via", #"export WORD=$1; shift; PATH=\#(folder)/bin:$PATH exec "$@""#)
            try write("bin/kexec", "exit 1")
            try write("bin/\(program)", #"echo "refused: $WORD"; echo "$WORD" >&2; exit 1"#)
            for name in ["kernel", "initramfs"] { try AtomicFile.write(name, to: folder.appending(name)) }
            let prefix = try #require(CommandPrefix("\(folder)/via \(secret.text)"))
            let machine = RemoteMachine(prefix: prefix, console: prefix)
            let failure = await #expect(throws: Failure.self) {
                try await machine.load(
                    folder.appending("kernel"), initramfs: folder.appending("initramfs"), commandLine: "quiet")
            }
            #expect(failure?.code == code && failure?.message.contains(message) == true, "\(failure as Any)")
            #expect(failure?.underlying?.contains(Redaction.mark) == true, "\(failure as Any)")
            #expect(!secret.isIn(failure?.description ?? ""))
        }
    }
}
