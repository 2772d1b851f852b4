// SPDX-License-Identifier: Apache-2.0

/// The stack frame of s390x Linux: where a function stores what it has to give back to its caller.
///
/// Start here. The rest of the module decodes instructions, follows them, and says which of the frames below a function
/// makes.
///
/// ## What all frames have in common
/// %r15 is the stack pointer, %r14 the return address. The stack grows towards lower addresses. There are no push and
/// pop instructions, and mostly there is no frame pointer. A function that calls another one leaves it the 160 bytes
/// from %r15 on: the register save area. Parameters that do not fit into registers follow at 160(%r15).
///
/// A function that calls others does this first:
///
/// 1. It stores %r14 and %r15, and those of %r6 to %r13 that it changes, in the save area that its caller left to it.
/// 2. It lowers %r15 by the size of its frame. The save area for the functions that it calls begins at the new %r15.
/// 3. If it keeps a backchain, it stores the %r15 that it had on entry at a fixed offset from the new %r15. So the
///    frames of a stack are a linked list, the newest first. Zero ends the list; the kernel's unwinder then looks for
///    the `pt_regs` of an interrupt at 160.
///
/// An unwinder needs two offsets: that of the backchain, and that of the return address in the frame which the
/// backchain points to.
///
/// In the pictures each row is a doubleword, the higher address above. Offsets are in bytes: those of registers from
/// %r15 on entry, that of the backchain from the lowered %r15.
///
/// ## The ordinary frame
/// Each register has its slot, whether it is stored or not.
///
///               with a backchain    without
///     152       f6                  f6
///     144       f4                  f4          f0, f2, f4 and f6 are stored by
///     136       f2                  f2          functions with variable arguments
///     128       f0                  f0
///     120       r15                 r15         the caller's stack pointer
///     112       r14                 r14         the return address
///     104       r13                 r13
///     ...
///      48       r6                  r6
///      40       r5                  r5
///     ...                                       r2 to r5: as f0 to f6
///      16       r2                  r2
///       8       unused              unused
///       0       backchain           unused
///
/// The frame's size is 160 bytes and its local variables. With 40 bytes of these:
///
///               with a backchain              without
///               stmg %r14,%r15,112(%r15)      stmg %r14,%r15,112(%r15)
///               lgr  %r14,%r15
///               lay  %r15,-200(%r15)          lay  %r15,-200(%r15)
///               stg  %r14,0(%r15)
///
/// Code of user space has this frame, with or without a backchain. So has the kernel's vDSO, which runs in user space.
///
/// ## The packed frame
/// Registers that are stored lie at the top of the save area, with the backchain above them; without a backchain the
/// registers move up by one slot.
///
///               with a backchain    without
///     152       backchain           r15
///     144       r15                 r14
///     136       r14                 r13
///     128       r13                 r12
///     ...
///      80       r7                  r6
///      72       r6                  free        functions with variable arguments
///     ...       free                free        store r5 to r2 below r6
///       0       free                free
///
/// What is free belongs to the called function, whose own frame begins there. The frame's size is what the function
/// stores and its local variables. With 40 bytes of these:
///
///               with a backchain              without
///               stmg %r14,%r15,136(%r15)      stmg %r14,%r15,144(%r15)
///               lgr  %r14,%r15
///               lay  %r15,-64(%r15)           lay  %r15,-56(%r15)
///               stg  %r14,152(%r15)
///
/// The kernel has this frame with a backchain: its C code by `-mpacked-stack -mbackchain -msoft-float`, its Rust code
/// by `-Zpacked-stack -Ctarget-feature=+backchain`. Compilers refuse packed frames with a backchain where floating-point
/// registers are in use: a called function with an ordinary frame may store f6 at 152. Without a backchain, functions
/// with variable arguments may store floating-point registers at the top and the general ones lower; this module does
/// not look for such frames.
///
/// ## Why the form matters
/// Functions with different frames can call each other, so neither compilers nor linkers object to a mixture; only an
/// unwinder is misled. The kernel's takes the doubleword at 152 for the backchain, and the one at 136 of the frame that
/// it points to for the return address. In an ordinary frame these are the slots of f6 and f2, with whatever was there
/// before.
///
/// ## Sources
/// - ELF Application Binary Interface s390x Supplement, version 1.7, sections Register Preservation Rules and The Stack
///   Frame (Back-Chain Slot, Register Save Area): the ordinary frame.
/// - GCC's manual, S/390 and zSeries Options, `-mbackchain` and `-mpacked-stack`; `s390_frame_info` in GCC's
///   gcc/config/s390/s390.cc; `getRegSpillOffset` in LLVM's SystemZFrameLowering.cpp: the packed frame.
/// - Linux: arch/s390/include/asm/stacktrace.h (`struct stack_frame`, `struct stack_frame_user`),
///   arch/s390/kernel/unwind_bc.c, arch/s390/Makefile, arch/s390/kernel/vdso64/Makefile: which code has which frame.
/// - Tests/Corpus/S390xKit: functions with each frame, by GCC and rustc. The code above is `calls`, by GCC 14.2.
public enum StackFrame {
    /// Offsets in the ordinary frame, in bytes.
    public enum Ordinary {
        /// From the lowered %r15 to the backchain.
        public static let backchain: Int64 = 0
        /// From %r15 on entry to the return address, with and without a backchain.
        public static let returnAddress: Int32 = 112
    }

    /// Offsets in the packed frame, in bytes.
    public enum Packed {
        /// From the lowered %r15 to the backchain.
        public static let backchain: Int64 = 152
        /// From %r15 on entry to the return address, with a backchain.
        public static let returnAddress: Int32 = 136
        /// From %r15 on entry to the return address, without a backchain.
        public static let returnAddressWithoutBackchain: Int32 = 144
    }

    /// The registers that a called function may change, a bit each: %r0 to %r5 and %r14.
    static let volatileRegisters: UInt16 = 0x403f
    /// The first register that a called function has to give back: %r6.
    static let firstSavedRegister = 6
}
