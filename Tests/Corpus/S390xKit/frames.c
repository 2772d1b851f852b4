// SPDX-License-Identifier: Apache-2.0
int take(int *);
int give(int);
__attribute__((noreturn)) void die(void);

int calls(int x) { int a[10]; a[0] = x; return take(a) + 1; }
int leaf(int x) { return x + 1; }
int leaf_with_frame(int x, int y) { volatile int a[100]; a[x] = y; return a[y]; }
int tail(int x) { return give(x + 1); }
int shrink(int *p, int x) { if (!p) return x; if (*p == 3) return give(x) + take(p); return 5; }
int variable(int n) { int a[n]; take(a); return a[n - 1] + give(2); }
int large(int n) { int a[200000]; take(a); return a[n] + 1; }
int never(int *p, int x) { if (!p) die(); if (*p == 3) { give(x); die(); } return x + 1; }
int table(int x, int *p) {
    switch (x) {
    case 0: return give(1) + 1;
    case 1: return take(p) + 2;
    case 2: return give(7) + 5;
    case 3: return take(p) + 8;
    case 4: return 77;
    case 5: return give(9) - 3;
    case 6: return give(99) * 3;
    }
    return 0;
}
int indirect(int (*f)(int)) { return f(2) + 1; }
int indirect_tail(int (*f)(int)) { return f(2); }
