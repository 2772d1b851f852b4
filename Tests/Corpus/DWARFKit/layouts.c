// SPDX-License-Identifier: Apache-2.0
// Every way in which C puts fields into a record. Each section named .probe.FIELD holds a struct bits in which only
// that field is set, so that a test can see where the compiler really put it.
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

struct bits {
	u32 a : 3;
	u32 b : 17;
	u32 c : 12;
	u8 d : 1;
	u8 e : 4;
	u16 f;
	u64 g : 33;
	u64 h : 20;
	int i : 5;
	_Bool j : 1;
};

#define PROBE(field, value) \
	__attribute__((section(".probe." #field), used)) struct bits probe_##field = { .field = value };
PROBE(a, ~0)
PROBE(b, ~0)
PROBE(c, ~0)
PROBE(d, ~0)
PROBE(e, ~0)
PROBE(f, ~0)
PROBE(g, ~0)
PROBE(h, ~0)
PROBE(i, -1)
PROBE(j, 1)

struct list_head {
	struct list_head *next, *prev;
};

enum state { STATE_BAD = -5, STATE_OFF = 0, STATE_ON = 200 };
enum __attribute__((packed)) small { SMALL_ONE = 1, SMALL_LAST = 255 };
enum wide { WIDE_LOW = 1, WIDE_HIGH = 0x8000000000000000ul };

typedef struct {
	int counter;
} atomic_t;

struct packed {
	u8 tag;
	u64 value;
} __attribute__((packed));

struct aligned {
	u8 tag;
	u64 value;
} __attribute__((packed, aligned(4)));

struct vm_struct;

struct everything {
	struct list_head list;
	union {
		struct {
			u16 low;
			u16 high;
		};
		u32 both;
	};
	atomic_t count;
	enum state state;
	enum small small;
	const volatile u8 *const *where;
	u64 (*handler)(struct everything *, const char *, ...);
	struct {
		u8 x, y;
	} point[2][3];
	struct vm_struct *area;
	struct packed packed;
	struct aligned aligned;
	int (*table)[4];
	void *nothing;
	u8 zero[0];
	long double wide;
	u64 tail[];
};

struct everything *everything;
enum wide wide;

int function(int number)
{
	struct inside {
		u64 first;
		int second;
	} value = { number, 1 };
	everything->handler(everything, (const char *)&value);
	return value.second;
}
