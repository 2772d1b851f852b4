/* SPDX-License-Identifier: GPL-2.0-only */
/* What the suite tests; in C for a kernel without Rust (side_c.c), in Rust for one with it (side_rust.rs). */
#ifndef BESSEMER_PLANTED_H
#define BESSEMER_PLANTED_H

/* The length in a header of two bytes, which is in network byte order. */
unsigned int planted_length(const unsigned char *header);

/* The sum of so many bytes, modulo 256. */
unsigned int planted_sum(const unsigned char *bytes, unsigned int count);

/* The value rounded up to a multiple of 8; wrong in both for what is one already. */
unsigned int planted_round_up(unsigned int value);

#endif
