// SPDX-License-Identifier: GPL-2.0-only
/* Memory that C and Rust code share: byte order, unaligned members, bit-fields, atomics. */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/filter.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <asm/ptrace.h>
#include <asm/cpu.h>

#include "selftest.h"

#define TIMES 70000

static void unaligned_members_from_both_sides(struct test *test)
{
	struct shared shared = { 0x11, 0x2233, 0x44556677, 0x8899aabbccddeeff };

	expect_equal(test, selftest_rust_read(&shared), 0xf);
	selftest_rust_write(&shared);
	expect_equal(test, shared.byte, 0xfe);
	expect_equal(test, shared.half, 0xdcba);
	expect_equal(test, shared.word, 0x98765432);
	expect_equal(test, shared.giant, 0x10fedcba98765432);
	/* The most significant byte comes first. */
	expect_equal(test, ((u8 *)&shared)[1], 0xdc);
	expect_equal(test, ((u8 *)&shared)[7], 0x10);
}

static void bit_fields_from_both_sides(struct test *test)
{
	struct cpuid cpu = { .version = 0xa5, .ident = 0x5a1234, .machine = 0x8561, .unused = 0xc3c3 };
	struct psw_bits psw = { .per = 1, .key = 0x9, .cc = 2, .pm = 0x5, .ia = 0x123456789abcdef0 };
	struct bpf_insn insn = { .code = 0x7b, .dst_reg = 3, .src_reg = 12, .off = -2, .imm = 0x1234567 };

	/* One bit for each member that Rust reads as it was written here. */
	expect_equal(test, selftest_rust_bits(&cpu, &psw, &insn), 0x3fff);
}

static struct completion counted;

static int c_counts(void *data)
{
	struct counters *counters = data;
	u32 i;

	for (i = 0; i < TIMES; i++) {
		u8 byte = READ_ONCE(counters->byte);
		u16 half = READ_ONCE(counters->half);

		while (!try_cmpxchg(&counters->byte, &byte, byte + 1))
			;
		while (!try_cmpxchg(&counters->half, &half, half + 1))
			;
		atomic_inc((atomic_t *)&counters->word);
		atomic64_inc((atomic64_t *)&counters->giant);
	}
	complete(&counted);
	return 0;
}

static int rust_counts(void *data)
{
	selftest_rust_count(data, TIMES);
	complete(&counted);
	return 0;
}

static void atomics_from_both_sides(struct test *test)
{
	static struct counters counters;
	int (*const sides[])(void *) = { c_counts, rust_counts };
	unsigned int i;

	memset(&counters, 0, sizeof(counters));
	init_completion(&counted);
	for (i = 0; i < ARRAY_SIZE(sides); i++) {
		struct task_struct *thread = kthread_run(sides[i], &counters, "selftest/%u", i);

		if (IS_ERR(thread)) {
			fail(test, "no thread: %ld", PTR_ERR(thread));
			/* The other thread counts as itself alone. */
			complete(&counted);
		}
	}
	for (i = 0; i < ARRAY_SIZE(sides); i++)
		wait_for_completion(&counted);
	expect_equal(test, counters.byte, (u8)(2 * TIMES));
	expect_equal(test, counters.half, (u16)(2 * TIMES));
	expect_equal(test, counters.word, 2 * TIMES);
	expect_equal(test, counters.giant, 2 * TIMES);
}

static struct test tests[] = {
	{ "unaligned_members_from_both_sides", unaligned_members_from_both_sides },
	{ "bit_fields_from_both_sides", bit_fields_from_both_sides },
	{ "atomics_from_both_sides", atomics_from_both_sides },
};
SUITE(selftest_memory, tests);
