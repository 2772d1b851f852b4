// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import KernelTree

struct LayoutConstantsTests {
    private let generated = """
        pub struct __BindgenBitfieldUnit<Storage> {
            storage: Storage,
        }
        #[repr(C)]
        pub struct list_head {
            pub next: *mut list_head,
            pub prev: *mut list_head,
        }
        #[repr(C)]
        pub struct page {
            pub flags: memdesc_flags_t,
            pub __bindgen_anon_1: page__bindgen_ty_1,
            pub _bitfield_align_1: [u8; 0],
            pub _bitfield_1: __BindgenBitfieldUnit<[u8; 4usize]>,
            pub type_: ffi::c_int,
            pub last_: ffi::c_int,
            pub __bindgen_padding_0: [u64; 17usize],
        }
        pub union page__bindgen_ty_1 {
            pub a: u8,
        }
        pub union spin {
            pub raw: u32,
        }
        pub struct lowcore {
            pub _bindgen_opaque_blob: [u64; 1024usize],
        }
        pub struct only_named {
            _unused: [u8; 0],
        }
        pub struct sched_statistics {}
        pub struct atomic_t {
            pub counter: ffi::c_int,
        }
        pub struct not_complete {
            pub x: ffi::c_int,
        }
        """

    private var constants: LayoutConstants {
        LayoutConstants(
            of: generated,
            complete: [
                "struct list_head", "struct page", "union spin", "struct lowcore", "atomic_t",
                "struct sched_statistics",
                "struct only_named",
            ])
    }

    @Test("each type that both sides know whole is there, with the members that C has names for")
    func entries() {
        let found = constants.entries.map {
            "\($0.c): " + $0.members.map { "\($0.c)=\($0.rust)" }.joined(separator: " ")
        }
        #expect(
            found == [
                "struct list_head: next=next prev=prev", "struct page: flags=flags type=type_ last_=last_",
                "union spin: raw=raw", "struct lowcore: ", "struct sched_statistics: ", "atomic_t: counter=counter",
            ])
    }

    @Test("both tables have the same numbers in the same order, and a name for each")
    func tables() {
        let constants = self.constants
        let c = constants.cSource
        let rust = constants.rustSource
        #expect(constants.count == 6 * 2 + 7)
        let inC = c.matches(of: /sizeof\(|_Alignof\(|offsetof\(/).map { String($0.output) }
        let inRust = rust.matches(of: /size_of::|align_of::|offset_of!/).map { String($0.output) }
        #expect(inC.count == constants.count)
        #expect(inRust.count == constants.count)
        let kinds = ["sizeof(": "size_of::", "_Alignof(": "align_of::", "offsetof(": "offset_of!"]
        #expect(inC.map { kinds[$0] } == inRust.map(Optional.some))
        #expect(c.contains("offsetof(struct page, type),"))
        #expect(rust.contains("offset_of!(bindings::page, type_) as u32,"))
        #expect(c.contains(#""struct list_head\0" "next\0" "prev\0" "\0""#))
    }
}
