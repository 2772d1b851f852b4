// SPDX-License-Identifier: GPL-2.0-only
/* Warnings that Rust code fires (arch/s390/include/asm/bug.h). */
#include <linux/kernel.h>
#include <linux/panic.h>

#include "selftest.h"

/* Lines of warnings from a place, whatever the kernel line says between and behind the words. */
static unsigned int warnings(struct log_place from, const struct rust_place *place)
{
	char text[256];

	place_text(place, ' ', text, sizeof(text));
	return log_count(from, "WARNING: ", text);
}

static void silent_where_it_does_not_hold(struct test *test)
{
	struct log_place from = log_end();
	struct rust_place place;

	expect(test, !selftest_warn_on(false, &place));
	expect_equal(test, log_count(from, "WARNING: ", ""), 0);
}

static void names_the_file_and_line_of_the_source(struct test *test)
{
	struct log_place from = log_end();
	struct rust_place place;

	expect(test, selftest_warn_on(true, &place));
	expect_equal(test, warnings(from, &place), 1);
	expect_equal(test, log_count(from, "WARNING: ", "selftest_warn_on+"), 1);
}

static void taints_as_a_warning(struct test *test)
{
	int died = test_taint(TAINT_DIE);
	struct rust_place place;

	selftest_warn_on(true, &place);
	expect(test, test_taint(TAINT_WARN));
	expect_equal(test, test_taint(TAINT_DIE), died);
}

static void fires_each_time(struct test *test)
{
	struct log_place from = log_end();
	struct rust_place place;
	int i;

	for (i = 0; i < 3; i++)
		expect(test, selftest_warn_on(true, &place));
	expect_equal(test, warnings(from, &place), 3);
}

static void once_fires_once_and_holds_each_time(struct test *test)
{
	struct log_place from = log_end();
	struct rust_place place;
	int i;

	for (i = 0; i < 3; i++)
		expect(test, selftest_warn_on_once(true, &place));
	expect(test, !selftest_warn_on_once(false, &place));
	expect_equal(test, warnings(from, &place), 1);
}

static struct test tests[] = {
	{ "silent_where_it_does_not_hold", silent_where_it_does_not_hold },
	{ "names_the_file_and_line_of_the_source", names_the_file_and_line_of_the_source },
	{ "taints_as_a_warning", taints_as_a_warning },
	{ "fires_each_time", fires_each_time },
	{ "once_fires_once_and_holds_each_time", once_fires_once_and_holds_each_time },
};
SUITE(selftest_warn, tests);
