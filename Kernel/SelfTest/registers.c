// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program without a C library: fills all floating-point and vector registers, has the kernel run the module's Rust
 * code through /sys/module/bessemer_selftest/parameters/exercise, and looks whether the registers are what they were.
 * Results go to /dev/kmsg, as KTAP.
 */
#define TIMES 1000
#define AT_HWCAP 16
#define HWCAP_VXRS (1UL << 11) /* arch/s390/include/asm/elf.h */

typedef unsigned long u64;

static u64 before[64], after[64];

static long call(long number, long first, long second, long third)
{
	register long r1 asm("1") = number;
	register long r2 asm("2") = first;
	register long r3 asm("3") = second;
	register long r4 asm("4") = third;

	asm volatile("svc 0" : "+d" (r2) : "d" (r1), "d" (r3), "d" (r4) : "cc", "memory");
	return r2;
}

static long open(const char *path)
{
	return call(5, (long)path, 1, 0);
}

static long write(long file, const char *text)
{
	long length = 0;

	while (text[length])
		length++;
	return call(4, file, (long)text, length);
}

/* Writes with sixteen registers of 64 bits full, and keeps what is in them then. */
static long write_with_floats(long file, const char *text)
{
	register long r1 asm("1") = 4;
	register long r2 asm("2") = file;
	register long r3 asm("3") = (long)text;
	register long r4 asm("4") = 1;

	asm volatile(
		".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
		"	ld	\\n,8*\\n(%[before])\n"
		".endr\n"
		"	svc	0\n"
		".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
		"	std	\\n,8*\\n(%[after])\n"
		".endr\n"
		: "+d" (r2)
		: "d" (r1), "d" (r3), "d" (r4), [before] "a" (before), [after] "a" (after)
		: "cc", "memory");
	return r2;
}

/* The same with thirty-two registers of 128 bits. */
static long write_with_vectors(long file, const char *text)
{
	register long r1 asm("1") = 4;
	register long r2 asm("2") = file;
	register long r3 asm("3") = (long)text;
	register long r4 asm("4") = 1;

	asm volatile(
		"	.machine push\n"
		"	.machine z13\n"
		"	vlm	%%v0,%%v15,0(%[before])\n"
		"	vlm	%%v16,%%v31,256(%[before])\n"
		"	svc	0\n"
		"	vstm	%%v0,%%v15,0(%[after])\n"
		"	vstm	%%v16,%%v31,256(%[after])\n"
		"	.machine pop\n"
		: "+d" (r2)
		: "d" (r1), "d" (r3), "d" (r4), [before] "a" (before), [after] "a" (after)
		: "cc", "memory");
	return r2;
}

static int are_kept(long file, long (*writes)(long, const char *), int count)
{
	int time, i;

	for (time = 0; time < TIMES; time++) {
		for (i = 0; i < count; i++) {
			before[i] = 0x0123456789abcdefUL * (u64)(i + 1) ^ (u64)time << 32;
			after[i] = 0;
		}
		if (writes(file, "1") != 1)
			return 0;
		for (i = 0; i < count; i++)
			if (before[i] != after[i])
				return 0;
	}
	return 1;
}

__attribute__((used)) static void start(u64 *stack)
{
	long log = open("/dev/kmsg");
	long file = open("/sys/module/bessemer_selftest/parameters/exercise");
	u64 capabilities = 0;
	int floats, vectors;

	/* The arguments' number, the arguments, NULL, the environment, NULL, and pairs (arch/s390/include/asm/elf.h). */
	u64 *word = stack + 1 + stack[0] + 1;

	while (*word++)
		;
	for (; word[0]; word += 2)
		if (word[0] == AT_HWCAP)
			capabilities = word[1];

	floats = are_kept(file, write_with_floats, 16);
	vectors = !(capabilities & HWCAP_VXRS) || are_kept(file, write_with_vectors, 64);
	write(log, "KTAP version 1\n");
	write(log, "1..1\n");
	write(log, "    KTAP version 1\n");
	write(log, "    # Subtest: selftest_registers\n");
	write(log, "    1..2\n");
	write(log, floats ? "    ok 1 floating_point_registers_are_kept\n" :
			    "    not ok 1 floating_point_registers_are_kept\n");
	write(log, !vectors ? "    not ok 2 vector_registers_are_kept\n" :
		   capabilities & HWCAP_VXRS ? "    ok 2 vector_registers_are_kept\n" :
		   "    ok 2 vector_registers_are_kept # SKIP this machine has none\n");
	write(log, floats && vectors ? "ok 1 selftest_registers\n" : "not ok 1 selftest_registers\n");
	call(1, !(floats && vectors), 0, 0);
}

asm(
	".globl _start\n"
	"_start:\n"
	"	lgr	%r2,%r15\n"
	"	aghi	%r15,-160\n"
	"	xc	0(8,%r15),0(%r15)\n"
	"	brasl	%r14,start\n");
