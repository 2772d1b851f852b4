#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Tells the self-test's module where the function is that modules may not call by its name.
set -- $(/bin/busybox grep ' stack_trace_save_tsk_reliable$' /proc/kallsyms)
echo "0x${1:-0}" > /sys/module/bessemer_selftest/parameters/reliable
