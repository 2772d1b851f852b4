// SPDX-License-Identifier: Apache-2.0
struct pair;
typedef struct { unsigned low : 3; unsigned high : 13; } flags_t;
typedef int (*call_t)(const void *, struct pair *, ...);
enum wide { SMALL = -1, LARGE = 0x7fffffffffLL };
struct list { struct list *next, *prev; };
struct pair {
	unsigned a;
	union { unsigned long b; void *p; struct { char c[3]; volatile short d; } in; };
	enum wide e;
	flags_t flags;
	call_t call;
	struct list head[4][2];
	float f;
	char flexible[];
};
union both { struct pair *pair; double d; __int128 wide; } both;
struct pair *pointer;
extern struct hidden *hidden;
struct hidden *f(struct pair *pair, int n) { return pair->call(pair->p, pair, n) ? hidden : 0; }
