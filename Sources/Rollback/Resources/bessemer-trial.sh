#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes a kernel of the plan the target of the next IPL: of that one only. --dry-run changes nothing.
set -eu
export LC_ALL=C
root=${BESSEMER_ROOT:-}
device='@DEVICE@'
ipl=$root/sys/firmware/ipl
reipl=$root/sys/firmware/reipl
state=$root/var/lib/bessemer-rollback

refuse() {
    echo "bessemer-trial: $*" >&2
    exit 1
}

run=
if [ "${1:-}" = --dry-run ]; then
    run="echo"
    shift
fi
case $#:${1:-candidate} in
[01]:baseline | [01]:candidate) section=bessemer-${1:-candidate} ;;
*)
    echo "usage: bessemer-trial [--dry-run] [candidate|baseline]" >&2
    exit 2
    ;;
esac
[ -r "$ipl/ipl_type" ] || refuse "this is not an s390x machine that was started by IPL"
[ -e "$state/finished" ] || refuse "no plan is installed"
type=$(cat "$ipl/ipl_type")
case $type in
ccw | eckd | fcp | nvme) ;;
*) refuse "the IPL type $type has no boot menu entry that a kernel could choose" ;;
esac
# zipl itself says which entry it is, by the configuration that it would find now: where that is another
# than the plan's, the boot record may be another, too.
listing=$(zipl --dry-run --noninteractive 2>&1) || refuse "zipl --dry-run failed: $listing"
number=$(printf '%s\n' "$listing" | sed -n "s/^Adding #\([0-9]*\): IPL section '$section'.*/\1/p")
case $number in
'' | *[!0-9]*)
    printf '%s\n' "$listing" | sed -n '/^Using /p' >&2
    refuse "zipl does not list $section; with that configuration there is no trial"
    ;;
esac
case $type in
ccw) $run chreipl ccw --device "${device:-$(cat "$ipl/device")}" --loadparm "$number" ;;
eckd) $run chreipl eckd --device "${device:-$(cat "$ipl/device")}" --bootprog "$number" ;;
fcp)
    $run chreipl fcp --device "${device:-$(cat "$ipl/device")}" --wwpn "$(cat "$ipl/wwpn")" \
        --lun "$(cat "$ipl/lun")" --bootprog "$number"
    ;;
nvme)
    $run chreipl nvme --fid "$(cat "$ipl/fid")" --nsid "$(cat "$ipl/nsid")" --bootprog "$number"
    ;;
esac
# Load with clear: QEMU knows no other, and on a machine it does no harm.
if [ -n "$run" ]; then
    echo "bessemer-trial: the next IPL would start entry $number"
    exit 0
fi
if [ -w "$reipl/$type/clear" ]; then echo 1 >"$reipl/$type/clear"; fi
# What bessemer-reipl-reset looks for, once.
: >"$state/trial"
sync
echo "bessemer-trial: the next IPL starts entry $number; reboot when you are ready"
