// SPDX-License-Identifier: Apache-2.0
#![feature(no_core)]
#![no_core]
#![crate_type = "lib"]
extern crate core;
use core::prelude::rust_2021::*;
extern "C" {
    fn take(p: *mut i32) -> i32;
    fn give(x: i32) -> i32;
}
#[no_mangle]
pub unsafe extern "C" fn calls(x: i32) -> i32 { let mut a = [0i32; 10]; a[0] = x; take(a.as_mut_ptr()).wrapping_add(1) }
#[no_mangle]
pub extern "C" fn leaf(x: i32) -> i32 { x.wrapping_add(1) }
#[no_mangle]
pub unsafe extern "C" fn shrink(p: *mut i32, x: i32) -> i32 {
    if p.is_null() { return x; }
    if *p == 3 { return give(x).wrapping_add(take(p)); }
    5
}
#[no_mangle]
pub unsafe extern "C" fn large(n: usize) -> i32 { let mut a = [0i32; 200000]; take(a.as_mut_ptr()); a[n & 1023] }
#[no_mangle]
pub unsafe extern "C" fn indirect(f: extern "C" fn(i32) -> i32) -> i32 { f(2).wrapping_add(1) }
