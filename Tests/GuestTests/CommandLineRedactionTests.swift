// SPDX-License-Identifier: Apache-2.0
import Host
import SystemPackage
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
