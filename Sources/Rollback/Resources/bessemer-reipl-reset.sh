#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Sets the re-IPL target back to the disk's default entry, and lets a panic and a PSW restart lead there.
# A kernel copies the parameters it was started with into the re-IPL block: without this, a trial starts itself again.
# A trial that bessemer-trial did not ask for goes back at once: that is how a hypervisor starts the machine that its
# watchdog has reset (QEMU and KVM keep the load parameter).
set -eu
root=${BESSEMER_ROOT:-}
reipl=$root/sys/firmware/reipl
actions=$root/sys/firmware/shutdown_actions
asked=$root/var/lib/bessemer-rollback/trial

put() {
    if [ -w "$2" ]; then echo "$1" >"$2"; fi
}

if [ ! -r "$reipl/reipl_type" ]; then
    echo "bessemer-reipl-reset: this machine has no re-IPL target" >&2
    exit 0
fi
type=$(cat "$reipl/reipl_type")
case $type in
ccw)
    put "" "$reipl/ccw/loadparm"
    chosen=$(cat "$reipl/ccw/loadparm")
    ;;
eckd | fcp | nvme)
    put 0 "$reipl/$type/bootprog"
    put "" "$reipl/$type/loadparm"
    chosen=$(cat "$reipl/$type/bootprog")
    ;;
*)
    echo "bessemer-reipl-reset: the re-IPL type $type can't be set back" >&2
    exit 1
    ;;
esac
# Load with clear: QEMU knows no other, and on a machine it does no harm.
put 1 "$reipl/$type/clear"
# What dumpconf or an administrator has set stays.
for action in on_panic on_restart; do
    if [ "$(cat "$actions/$action" 2>/dev/null)" = stop ]; then put reipl "$actions/$action"; fi
done

case " $(cat "$root/proc/cmdline") " in
*" bessemer.trial=1 "*)
    if [ ! -e "$asked" ] && { [ -z "$chosen" ] || [ "$chosen" = 0 ]; }; then
        echo "bessemer-reipl-reset: nobody asked for this trial; back to the default kernel" >&2
        sync
        reboot -f
    fi
    ;;
esac
# Asked for once. On a disk that can't be written to, better a second trial than none.
rm -f "$asked" || echo "bessemer-reipl-reset: $asked can't be removed" >&2
sync
