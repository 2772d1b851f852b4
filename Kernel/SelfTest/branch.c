// SPDX-License-Identifier: GPL-2.0-only
/* A static key that C and Rust read (arch/s390/include/asm/jump_label.h). */
#include <linux/kallsyms.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>

#include "selftest.h"

#define FLIPS 10000

/* Rust code names it. */
extern struct key selftest_key;
struct key selftest_key = { .inner = STATIC_KEY_FALSE_INIT };

static noinline bool selftest_c_branch(void)
{
	return static_branch_unlikely(&selftest_key.inner);
}

static void set(bool on)
{
	if (on)
		static_branch_enable(&selftest_key.inner);
	else
		static_branch_disable(&selftest_key.inner);
}

static void both_sides_see_each_state(struct test *test)
{
	int i;

	for (i = 0; i < 10; i++) {
		bool on = i & 1;

		set(on);
		expect_equal(test, selftest_c_branch(), on);
		expect_equal(test, selftest_rust_branch(), on);
	}
	set(false);
}

/* The branches of this module on the key in one function that are as they have to be. */
static unsigned int patched(struct test *test, const char *function, bool on)
{
	struct module *module = THIS_MODULE;
	unsigned int count = 0, i;

	for (i = 0; i < module->num_jump_entries; i++) {
		struct jump_entry *entry = &module->jump_entries[i];
		unsigned long code = jump_entry_code(entry);
		char name[KSYM_SYMBOL_LEN];
		struct {
			u8 opcode, mask;
			s32 halfwords;
		} __packed brcl;

		if (jump_entry_key(entry) != &selftest_key.inner.key)
			continue;
		function_name(code, name);
		if (strcmp(name, function))
			continue;
		memcpy(&brcl, (void *)code, sizeof(brcl));
		expect_equal(test, brcl.opcode, 0xc0);
		expect_equal(test, brcl.mask, on ? 0xf4 : 0x04);
		expect_equal(test, code + 2L * brcl.halfwords, jump_entry_target(entry));
		count++;
	}
	return count;
}

static void memory_holds_the_right_instruction(struct test *test)
{
	int i;

	for (i = 0; i < 4; i++) {
		bool on = i & 1;

		set(on);
		expect(test, patched(test, "selftest_rust_branch", on) > 0);
		expect(test, patched(test, "selftest_c_branch", on) > 0);
	}
	set(false);
}

struct reader {
	bool (*branch)(void);
	struct task_struct *task;
	/* What was read last, and how often. */
	bool last;
	unsigned long reads, changes;
};

static int read_on(void *data)
{
	struct reader *reader = data;

	while (!kthread_should_stop()) {
		bool on = reader->branch();

		if (on != reader->last)
			reader->changes++;
		WRITE_ONCE(reader->last, on);
		smp_wmb();
		WRITE_ONCE(reader->reads, reader->reads + 1);
		cond_resched();
	}
	return 0;
}

/* Whether a reader, wherever it runs, comes to see a state. */
static bool sees(struct reader *reader, bool on)
{
	unsigned long before = READ_ONCE(reader->reads);
	unsigned long end = jiffies + 10 * HZ;

	/* The second read from now began after now. */
	while (READ_ONCE(reader->reads) - before < 2) {
		if (time_after(jiffies, end))
			return false;
		cond_resched();
	}
	return READ_ONCE(reader->last) == on;
}

/*
 * QEMU translates code and runs the translation. Where one CPU writes code while another translates it, the old one can
 * stay (seen with QEMU 11.1.3, on C and Rust branches alike); the memory is right, and the next write mends it.
 */
static bool is_the_emulator(struct test *test, bool on)
{
	return selftest_emulated && patched(test, "selftest_rust_branch", on) && patched(test, "selftest_c_branch", on) &&
	       !test->failed;
}

static void readers_follow_ten_thousand_flips(struct test *test)
{
	struct reader readers[] = { { selftest_rust_branch }, { selftest_c_branch } };
	int cpu = cpumask_first(cpu_online_mask);
	int i, j, old = 0;
	bool agree;

	for (i = 0; i < ARRAY_SIZE(readers); i++) {
		struct task_struct *task = kthread_create(read_on, &readers[i], "selftest/%d", i);

		if (IS_ERR(task)) {
			fail(test, "no thread: %ld", PTR_ERR(task));
			goto stop;
		}
		kthread_bind(task, cpu);
		cpu = cpumask_next(cpu, cpu_online_mask);
		if (cpu >= nr_cpu_ids)
			cpu = cpumask_first(cpu_online_mask);
		readers[i].task = task;
		wake_up_process(task);
	}
	for (i = 1; i <= FLIPS; i++) {
		bool on = i & 1;

		set(on);
		agree = selftest_rust_branch() == on && selftest_c_branch() == on;
		if (i % 97 == 0)
			for (j = 0; j < ARRAY_SIZE(readers); j++)
				agree &= sees(&readers[j], on);
		if (!agree && is_the_emulator(test, on))
			old++;
		else if (!agree)
			fail(test, "flip %d, to %d, is not seen", i, on);
		if (test->failed)
			break;
		cond_resched();
	}
stop:
	for (i = 0; i < ARRAY_SIZE(readers); i++) {
		if (!readers[i].task)
			continue;
		kthread_stop(readers[i].task);
		expect(test, readers[i].changes > 1);
	}
	if (old)
		note(test, "after %d of %d flips the emulator ran old code, with the right code in memory", old, FLIPS);
	set(false);
}

static struct test tests[] = {
	{ "both_sides_see_each_state", both_sides_see_each_state },
	{ "memory_holds_the_right_instruction", memory_holds_the_right_instruction },
	{ "readers_follow_ten_thousand_flips", readers_follow_ten_thousand_flips },
};
SUITE(selftest_static_branch, tests);
