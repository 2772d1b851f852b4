// SPDX-License-Identifier: Apache-2.0
import Host
import SystemPackage
import TestSupport
import Testing

@testable import KernelTree

struct SavedCommandTests {
    @Test("words keep their quotes, so that the shell reads them as make wrote them")
    func words() {
        let text = #"A=/out  rustc --cfg='no fmt' -DX='"rust/helpers"' -o x.o x.c"#
        let words = SavedCommand.words(text)
        #expect(words == ["A=/out", "rustc", "--cfg='no fmt'", #"-DX='"rust/helpers"'"#, "-o", "x.o", "x.c"])
    }

    @Test("an option goes with its value")
    func options() {
        var command = SavedCommand(words: ["cc", "-o", "x.o", "--extern", "a", "--extern", "b", "-c", "x.c", "-o"])
        command.removeOption("-o")
        command.removeOption("--extern")
        #expect(command.words == ["cc", "-c", "x.c"])
    }

    @Test("a file that make did not make is told with the folder to name")
    func missing() async throws {
        try await withTemporaryFolder { folder in
            try AtomicFile.write("savedcmd_other.o := cc\n", to: folder.appending(".x.o.cmd"))
            #expect(throws: Failure.self) { try SavedCommand(of: "x.o", in: ForeignFolder(folder)) }
            try AtomicFile.write("savedcmd_x.o := cc -c x.c\n\nsource_x.o := x.c\n", to: folder.appending(".x.o.cmd"))
            #expect(try SavedCommand(of: "x.o", in: ForeignFolder(folder)).words == ["cc", "-c", "x.c"])
        }
    }

    @Test("the probe takes every public type without parameters")
    func types() {
        let generated = """
            pub struct __BindgenBitfieldUnit<Storage> {
            pub struct list_head {
                pub next: *mut list_head,
            pub union sigval {
            pub struct lock_class_key {}
            struct private {
            pub type u8_ = ffi::c_uchar;
            pub struct dma_data_direction(pub i32);
            """
        #expect(LayoutProbe.types(in: generated) == ["list_head", "sigval", "lock_class_key", "dma_data_direction"])
    }
}
