# SPDX-License-Identifier: Apache-2.0
# With INSIDE: a C record that holds itself twice, without names. Else: a Rust bit-field unit at the end of all numbers.
    .section .debug_abbrev
    .uleb128 1, 0x11; .byte 1; .uleb128 0x13, 0x0b, 0, 0
    .uleb128 2, 0x13; .byte 1; .uleb128 0x03, 0x08, 0x0b, 0x0b, 0x3a, 0x0b, 0x3b, 0x0b, 0, 0
    .uleb128 3, 0x0d; .byte 0; .uleb128 0x49, 0x13, 0x38, 0x0b, 0, 0
    .uleb128 4, 0x39; .byte 1; .uleb128 0x03, 0x08, 0, 0
    .uleb128 5, 0x0d; .byte 0; .uleb128 0x03, 0x08, 0x49, 0x13, 0x38, 0x0f, 0, 0
    .uleb128 6, 0x24; .byte 0; .uleb128 0x03, 0x08, 0x0b, 0x0b, 0x3e, 0x0b, 0, 0
    .uleb128 7, 0x13; .byte 1; .uleb128 0x0b, 0x0b, 0, 0
    .uleb128 8, 0x11; .byte 1; .uleb128 0x13, 0x0b, 0x10, 0x17, 0, 0
    .byte 0
    .section .debug_line
0:  .long 2f - 1f
1:  .short 4
    .long 4f - 3f
3:  .byte 2, 1, 1, 0, 1, 1
    .byte 0
    .asciz "a.h"
    .byte 0, 0, 0, 0
4:
2:
    .section .debug_info
.macro unit language:req, size:req
0:  .long 2f - 1f
1:  .short 4
    .long 0
    .byte 8
    .uleb128 8; .byte \language; .long 0
.endm
.ifdef INSIDE
.irp size, 8, 16
    unit 12 \size
    .uleb128 2; .asciz "a"; .byte \size, 1, 1
    .uleb128 3; .long 5f - 0b; .byte 0
    .uleb128 3; .long 5f - 0b; .byte 0
    .byte 0
5:  .uleb128 7; .byte \size
    .uleb128 3; .long 5b - 0b; .byte 0
    .uleb128 3; .long 5b - 0b; .byte 0
    .byte 0
    .byte 0
2:
.endr
.else
    unit 12 4
    .uleb128 2; .asciz "a"; .byte 4, 1, 1
    .uleb128 5; .asciz "x"; .long 6f - 0b; .uleb128 0
    .byte 0
6:  .uleb128 6; .asciz "int"; .byte 4, 5
    .byte 0
2:
    unit 28 4
    .uleb128 4; .asciz "bindings"
    .uleb128 2; .asciz "a"; .byte 4, 1, 1
    .uleb128 5; .asciz "_bitfield_1"; .long 6f - 0b; .uleb128 0x1fffffffffffffff
    .byte 0
    .byte 0
6:  .uleb128 6; .asciz "u32"; .byte 4, 7
    .byte 0
2:
.endif
