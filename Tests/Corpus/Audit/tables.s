# SPDX-License-Identifier: Apache-2.0
    .text
    .globl warns
    .type warns,@function
warns:
    mc 0(%r0),0
0:  brcl 0,1f
    br %r14
1:  lghi %r2,1
2:  lg %r1,0(%r2)
3:  br %r14
    .size warns,.-warns
    .section .rodata.str,"aMS",@progbits,1
4:  .asciz "kernel/panic.c"
5:  .asciz "format %d"
    .section __bug_table,"aw"
6:  .long warns - .
    .long 5b - .
    .long 4b - .
    .short 42
    .short 1
    .section __jump_table,"aw"
    .balign 8
    .long 0b - ., 1b - .
    .quad key - .
    .section __ex_table,"a"
    .balign 4
    .long 2b - ., 3b - .
    .short 1, 0
    .section .altinstructions,"a"
    .long 1b - ., 7f - .
    .long 82
    .byte 4
    .section .altinstr_replacement,"ax"
7:  lghi %r2,2
    .section __mcount_loc,"a"
    .balign 8
    .quad 8f
    .section .text.traced,"ax"
    .globl traced
    .type traced,@function
traced:
8:  brcl 0,0
    br %r14
    .size traced,.-traced
    .data
    .balign 8
key: .quad 0, 0
    .section .modinfo,"a"
    .asciz "license=GPL"
    .asciz "vermagic=7.3.4 SMP mod_unload"
    .asciz "name=mixed"
