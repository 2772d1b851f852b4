// SPDX-License-Identifier: Apache-2.0
import ByteKit
import ELFKit
import Testing

struct ModuleSymversTests {
    @Test func aLineIsASymbol() throws {
        let text = """
            0x81a7e4f0\tkfree\tvmlinux\tEXPORT_SYMBOL\t
            0x00000000\t_RNvCs\trust/kernel\tEXPORT_SYMBOL_GPL\tRUST
            0x00000001\told\tvmlinux\tEXPORT_SYMBOL

            """
        let entries = try ModuleSymvers(Bytes(Array(text.utf8))).entries
        #expect(entries.map(\.symbol) == ["kfree", "_RNvCs", "old"])
        #expect(entries.map(\.checksum) == [0x81a7_e4f0, 0, 1])
        #expect(entries.map(\.module) == ["vmlinux", "rust/kernel", "vmlinux"])
        #expect(entries.map(\.isForGPLAlone) == [false, true, false])
        #expect(entries.map(\.namespace) == ["", "RUST", ""])
    }

    @Test(
        arguments: [
            "kfree", "0x81a7e4f0 kfree vmlinux EXPORT_SYMBOL", "81a7e4f0\tkfree\tvmlinux\tEXPORT_SYMBOL\t",
            "0x181a7e4f0\tkfree\tvmlinux\tEXPORT_SYMBOL\t", "0x0\t\tvmlinux\tEXPORT_SYMBOL\t",
            "0x0\tkfree\tvmlinux\tnothing\t", "0x0\ta\tb\tEXPORT_SYMBOL\tc\td", "\t\t\t\t",
        ])
    func anythingElseIsAnErrorAtTheLine(line: String) {
        let text = "0x81a7e4f0\tkfree\tvmlinux\tEXPORT_SYMBOL\t\n" + line
        let error = #expect(throws: FormatError.self) { try ModuleSymvers(Bytes(Array(text.utf8))) }
        #expect(error?.code == .invalid)
        #expect(error?.offset == 40)
    }
}
