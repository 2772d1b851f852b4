// SPDX-License-Identifier: GPL-2.0-only
#include "planted.h"

unsigned int planted_length(const unsigned char *header)
{
	return header[0] << 8 | header[1];
}

unsigned int planted_sum(const unsigned char *bytes, unsigned int count)
{
	unsigned char sum = 0;

	while (count--)
		sum += *bytes++;
	return sum;
}

unsigned int planted_round_up(unsigned int value)
{
	return (value / 8 + 1) * 8;
}
