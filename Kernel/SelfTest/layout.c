// SPDX-License-Identifier: GPL-2.0-only
/* Layouts as the C compiler and rustc have them, number by number (layouts_c.c and layouts_rust.rs, made for the kernel). */
#include <linux/string.h>

#include "selftest.h"

#ifdef SELFTEST_LAYOUTS
static void both_compilers_agree(struct test *test)
{
	const char *name = selftest_layout_names, *type = name;
	unsigned int types = 0, i = 0;

	while (i + 1 < selftest_layout_count) {
		type = name;
		types++;
		if (selftest_c_layouts[i] != selftest_rust_layouts[i])
			fail(test, "the size of %s is %u in C, %u in Rust", type, selftest_c_layouts[i],
			     selftest_rust_layouts[i]);
		i++;
		if (selftest_c_layouts[i] != selftest_rust_layouts[i])
			fail(test, "the alignment of %s is %u in C, %u in Rust", type, selftest_c_layouts[i],
			     selftest_rust_layouts[i]);
		i++;
		for (name += strlen(name) + 1; *name; name += strlen(name) + 1, i++) {
			if (selftest_c_layouts[i] != selftest_rust_layouts[i])
				fail(test, "the offset of %s in %s is %u in C, %u in Rust", name, type, selftest_c_layouts[i],
				     selftest_rust_layouts[i]);
		}
		name++;
	}
	expect_equal(test, i, selftest_layout_count);
	expect(test, types > 0);
	note(test, "%u numbers of %u types", i, types);
}
#else
static void both_compilers_agree(struct test *test)
{
	skip(test, "built without layouts_c.c and layouts_rust.rs");
}
#endif

static struct test tests[] = {
	{ "both_compilers_agree", both_compilers_agree },
};
SUITE(selftest_layout, tests);
