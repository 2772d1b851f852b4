// SPDX-License-Identifier: Apache-2.0
typedef unsigned long u64;
typedef unsigned int u32;
typedef unsigned char u8;

enum colour { RED = 1, GREEN = 200, BLUE = -1 };

struct inner {
    u8 tag;
    u64 value;
} __attribute__((packed, aligned(4)));

struct record {
    u32 first;
    union {
        u64 word;
        struct {
            u32 high;
            u32 low : 5;
            u32 middle : 12;
        };
    };
    struct inner parts[3];
    int (*call)(struct record *, const volatile char *, ...);
    enum colour colour;
    u8 rest[];
};

unsigned long take(struct record *);
unsigned long give(const struct record *, struct inner *);

unsigned long chain(struct record *record) {
    unsigned long sum = take(record);
    struct inner copy = {1, sum};
    return give(record, &copy) + record->call(record, "x", sum) + 1;
}

unsigned long leaf(unsigned long x, enum colour colour) {
    switch (colour) {
    case RED: return x * 3;
    case GREEN: return x ^ 0x1234;
    default: return x + 1;
    }
}
