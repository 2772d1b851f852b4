// SPDX-License-Identifier: Apache-2.0
// A function that calls another file's, one that calls its own, a table of pointers, and a table of distances.
struct entry {
    int place;
    int target;
    long key;
};

extern int elsewhere(int);
int common_like;
static int counter = 3;

static __attribute__((noinline)) int local(int value)
{
    return value * counter;
}

int calls(int value)
{
    return local(value) + elsewhere(value);
}

__attribute__((section(".init.text"))) int early(void)
{
    return local(1);
}

int (*const table[])(int) = {local, calls, elsewhere};

asm(".pushsection __distances,\"a\"\n"
    ".balign 8\n"
    "1: .long calls - .\n"
    " .long early - .\n"
    " .quad counter_key - .\n"
    ".popsection\n"
    ".section .data\n"
    "counter_key: .quad 0\n"
    ".text\n");
