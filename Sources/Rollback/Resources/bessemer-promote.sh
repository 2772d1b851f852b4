#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes the GCC kernel the disk's default, once it has come up on this machine: it has to be what runs now.
# --dry-run changes nothing.
set -eu
export LC_ALL=C
root=${BESSEMER_ROOT:-}
release='@RELEASE@'
section='@SECTION@'
mark='@MARK@'
state=$root/var/lib/bessemer-rollback
configuration=$root/etc/zipl.conf

refuse() {
    echo "bessemer-promote: $*" >&2
    exit 1
}

. ./default-target.sh

case $# in
0) dry=no ;;
*)
    if [ "$*" != --dry-run ]; then
        echo "usage: bessemer-promote [--dry-run]" >&2
        exit 2
    fi
    dry=yes
    ;;
esac
[ "$(id -u)" = 0 ] || refuse "only root can do this"
[ -e "$state/finished" ] || refuse "no plan is installed"
case " $(cat "$root/proc/cmdline") " in
*" $mark "*) ;;
*) refuse "the running kernel is not the plan's GCC kernel; start that first: bessemer-trial baseline, and reboot" ;;
esac
running=$(cat "$root/proc/sys/kernel/osrelease")
[ "$running" = "$release" ] || refuse "the running kernel is $running, and the plan's GCC kernel $release"
# A promotion that was interrupted is done again.
cmp -s "$configuration" "$state/zipl.conf" || cmp -s "$configuration" "$state/promoted.conf" ||
    refuse "$configuration was changed since; make $section its default there, and run zipl"

listing=$(zipl --dry-run --noninteractive --config "$state/promoted.conf" 2>&1) || {
    printf '%s\n' "$listing" >&2
    refuse "zipl does not take the menu any more; nothing was changed"
}
printf '%s\n' "$listing" | sed -n '/^\(Adding\|Skipping\) #/p'
printf '%s\n' "$listing" | grep -q -F -e "IPL section '$section' (default)" ||
    refuse "in zipl's menu the GCC kernel would not be the default; nothing was changed"
if [ "$dry" = yes ]; then exit 0; fi

# The file comes whole, by its rename, and the boot record last.
token=$(cat "$state/token")
put() {
    rm -f "$configuration.$token"
    cp "$1" "$configuration.$token"
    chmod 644 "$configuration.$token"
    sync
    mv "$configuration.$token" "$configuration"
    sync
}
put "$state/promoted.conf"
zipl --noninteractive --config "$configuration" || {
    put "$state/zipl.conf"
    refuse "zipl failed; the default is what it was"
}
default_target
sync
: >"$state/promoted"
sync
echo "bessemer-promote: the disk starts the GCC kernel by itself; the machine's own entries are those from 3"
