// SPDX-License-Identifier: GPL-2.0-only
/* A KUnit suite for functions that are in C or in Rust, whichever the kernel has. */
#include <kunit/test.h>
#include <linux/module.h>

#include "planted.h"

static const unsigned char header[] = { 0x01, 0x02, 0x03, 0x04 };

/* Fails with Rust alone: the new failure. */
static void length(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, planted_length(header), 0x0102u);
}

/* Passes on both. */
static void sum(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, planted_sum(header, ARRAY_SIZE(header)), 10u);
	KUNIT_EXPECT_EQ(test, planted_sum(header, 0), 0u);
}

/* Fails on both: what was broken before. */
static void round_up_to_eight(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, planted_round_up(9), 16u);
	KUNIT_EXPECT_EQ(test, planted_round_up(16), 16u);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(length),
	KUNIT_CASE(sum),
	KUNIT_CASE(round_up_to_eight),
	{}
};

static struct kunit_suite suite = {
	.name = "planted",
	.test_cases = cases,
};
kunit_test_suite(suite);

MODULE_DESCRIPTION("A planted regression");
MODULE_LICENSE("GPL");
