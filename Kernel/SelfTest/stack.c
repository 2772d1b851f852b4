// SPDX-License-Identifier: GPL-2.0-only
/* Stack frames of Rust and C code on one stack (arch/s390/include/asm/stacktrace.h, struct stack_frame). */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/kallsyms.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/stacktrace.h>
#include <linux/timer.h>

#include "selftest.h"

/* Calls between C and Rust, each from one to the other. */
#define HOPS 8

struct trace {
	unsigned int count;
	unsigned long entries[64];
};

static noinline u64 selftest_save(void *context)
{
	struct trace *trace = context;

	trace->count = stack_trace_save(trace->entries, ARRAY_SIZE(trace->entries), 0);
	return trace->count;
}

u64 noinline selftest_c_hop(u32 depth, u64 (*last)(void *), void *context)
{
	u64 result;

	if (depth == 0)
		result = last(context);
	else
		result = selftest_rust_hop(depth - 1, last, context);
	/* The call must not become a jump. */
	barrier();
	return result + 1;
}

static noinline u64 selftest_chain(struct trace *trace)
{
	u64 result = selftest_c_hop(HOPS - 1, selftest_save, trace);

	barrier();
	return result;
}

static noinline u64 selftest_large_chain(struct trace *trace)
{
	u64 result = selftest_rust_large_frame(selftest_save, trace);

	barrier();
	return result;
}

void selftest_exercise_stack(void)
{
	struct trace *trace = kmalloc(sizeof(*trace), GFP_KERNEL);

	if (trace) {
		selftest_chain(trace);
		selftest_large_chain(trace);
	}
	kfree(trace);
}

/* The trace holds these functions one after the other, innermost first, and the first of them is the innermost. */
static void holds(struct test *test, const struct trace *trace, const char *const *functions, unsigned int count)
{
	char name[KSYM_SYMBOL_LEN];
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (i >= trace->count) {
			fail(test, "the trace ends after %u frames, before %s", trace->count, functions[i]);
			return;
		}
		function_name(trace->entries[i], name);
		if (strcmp(name, functions[i])) {
			fail(test, "frame %u is %s and not %s", i, name, functions[i]);
			return;
		}
	}
	/* Something called the outermost of them. */
	expect(test, trace->count > count);
}

static void holds_the_chain(struct test *test, const struct trace *trace, const char *last, const char *first)
{
	const char *functions[HOPS + 2] = { last };
	unsigned int i;

	for (i = 0; i < HOPS; i++)
		functions[1 + i] = i % 2 == 0 ? "selftest_rust_hop" : "selftest_c_hop";
	functions[1 + HOPS] = first;
	holds(test, trace, functions, ARRAY_SIZE(functions));
}

static void every_frame_in_process_context(struct test *test)
{
	static struct trace trace;

	expect_equal(test, selftest_chain(&trace), trace.count + HOPS);
	holds_the_chain(test, &trace, "selftest_save", "selftest_chain");
}

static void every_frame_behind_a_large_one(struct test *test)
{
	static const char *const functions[] = {
		"selftest_save", "selftest_rust_large_frame", "selftest_large_chain",
	};
	static struct trace trace;

	selftest_large_chain(&trace);
	holds(test, &trace, functions, ARRAY_SIZE(functions));
}

static struct {
	struct trace trace;
	struct completion done;
	bool in_softirq;
} later;

static void take_later(void)
{
	later.in_softirq = in_serving_softirq();
	selftest_chain(&later.trace);
	complete(&later.done);
}

static void on_timer(struct timer_list *timer)
{
	take_later();
}

static void on_tasklet(struct tasklet_struct *tasklet)
{
	take_later();
}

static DEFINE_TIMER(timer, on_timer);
static DECLARE_TASKLET(tasklet, on_tasklet);

static void wait_for_later(struct test *test)
{
	if (wait_for_completion_timeout(&later.done, 10 * HZ) == 0) {
		fail(test, "it was not called within ten seconds");
		return;
	}
	expect(test, later.in_softirq);
	holds_the_chain(test, &later.trace, "selftest_save", "selftest_chain");
}

static void every_frame_in_a_timer(struct test *test)
{
	init_completion(&later.done);
	mod_timer(&timer, jiffies + 1);
	wait_for_later(test);
	timer_delete_sync(&timer);
}

static void every_frame_in_a_tasklet(struct test *test)
{
	init_completion(&later.done);
	tasklet_schedule(&tasklet);
	wait_for_later(test);
	tasklet_kill(&tasklet);
}

/* A thread that sleeps at the end of the chain. */
static struct {
	struct completion reached, leave;
} asleep;

static noinline u64 selftest_sleep(void *unused)
{
	complete(&asleep.reached);
	wait_for_completion(&asleep.leave);
	/* The call must not become a jump. */
	barrier();
	return 0;
}

static noinline int selftest_sleeper(void *unused)
{
	int result = selftest_c_hop(HOPS - 1, selftest_sleep, NULL) != HOPS;

	barrier();
	return result;
}

int (*selftest_save_reliable)(struct task_struct *task, unsigned long *entries, unsigned int size);

static void every_frame_of_a_sleeping_thread(struct test *test)
{
	static struct trace whole, trace;
	char name[KSYM_SYMBOL_LEN];
	struct task_struct *task;
	unsigned int first;
	int count;

	if (!selftest_save_reliable) {
		skip(test, "this kernel has no stack_trace_save_tsk_reliable()");
		return;
	}
	init_completion(&asleep.reached);
	init_completion(&asleep.leave);
	task = kthread_run(selftest_sleeper, NULL, "selftest/sleeper");
	if (IS_ERR(task)) {
		fail(test, "no thread: %ld", PTR_ERR(task));
		return;
	}
	wait_for_completion(&asleep.reached);
	while (READ_ONCE(task->__state) == TASK_RUNNING || READ_ONCE(task->on_cpu))
		msleep(1);
	count = selftest_save_reliable(task, whole.entries, ARRAY_SIZE(whole.entries));
	complete(&asleep.leave);
	if (count < 0) {
		fail(test, "the trace is not reliable: %d", count);
		return;
	}
	for (first = 0; first < count; first++) {
		function_name(whole.entries[first], name);
		if (!strcmp(name, "selftest_sleep"))
			break;
	}
	trace.count = count - first;
	memcpy(trace.entries, whole.entries + first, trace.count * sizeof(*trace.entries));
	holds_the_chain(test, &trace, "selftest_sleep", "selftest_sleeper");
}

static struct test reliable_tests[] = {
	{ "every_frame_of_a_sleeping_thread", every_frame_of_a_sleeping_thread },
};
SUITE(selftest_reliable, reliable_tests);

static struct test tests[] = {
	{ "every_frame_in_process_context", every_frame_in_process_context },
	{ "every_frame_behind_a_large_one", every_frame_behind_a_large_one },
	{ "every_frame_in_a_timer", every_frame_in_a_timer },
	{ "every_frame_in_a_tasklet", every_frame_in_a_tasklet },
};
SUITE(selftest_stack, tests);
