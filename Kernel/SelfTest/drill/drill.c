// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ends the kernel from Rust code, for a drill of the way back: not for a machine in production.
 *
 * way=panic: Rust's panic!(), which ends in BUG(). way=hang: Rust code that loops on every CPU with interrupts off.
 */
#include <linux/module.h>
#include <linux/smp.h>
#include <linux/string.h>

void drill_rust_panic(void);
void drill_rust_hang(void *unused);

static char *way = "";
module_param(way, charp, 0444);
MODULE_PARM_DESC(way, "how to end the kernel: panic, hang");

static int __init drill_init(void)
{
	if (!strcmp(way, "panic")) {
		pr_emerg("bessemer_drill: Rust code panics now\n");
		drill_rust_panic();
	} else if (!strcmp(way, "hang")) {
		pr_emerg("bessemer_drill: Rust code takes every CPU now, with interrupts off\n");
		on_each_cpu(drill_rust_hang, NULL, 1);
	}
	/* Either nothing was asked for, or it did not work: this module never stays. */
	return -EINVAL;
}

module_init(drill_init);
MODULE_DESCRIPTION("Ends the kernel from Rust code");
MODULE_LICENSE("GPL");
