// SPDX-License-Identifier: Apache-2.0
import Host
import SystemPackage
import TestSupport
import Testing

@testable import Guest

@Suite struct CommandLineRedactionTests {
    private let console = """
        [    0.000000] Linux version 6.12.0
        [    0.010000] Kernel command line: root=/dev/dasda1 rd.luks.key=S3CRET quiet \\\r
        [    0.010001] Kernel command line: pass=S3CRET -- S3CRET
        [    0.010002] Unknown kernel command line parameters "hidden=S3CRET splash", will be passed to user space.
        [    0.010003] a kernel command line S3CRET=S3CRET
        [    0.020000] ernel ernel command lin
        ernel command line: x=S3CRET
        """
    private let expected = """
        [    0.000000] Linux version 6.12.0
        [    0.010000] Kernel command line: root=/dev/dasda1 rd.luks.key=[left-out] quiet \\\r
        [    0.010001] Kernel command line: pass=[left-out] -- [left-out]
        [    0.010002] Unknown kernel command line parameters "hidden=[left-out] splash", will be passed to user space.
        [    0.010003] a kernel command line [left-out]
        [    0.020000] ernel ernel command lin
        ernel command line: x=[left-out]
        """

    @Test func `a console's command lines have no values but plain ones, however the bytes come`() {
        let bytes = Array(console.utf8)
        for size in 1...bytes.count {
            var redaction = CommandLineRedaction()
            var output: [UInt8] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                output += redaction.redacted(Array(bytes[start..<min(start + size, bytes.count)]))
            }
            output += redaction.finish()
            #expect(String(decoding: output, as: UTF8.self) == expected, "in pieces of \(size)")
        }
    }

    private func redacted(_ text: String, inPiecesOf size: Int) -> String {
        let bytes = Array(text.utf8)
        var redaction = CommandLineRedaction()
        var output: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            output += redaction.redacted(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        return String(decoding: output + redaction.finish(), as: UTF8.self)
    }

    /// The text as a console with that number of columns shows it; blanks at the end of a row may be lost.
    private func wrapped(_ text: String, at columns: Int, trimmed: Bool) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line -> [String] in
            guard !line.isEmpty else { return [""] }
            return stride(from: 0, to: line.count, by: columns).map { start in
                var row = String(line.dropFirst(start).prefix(columns))
                while trimmed, row.last == " " { row.removeLast() }
                return row
            }
        }.joined(separator: "\r\n")
    }

    @Test(arguments: [false, true], [true, false])
    func `a secret is in no row of a console that wraps its lines, wherever they break`(isStamped: Bool, trimmed: Bool)
    {
        let secret = "Zq0123456789abcdefghijklmnopqrstuvwxyz"
        func stamp(_ time: Int) -> String { isStamped ? "[    0.0\(time)0000] " : "" }
        for shift in stride(from: 0, to: 90, by: trimmed ? 1 : 3) {
            let before = String(repeating: "a", count: shift)
            let text =
                "\(stamp(1))Linux version 6.12.0 (builder@host) (gcc (Debian 14.2.0) 14.2.0, GNU ld (GNU Binutils) 2.44) #1 SMP\n"
                + "\(stamp(2))Kernel command line: console=ttyS0 root=/dev/\(before) rd.luks.key=\(secret) quiet\n"
                + "\(stamp(3))Unknown kernel command line parameters \"x=\(before) rd.luks.key=\(secret)\", will be passed to user space.\n"
                + "\(stamp(4))ok 1 first\nok 2 second\n"
            for columns in [80, 132] {
                let console = wrapped(text, at: columns, trimmed: trimmed)
                let output = redacted(console, inPiecesOf: 61)
                let rows = output.split(whereSeparator: \.isNewline)
                for length in [6, 8] {
                    for start in stride(from: 2, through: secret.count - length, by: 5) {
                        let part = secret.dropFirst(start).prefix(length)
                        #expect(!rows.contains { $0.contains(part) }, "\(columns) columns, shift \(shift): \(output)")
                    }
                }
                #expect(
                    output.contains("Linux version 6.12.0 (builder@host)")
                        && output.contains("ok 1 first\r\nok 2 second"))
                #expect(output.split(separator: "\n").count == console.split(separator: "\n").count)
            }
        }
    }

    @Test(arguments: [false, true])
    func `a wrapped command line with nothing to leave out stays, byte by byte`(isStamped: Bool) {
        let stamp = isStamped ? "[    0.010000] " : ""
        let text =
            "\(stamp)Linux version 6.12.0 (builder@host) (gcc (Debian 14.2.0) 14.2.0, GNU ld (GNU Binutils) 2.44) #1 SMP\n"
            + "\(stamp)Kernel command line: console=ttyS0 root=/dev/dasda1 kunit.enable=1 panic=-1 loglevel=8 mitigations=auto\n"
            + "\(stamp)printk: log buffer\nplain text of a program that is not a kernel's\n"
        for columns in [40, 80, 200] {
            let console = wrapped(text, at: columns, trimmed: false)
            for size in [1, 7, 1000] { #expect(redacted(console, inPiecesOf: size) == console, "\(columns), \(size)") }
        }
    }

    @Test(arguments: [false, true])
    func `the log of a guest's console, and what is read from it, has none`(isShared: Bool) async throws {
        try await withTemporaryFolder { folder in
            let secret = PlantedSecret("a console")
            let file = folder.appending("console.log")
            let console = try GuestConsole(
                log: file, limit: 1 << 20, steps: [], isShared: isShared, onProgress: { _ in })
            let text = "[    0.000000] Linux version 6.12.0\n[    0.000001] Kernel command line: x=\(secret.text)"
            for byte in text.utf8 { _ = try console.take([byte]) }
            let ended = try console.finish()
            var search = SecretSearch([secret])
            try search.look(into: folder)
            search.look(at: ended.reached, "what was reached")
            #expect(search.found == [] && search.looked > 1)
            #expect(try Files.text(file).contains("command line: x=[left-out]"))
            #expect(try Digest(ofFile: file) == ended.digest)
        }
    }

    @Test func `a value that is plain as far as the row goes is left out where the next row makes a credential of it`()
    {
        let text =
            "[    0.010000] Kernel command line: console=ttyS0 panic=-1 root=https://me:Zq0123456789abcdefghijklm@host/x quiet\n"
            + "[    0.020000] next\n"
        let output = redacted(wrapped(text, at: 80, trimmed: false), inPiecesOf: 100)
        #expect(
            output == "[    0.010000] Kernel command line: console=ttyS0 panic=-1 root=[left-out]\r\n[left-out]\r\n"
                + "[    0.020000] next\r\n")
    }

    @Test func `what follows a command line that is not wrapped stays`() {
        let console = """
            [    0.000000] Linux version 6.12.0 (builder@host) (gcc (Debian 14.2.0) 14.2.0, GNU ld 2.44) #1 SMP PREEMPT_DYNAMIC
            [    0.010000] Kernel command line: console=ttyS0 root=/dev/dasda1 rd.luks.key=S3CRET quiet panic=-1 a b c d
            ok 1 first
            [    0.020000] next
            """
        #expect(redacted(console, inPiecesOf: 9) == console.replacing("S3CRET", with: "[left-out]"))
    }

    @Test func `what a kernel gives to init has no values, when it says so`() {
        let console = """
            [    1.000000] Run /init as init process
            [    1.000001]   with arguments:
            [    1.000002]     /init
            [    1.000003]     S3CRET
            [    1.000004]   with environment:
            [    1.000005]     HOME=/
            [    1.000006]     TERM=linux
            [    1.000007]     token=S3CRET
            [    1.000008]     verylongnameofavariablethatawrappedconsolecannotshow=S3CRETs
            3CRET
            hello from init
                indented
            """
        let expected = """
            [    1.000000] Run /init as init process
            [    1.000001]   with arguments:
            [    1.000002]     /init
            [    1.000003]     [left-out]
            [    1.000004]   with environment:
            [    1.000005]     HOME=/
            [    1.000006]     TERM=linux
            [    1.000007]     token=[left-out]
            [    1.000008]     verylongnameofavariablethatawrappedconsolecannotshow=[left-out]
            [left-out]
            hello from init
                indented
            """
        for size in [1, 10, 5000] { #expect(redacted(console, inPiecesOf: size) == expected) }
    }

    @Test func `bytes that are not text, and a line without an end, pass`() {
        let bytes = [UInt8](0...255) + [UInt8](repeating: 0x80, count: 1 << 18)
        var redaction = CommandLineRedaction()
        #expect(redaction.redacted(bytes) + redaction.finish() == bytes)
        var endless = CommandLineRedaction()
        let line = Array("ernel command line: quiet ".utf8) + [UInt8](repeating: 0x61, count: 1 << 18)
        #expect(endless.redacted(line).count > 20)
    }

    @Test func `a recorded command line is whole where all of it is Bessemer's own`() throws {
        var plan = GuestPlan(kernel: "k", busybox: "b")
        plan.spareCPUs = 1
        plan.kernelArguments = ["kunit.enable=1", "kunit.filter=speed>slow", "kunit.filter_action=skip"]
        #expect(try KernelParameters.redacted(plan.commandLine()) == plan.commandLine())
    }
}
