// SPDX-License-Identifier: Apache-2.0
// Records and enumerations as rustc describes them, without the core library so that any target will do.
#![feature(no_core, lang_items)]
#![no_core]
#![crate_type = "lib"]
#![allow(dead_code, internal_features)]

#[lang = "pointee_sized"]
pub trait PointeeSized {}
#[lang = "meta_sized"]
pub trait MetaSized: PointeeSized {}
#[lang = "sized"]
pub trait Sized: MetaSized {}
#[lang = "copy"]
pub trait Copy {}
#[lang = "sync"]
pub trait Sync {}
impl<T: PointeeSized> Copy for *mut T {}

pub mod bindings {
    pub mod bindings_raw {
        #[repr(C)]
        pub struct list_head {
            pub next: *mut list_head,
            pub prev: *mut list_head,
        }
        #[repr(C)]
        pub union __bindgen_ty_1 {
            pub both: u32,
            pub low: u16,
        }
        #[repr(C)]
        pub struct everything {
            pub list: list_head,
            pub __bindgen_anon_1: __bindgen_ty_1,
            pub state: [i32; 3],
        }
    }
}

#[repr(u8)]
pub enum Plain {
    One = 1,
    Last = 255,
}

pub enum Choice {
    Nothing,
    Number(u64),
    Pair { left: u16, right: u32 },
}

#[no_mangle]
pub fn probe(
    all: &bindings::bindings_raw::everything,
    _plain: &Plain,
    _choice: &Choice,
) -> *mut bindings::bindings_raw::list_head {
    all.list.next
}
