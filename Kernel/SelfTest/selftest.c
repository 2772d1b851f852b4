// SPDX-License-Identifier: GPL-2.0-only
/*
 * Self-test of Rust code in an s390 kernel: warnings, death, static branches, stack frames, memory.
 *
 * Insert the module; the results are in the kernel's log, as KTAP. Warnings and the death of a thread or two are part
 * of it: this is no module for a machine in production. With run=0 nothing but loading is tested.
 */
#include <linux/kallsyms.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "selftest.h"

static const struct suite *const suites[] = {
	&selftest_warn, &selftest_static_branch, &selftest_stack, &selftest_memory, &selftest_layout, &selftest_death,
};

static bool run = true;
module_param(run, bool, 0444);
MODULE_PARM_DESC(run, "take the tests (default: yes)");

bool selftest_emulated;
module_param_named(emulated, selftest_emulated, bool, 0444);
MODULE_PARM_DESC(emulated, "the CPUs are those of an emulator that translates code (default: no)");

void note(struct test *test, const char *format, ...)
{
	struct va_format text = { .fmt = format };
	va_list arguments;

	va_start(arguments, format);
	text.va = &arguments;
	pr_info("    # %s: %pV\n", test->name, &text);
	va_end(arguments);
}

struct log_place log_end(void)
{
	struct log_place end;

	kmsg_dump_rewind(&end.place);
	end.place.cur_seq = end.place.next_seq;
	return end;
}

unsigned int log_count(struct log_place from, const char *first, const char *second)
{
	static char line[1024];
	unsigned int count = 0;
	size_t length;

	/* Only the module's initialisation reads the log, so one buffer will do. */
	while (kmsg_dump_get_line(&from.place, false, line, sizeof(line) - 1, &length)) {
		line[min(length, sizeof(line) - 1)] = '\0';
		if (strstr(line, first) && strstr(line, second))
			count++;
	}
	return count;
}

void place_text(const struct rust_place *place, char end, char *text, size_t size)
{
	snprintf(text, size, "%.*s:%u%c", (int)place->length, place->file, place->line, end);
}

void function_name(unsigned long address, char *name)
{
	sprint_symbol_no_offset(name, address);
	/* A compiler that makes a variant of a function adds a dot and more. */
	name[strcspn(name, " .")] = '\0';
}

/* Runs Rust code of each kind that is quiet, in the context of who writes to the parameter. */
static int exercise(const char *value, const struct kernel_param *parameter)
{
	static struct counters counters;
	struct shared shared;

	selftest_rust_count(&counters, 10);
	selftest_rust_write(&shared);
	selftest_exercise_stack();
	return 0;
}

static const struct kernel_param_ops exercise_ops = { .set = exercise };
module_param_cb(exercise, &exercise_ops, NULL, 0200);
MODULE_PARM_DESC(exercise, "write anything to run the module's Rust code");

static bool take(const struct suite *suite, unsigned int number)
{
	bool failed = false;
	unsigned int i;

	pr_info("    KTAP version 1\n");
	pr_info("    # Subtest: %s\n", suite->name);
	pr_info("    1..%u\n", suite->count);
	for (i = 0; i < suite->count; i++) {
		struct test *test = &suite->tests[i];

		test->run(test);
		pr_info("    %s %u %s%s\n", test->failed ? "not ok" : "ok", i + 1, test->name,
			test->skipped && !test->failed ? " # SKIP" : "");
		failed |= test->failed;
	}
	pr_info("%s %u %s\n", failed ? "not ok" : "ok", number, suite->name);
	return !failed;
}

/* Takes the test of reliable traces with the function at an address. */
static int reliable(const char *value, const struct kernel_param *parameter)
{
	unsigned long address;
	int error = kstrtoul(value, 0, &address);

	if (error)
		return error;
	selftest_save_reliable = (void *)address;
	pr_info("KTAP version 1\n");
	pr_info("1..1\n");
	take(&selftest_reliable, 1);
	return 0;
}

static const struct kernel_param_ops reliable_ops = { .set = reliable };
module_param_cb(reliable, &reliable_ops, NULL, 0200);
MODULE_PARM_DESC(reliable, "the address of stack_trace_save_tsk_reliable(), or 0");

static int __init selftest_init(void)
{
	unsigned int i;

	if (!run)
		return 0;
	pr_info("KTAP version 1\n");
	pr_info("1..%zu\n", ARRAY_SIZE(suites));
	for (i = 0; i < ARRAY_SIZE(suites); i++)
		take(suites[i], i + 1);
	return 0;
}

static void __exit selftest_exit(void)
{
}

module_init(selftest_init);
module_exit(selftest_exit);
MODULE_DESCRIPTION("Self-test of Rust code on s390");
MODULE_LICENSE("GPL");
