// SPDX-License-Identifier: Apache-2.0
// The sections by which a kernel module is known.
__attribute__((section(".modinfo"), used)) static const char information[] =
    "license=Apache-2.0\0name=steel\0vermagic=7.3.4 SMP mod_unload\0alias=pig-iron\0alias=cast-iron";
__attribute__((section(".gnu.linkonce.this_module"), used)) static long this_module[4];
int init_module(void) { return (int)this_module[0]; }
