#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# loads.sh TIMES: inserts and removes the self-test's module so often with one CPU, with two, with four, and with hardly any
# memory left. What the kernel has taken must not grow by it. The results go to the kernel's log, as KTAP.
module=/modules/bessemer_selftest.ko
times=$1
limit=$((times / 10))
tests=0
failed=0

say() { echo "$*" > /dev/kmsg; }

result() { # "ok" or "not ok", and what stands behind the number
	tests=$((tests + 1))
	[ "$1" = ok ] || failed=1
	say "    $1 $tests $2"
}

memory() { # NAME…: the sum of these lines of /proc/meminfo, in KiB
	sum=0
	while read -r name value rest; do
		for wanted; do
			[ "$name" = "$wanted:" ] && sum=$((sum + value))
		done
	done < /proc/meminfo
	echo $sum
}

# What the kernel itself holds and can't give back. Stacks and page tables come and go with each program that this script
# starts; a thread that is left keeps its task in the slabs as well.
taken() { memory SUnreclaim VmallocUsed Percpu; }

online() { # COUNT: that many CPUs, the first ones; false where the machine has fewer
	count=0
	for cpu in /sys/devices/system/cpu/cpu[0-9]*; do
		wanted=0
		[ "${cpu##*/cpu}" -lt "$1" ] && wanted=1
		count=$((count + wanted))
		if [ -e "$cpu/online" ]; then
			read -r state < "$cpu/online"
			[ "$state" = $wanted ] || echo $wanted > "$cpu/online" || return 1
		fi
	done
	[ $count -eq "$1" ]
}

load() { # COUNT
	done=0
	while [ $done -lt "$1" ]; do
		insmod $module run=0 || return 1
		rmmod bessemer_selftest || return 1
		done=$((done + 1))
	done
}

loads() { # NAME
	verdict="not ok"
	# What is made once and kept is made by these.
	if load 20; then
		sleep 1
		# Other things come and go meanwhile; a leak shows each time.
		for round in 1 2 3 4 5; do
			before=$(taken)
			load "$times"
			# Much goes back only when everybody has let go of it.
			for second in 1 2 3 4 5 6; do
				sleep 1
				grown=$(($(taken) - before))
				[ $grown -lt $limit ] && break
			done
			say "    # $1: $done times, what the kernel holds grew by $grown KiB"
			[ $done -eq "$times" ] || break
			if [ $grown -lt $limit ]; then
				verdict=ok
				break
			fi
		done
	fi
	result "$verdict" "$1"
}

sleep() { /bin/busybox sleep "$1"; }

online_before=$(/bin/busybox grep -c '^processor ' /proc/cpuinfo)
say "KTAP version 1"
say "1..1"
say "    KTAP version 1"
say "    # Subtest: selftest_loads"
say "    1..4"
for cpus in 1 2 4; do
	name=nothing_is_left_with_${cpus}_online
	if online $cpus; then loads $name; else result ok "$name # SKIP this machine has fewer CPUs"; fi
done
online "$online_before"
/bin/busybox mount -t ramfs ramfs /tmp
# All but a module's worth and what insmod needs.
/bin/busybox dd if=/dev/zero of=/tmp/fill bs=1M count=$(($(memory MemAvailable) / 1024 - 24)) 2> /dev/null
say "    # nothing_is_left_under_memory_pressure: $(memory MemAvailable) KiB of $(memory MemTotal) are there"
loads nothing_is_left_under_memory_pressure
/bin/busybox umount /tmp
[ $failed -eq 0 ] && say "ok 1 selftest_loads" || say "not ok 1 selftest_loads"
exit $failed
