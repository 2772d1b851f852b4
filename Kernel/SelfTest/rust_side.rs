// SPDX-License-Identifier: GPL-2.0-only

//! The Rust half of the self-test; `selftest.h` says what each function is for.

use core::ffi::c_void;
use core::hint::black_box;
use core::sync::atomic::{AtomicU16, AtomicU32, AtomicU64, AtomicU8, Ordering::Relaxed};
use kernel::bindings;
use kernel::jump_label::static_branch_unlikely;
use kernel::warn_on;

/// A line of this file.
#[repr(C)]
pub struct Place {
    file: *const u8,
    length: usize,
    line: u32,
}

impl Place {
    fn new(line: u32) -> Self {
        Place {
            file: file!().as_ptr(),
            length: file!().len(),
            line,
        }
    }
}

#[no_mangle]
#[inline(never)]
extern "C" fn selftest_warn_on(condition: bool, place: &mut Place) -> bool {
    *place = Place::new(line!() + 1);
    warn_on!(condition)
}

#[cfg(has_warn_on_once)]
#[no_mangle]
#[inline(never)]
extern "C" fn selftest_warn_on_once(condition: bool, place: &mut Place) -> bool {
    *place = Place::new(line!() + 1);
    kernel::warn_on_once!(condition)
}

#[cfg(not(has_warn_on_once))]
#[no_mangle]
#[inline(never)]
extern "C" fn selftest_warn_on_once(condition: bool, place: &mut Place) -> bool {
    const ONCE: u32 =
        kernel::bug::bugflag_taint(bindings::TAINT_WARN) | bindings::BUGFLAG_ONCE;

    if condition {
        *place = Place::new(line!() + 1);
        kernel::warn_flags!(file!(), ONCE);
    }
    condition
}

#[no_mangle]
#[inline(never)]
extern "C" fn selftest_panic(place: &mut Place) {
    *place = Place::new(line!() + 1);
    panic!("on purpose");
}

#[no_mangle]
#[inline(never)]
extern "C" fn selftest_index(
    list: *const u32,
    length: usize,
    index: usize,
    place: &mut Place,
) -> u32 {
    // SAFETY: The caller's list has that length.
    let list = unsafe { core::slice::from_raw_parts(list, length) };
    *place = Place::new(line!() + 1);
    list[index]
}

/// `struct key` in C.
#[repr(C)]
struct Key {
    inner: bindings::static_key_false,
}

extern "C" {
    static mut selftest_key: Key;

    fn selftest_c_hop(depth: u32, last: Last, context: *mut c_void) -> u64;
}

#[no_mangle]
#[inline(never)]
extern "C" fn selftest_rust_branch() -> bool {
    // SAFETY: C code defines the key, off at first.
    #[cfg(has_typed_keys)]
    let on = unsafe { static_branch_unlikely!(selftest_key, Key, inner.key) };
    // SAFETY: C code defines the key, off at first.
    #[cfg(not(has_typed_keys))]
    let on = unsafe { static_branch_unlikely!(selftest_key, Key, inner) };
    on
}

type Last = unsafe extern "C" fn(*mut c_void) -> u64;

#[no_mangle]
#[inline(never)]
extern "C" fn selftest_rust_hop(depth: u32, last: Last, context: *mut c_void) -> u64 {
    // SAFETY: The caller's function takes the caller's context.
    let result = unsafe {
        if depth == 0 {
            last(context)
        } else {
            selftest_c_hop(depth - 1, last, context)
        }
    };
    // The call must not become a jump.
    black_box(result) + 1
}

#[no_mangle]
#[inline(never)]
extern "C" fn selftest_rust_large_frame(last: Last, context: *mut c_void) -> u64 {
    let mut large = [0u8; 5000];

    black_box(&mut large);
    // SAFETY: The caller's function takes the caller's context.
    let result = unsafe { last(context) };
    black_box(&mut large);
    black_box(result)
}

/// `struct shared` in C.
#[repr(C, packed)]
pub struct Shared {
    byte: u8,
    half: u16,
    word: u32,
    giant: u64,
}

#[no_mangle]
extern "C" fn selftest_rust_read(shared: &Shared) -> u32 {
    let right = [
        shared.byte == 0x11,
        { shared.half } == 0x2233,
        { shared.word } == 0x44556677,
        { shared.giant } == 0x8899_aabb_ccdd_eeff,
    ];
    bits(&right) as u32
}

#[no_mangle]
extern "C" fn selftest_rust_write(shared: &mut Shared) {
    shared.byte = 0xfe;
    shared.half = 0xdcba;
    shared.word = 0x98765432;
    shared.giant = 0x10fe_dcba_9876_5432;
}

/// One bit for each that is true.
fn bits(list: &[bool]) -> u64 {
    list.iter()
        .enumerate()
        .fold(0, |bits, (index, &is_true)| bits | (is_true as u64) << index)
}

#[no_mangle]
extern "C" fn selftest_rust_bits(
    cpu: &bindings::cpuid,
    psw: &bindings::psw_bits,
    insn: &bindings::bpf_insn,
) -> u64 {
    bits(&[
        cpu.version() == 0xa5,
        cpu.ident() == 0x5a1234,
        cpu.machine() == 0x8561,
        cpu.unused() == 0xc3c3,
        psw.per() == 1,
        psw.key() == 0x9,
        psw.cc() == 2,
        psw.pm() == 0x5,
        psw.ia() == 0x1234_5678_9abc_def0,
        insn.code == 0x7b,
        insn.dst_reg() == 3,
        insn.src_reg() == 12,
        insn.off == -2,
        insn.imm == 0x1234567,
    ])
}

/// `struct counters` in C.
#[repr(C)]
pub struct Counters {
    giant: AtomicU64,
    word: AtomicU32,
    half: AtomicU16,
    byte: AtomicU8,
}

#[no_mangle]
extern "C" fn selftest_rust_count(counters: &Counters, times: u32) {
    for _ in 0..times {
        counters.byte.fetch_add(1, Relaxed);
        counters.half.fetch_add(1, Relaxed);
        counters.word.fetch_add(1, Relaxed);
        counters.giant.fetch_add(1, Relaxed);
    }
}
