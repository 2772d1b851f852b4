# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2154
# What both of the drill's scripts for the guest share.

say() { echo "bessemer $session: $*"; }
identify() {
    say "kernel $(cat /sys/kernel/notes /proc/version | sha256sum | cut -d ' ' -f 1)"
    say "version $(cut -c 1-200 /proc/version)"
    say "options $(cut -c 1-700 /proc/cmdline)"
}
# Runs a command, and says what it says and how it ends.
run() {
    name=$1
    shift
    "$@" >/tmp/said 2>&1
    status=$?
    while read -r line; do say "out $name $(printf '%.400s' "$line")"; done </tmp/said
    say "status $name $status"
}
target() {
    type=$(cat /sys/firmware/reipl/reipl_type)
    say "$1 $type device=$(cat /sys/firmware/reipl/"$type"/device) loadparm=$(cat /sys/firmware/reipl/"$type"/loadparm)"
}
# Names, kinds, modes and contents of what an installation may touch, boot maps aside; a line each.
snapshot() {
    (
        cd "$1" || exit
        find boot etc usr/local/sbin var/lib lib/modules 2>/dev/null | grep -v -e bootmap -e bessemer-drill | sort >/tmp/names
        while read -r file; do stat -c '%N %f' "$file"; done </tmp/names
        while read -r file; do
            if [ -f "$file" ] && [ ! -L "$file" ]; then sha256sum "$file"; fi
        done </tmp/names
    )
}
# Says whether two snapshots are the same, and where they differ.
compare() {
    run "compare-$1" diff "$2" "$3"
}
