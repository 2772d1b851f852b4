// SPDX-License-Identifier: GPL-2.0-only

//! The same functions as in `side_c.c`, and the planted mistake.

/// # Safety
///
/// `header` points to two bytes.
#[no_mangle]
unsafe extern "C" fn planted_length(header: *const u8) -> u32 {
    // SAFETY: by the caller's promise.
    let bytes = unsafe { [*header, *header.add(1)] };
    // The mistake: the header is in network byte order, whatever the author's own machine has.
    u32::from(u16::from_le_bytes(bytes))
}

/// # Safety
///
/// `bytes` points to `count` bytes.
#[no_mangle]
unsafe extern "C" fn planted_sum(bytes: *const u8, count: u32) -> u32 {
    let mut sum: u8 = 0;
    for index in 0..count as usize {
        // SAFETY: by the caller's promise.
        sum = sum.wrapping_add(unsafe { *bytes.add(index) });
    }
    u32::from(sum)
}

#[no_mangle]
extern "C" fn planted_round_up(value: u32) -> u32 {
    (value / 8 + 1) * 8
}
