#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
export PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/usr/local/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
exec </dev/null >/dev/kmsg 2>&1
mount -o remount,rw /
session=$(cat /sys/block/vda/serial)

. ./drill-common.sh

keep=/var/lib/bessemer-drill
stage=0
if read -r last number <$keep/stage && [ "$last" = "$session" ]; then stage=$number; fi
stage=$((stage + 1))
echo "$session $stage" >$keep/stage
sync
say "boot $stage"
identify
if [ -e $keep/zipl ]; then
    say "zipl-state $(cat $keep/zipl)"
    rm $keep/zipl
fi
# As systemd would, early: what the unit runs.
target target-before
unit=/etc/systemd/system/bessemer-reipl-reset.service
if [ -e $unit ]; then
    say "resets"
    # It may end this boot, so what it says goes to the console as it comes.
    "$(sed -n 's/^ExecStart=//p' $unit)"
    say "status reset $?"
    target target-after
    say "on-panic $(cat /sys/firmware/shutdown_actions/on_panic)"
fi
end() {
    say "done"
    sync
    poweroff -f
}
sync
case ${session%%-*}:$stage in
trial:1 | panic:1 | hang:1)
    run trial bessemer-trial
    target target-chosen
    say "reboots"
    sync
    reboot -f
    ;;
promote:1)
    run trial bessemer-trial baseline
    target target-chosen
    say "reboots"
    sync
    reboot -f
    ;;
promote:2)
    run promote bessemer-promote
    ;;
trial:2)
    say "reboots"
    reboot -f
    ;;
panic:2)
    if [ -e /root/bessemer_drill.ko ]; then
        say "panics by Rust"
        insmod /root/bessemer_drill.ko way=panic
        say "panic failed $?"
    fi
    say "panics by sysrq"
    echo c >/proc/sysrq-trigger
    ;;
hang:2)
    if [ -c /dev/watchdog ]; then
        # Fed once in seventeen minutes, so not at all.
        busybox watchdog -T 15 -t 1000 /dev/watchdog
        say "watchdog armed $?"
    else
        say "watchdog none"
    fi
    if [ -e /root/bessemer_drill.ko ]; then
        say "hangs by Rust"
        # The console writes in the background, and that ends with the interrupts.
        sleep 2
        insmod /root/bessemer_drill.ko way=hang
        say "hang failed $?"
    fi
    say "hangs by silence"
    while :; do sleep 1000; done
    ;;
cut:1)
    echo interrupted >$keep/zipl
    sync
    say "zipl begins"
    # To a terminal it says what it is about to do before it does it.
    zipl --noninteractive >/dev/console 2>&1
    say "zipl ends $?"
    echo ended >$keep/zipl
    ;;
uninstall:1)
    run uninstall-dry-run sh /root/plan/uninstall --dry-run
    run uninstall sh /root/plan/uninstall
    snapshot / >$keep/after
    compare uninstall $keep/before $keep/after
    ;;
esac
end
