/* SPDX-License-Identifier: GPL-2.0-only */
/* What the C files of the self-test share with each other and with rust_side.rs. */
#ifndef BESSEMER_SELFTEST_H
#define BESSEMER_SELFTEST_H

#include <linux/jump_label.h>
#include <linux/kmsg_dump.h>
#include <linux/types.h>

/* One test; it fails as soon as anything was said with fail(). */
struct test {
	const char *name;
	void (*run)(struct test *test);
	bool failed;
	bool skipped;
};

struct suite {
	const char *name;
	struct test *tests;
	unsigned int count;
};

#define SUITE(id, list) \
	const struct suite id = { #id, list, ARRAY_SIZE(list) }

/* The CPUs are those of an emulator that translates code. */
extern bool selftest_emulated;

extern const struct suite selftest_warn, selftest_static_branch, selftest_stack, selftest_reliable, selftest_memory,
	selftest_layout, selftest_death;

/* Says what is worth knowing of a test. */
__printf(2, 3) void note(struct test *test, const char *format, ...);
/* Says why a test fails; one that goes wrong in a loop says so once. */
#define fail(test, ...) \
	do { \
		if (!(test)->failed) \
			note(test, __VA_ARGS__); \
		(test)->failed = true; \
	} while (0)
/* Says why a test could not be taken. */
#define skip(test, ...) \
	do { \
		note(test, __VA_ARGS__); \
		(test)->skipped = true; \
	} while (0)

#define expect(test, condition) \
	do { \
		if (!(condition)) \
			fail(test, "%s does not hold", #condition); \
	} while (0)

#define expect_equal(test, left, right) \
	do { \
		u64 l = (left), r = (right); \
		if (l != r) \
			fail(test, "%s is %#llx, %s is %#llx", #left, l, #right, r); \
	} while (0)

/* The end of the kernel's log. */
struct log_place {
	struct kmsg_dump_iter place;
};

struct log_place log_end(void);
/* Counts the lines behind a place that hold both texts. */
unsigned int log_count(struct log_place from, const char *first, const char *second);

/* A line of a Rust file. */
struct rust_place {
	const char *file; /* without a NUL */
	size_t length;
	u32 line;
};

/* "FILE:LINE" and what follows it in a message, for log_count(). */
void place_text(const struct rust_place *place, char end, char *text, size_t size);

/* The name of the function at an address, without its module. */
void function_name(unsigned long address, char *name);

struct key {
	struct static_key_false inner;
};

struct shared {
	u8 byte;
	u16 half __packed;
	u32 word __packed;
	u64 giant __packed;
} __packed;

struct counters {
	u64 giant;
	u32 word;
	u16 half;
	u8 byte;
};

/* rust_side.rs */
bool selftest_warn_on(bool condition, struct rust_place *place);
bool selftest_warn_on_once(bool condition, struct rust_place *place);
void selftest_panic(struct rust_place *place);
u32 selftest_index(const u32 *list, size_t length, size_t index, struct rust_place *place);
bool selftest_rust_branch(void);
u64 selftest_rust_hop(u32 depth, u64 (*last)(void *), void *context);
u64 selftest_rust_large_frame(u64 (*last)(void *), void *context);
void selftest_rust_write(struct shared *shared);
u32 selftest_rust_read(const struct shared *shared);
void selftest_rust_count(struct counters *counters, u32 times);
u64 selftest_rust_bits(const void *cpu, const void *psw, const void *insn);

/* layouts_c.c and layouts_rust.rs: size and alignment of a type, the offsets of its members; and all their names. */
extern const u32 selftest_c_layouts[], selftest_rust_layouts[], selftest_layout_count;
extern const char selftest_layout_names[];

/* stack.c */
void selftest_exercise_stack(void);
struct task_struct;
/* stack_trace_save_tsk_reliable(), which is not exported; NULL where it was not found. */
extern int (*selftest_save_reliable)(struct task_struct *task, unsigned long *entries, unsigned int size);
/* Called from rust_side.rs. */
u64 selftest_c_hop(u32 depth, u64 (*last)(void *), void *context);

#endif
