// SPDX-License-Identifier: Apache-2.0
#![feature(no_core, lang_items, auto_traits)]
#![no_core]
#![allow(internal_features, dead_code, non_camel_case_types)]
#[lang = "pointee_sized"]
pub trait PointeeSized {}
#[lang = "meta_sized"]
pub trait MetaSized: PointeeSized {}
#[lang = "sized"]
pub trait Sized: MetaSized {}
#[lang = "copy"]
pub trait Copy {}
#[lang = "freeze"]
unsafe auto trait Freeze {}
impl Copy for u64 {}
impl Copy for u32 {}
impl Copy for u8 {}
impl<T> Copy for *const T {}

pub mod bindings {
    #[repr(C)]
    pub struct __BindgenBitfieldUnit {
        pub storage: [u8; 4],
    }
    #[repr(C, packed(4))]
    pub struct inner {
        pub tag: u8,
        pub value: u64,
    }
    #[repr(C)]
    pub struct record {
        pub first: u32,
        pub __bindgen_anon_1: record__bindgen_ty_1,
        pub parts: [inner; 3],
        pub call: *const u8,
        pub colour: colour,
    }
    #[repr(C)]
    pub union record__bindgen_ty_1 {
        pub word: u64,
        pub __bindgen_anon_1: record__bindgen_ty_1__bindgen_ty_1,
    }
    #[repr(C)]
    pub struct record__bindgen_ty_1__bindgen_ty_1 {
        pub high: u32,
        pub _bitfield_1: u32,
    }
    impl super::Copy for record__bindgen_ty_1__bindgen_ty_1 {}
    #[repr(i32)]
    pub enum colour {
        RED = 1,
        GREEN = 200,
        BLUE = 300,
    }
}
pub enum Choice {
    Nothing,
    Number(u64),
    Pair(u32, u8),
}
extern "C" {
    fn take(record: *const bindings::record) -> u64;
}
#[no_mangle]
pub unsafe extern "C" fn rust_chain(record: *const bindings::record, _inner: *const bindings::inner) -> u64 {
    take(record);
    take(record)
}
#[no_mangle]
pub extern "C" fn rust_choice(x: &Choice) -> u64 {
    match x {
        Choice::Nothing => 0,
        Choice::Number(x) => *x,
        Choice::Pair(_, _) => 7,
    }
}
