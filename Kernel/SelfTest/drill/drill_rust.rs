// SPDX-License-Identifier: GPL-2.0-only

//! What ends the kernel; `drill.c` says when.

use core::ffi::c_void;
use core::hint::spin_loop;
use kernel as _;

#[no_mangle]
#[inline(never)]
extern "C" fn drill_rust_panic() {
    panic!("a drill of the way back");
}

/// Called on a CPU whose interrupts are off.
#[no_mangle]
#[inline(never)]
extern "C" fn drill_rust_hang(_unused: *mut c_void) {
    loop {
        spin_loop();
    }
}
