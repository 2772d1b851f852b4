// SPDX-License-Identifier: Apache-2.0
#include <seccomp.h>
// memfd_create(2): glibc declares it for _GNU_SOURCE alone.
int memfd_create(const char *name, unsigned int flags);
