// SPDX-License-Identifier: GPL-2.0-only
/* Threads that Rust code kills: panic!() ends in BUG() (rust/kernel/lib.rs). */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/panic.h>
#include <linux/sched/debug.h>
#include <linux/sched/task.h>

#include "selftest.h"

static struct rust_place place;
static bool survived;

static int panics(void *unused)
{
	selftest_panic(&place);
	WRITE_ONCE(survived, true);
	return 0;
}

static int looks_past_the_end(void *unused)
{
	static const u32 list[] = { 1, 2, 3 };

	selftest_index(list, ARRAY_SIZE(list), ARRAY_SIZE(list), &place);
	WRITE_ONCE(survived, true);
	return 0;
}

static int lives(void *unused)
{
	WRITE_ONCE(survived, true);
	return 0;
}

/* Whether a thread ends, alive or dead, within ten seconds. */
static bool ends(int (*body)(void *))
{
	struct task_struct *task = kthread_create(body, NULL, "selftest");
	bool ended = false;
	int i;

	survived = false;
	if (IS_ERR(task))
		return false;
	get_task_struct(task);
	wake_up_process(task);
	for (i = 0; i < 1000 && !ended; i++) {
		msleep(10);
		ended = READ_ONCE(task->exit_state) != 0;
	}
	put_task_struct(task);
	return ended;
}

static void dies_in(struct test *test, int (*body)(void *))
{
	struct log_place from = log_end();
	int depth = preempt_count();
	char text[256];

#ifdef CONFIG_PANIC_ON_OOPS
	skip(test, "this kernel stops when a thread dies");
	return;
#endif
	note(test, "provokes an Oops");
	expect(test, ends(body));
	expect(test, !READ_ONCE(survived));
	place_text(&place, ':', text, sizeof(text));
	expect_equal(test, log_count(from, "panicked at", text), 1);
	expect_equal(test, log_count(from, "kernel BUG at ", ""), 1);
	expect_equal(test, log_count(from, "exited with preempt_count", ""), 0);
	expect_equal(test, preempt_count(), depth);
#ifdef CONFIG_LOCKDEP
	expect_equal(test, current->lockdep_depth, 0);
#endif
	expect_equal(test, log_count(from, "still has locks held", ""), 0);
	expect(test, test_taint(TAINT_DIE));
	/* The kernel goes on. */
	expect(test, ends(lives));
	expect(test, READ_ONCE(survived));
}

static void panic_ends_the_thread_alone(struct test *test)
{
	dies_in(test, panics);
}

static void index_out_of_bounds_ends_the_thread_alone(struct test *test)
{
	dies_in(test, looks_past_the_end);
}

static struct test tests[] = {
	{ "panic_ends_the_thread_alone", panic_ends_the_thread_alone },
	{ "index_out_of_bounds_ends_the_thread_alone", index_out_of_bounds_ends_the_thread_alone },
};
SUITE(selftest_death, tests);
