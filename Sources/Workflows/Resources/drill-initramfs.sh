#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
exec </dev/null >/dev/kmsg 2>&1
session=
# Words, not lines.
# shellcheck disable=SC2013
for word in $(cat /proc/cmdline); do
    case $word in bessemer.session=*) session=${word#*=} ;; esac
done

. ./drill-common.sh

say "boot 1"
identify
has() { if eval "$2"; then say "has $1"; else say "lacks $1"; fi; }
has disk '[ -b /dev/vda ]'
has partition '[ -b /dev/vda1 ]'
has ext4 'grep -qw ext4 /proc/filesystems'
has watchdog '[ -c /dev/watchdog ]'
has panic-action '[ -w /sys/firmware/shutdown_actions/on_panic ]'
has sysrq '[ -w /proc/sysrq-trigger ]'
end() {
    say "done"
    sync
    poweroff -f
}
case $session in look-*) end ;; esac
if [ ! -b /dev/vda1 ]; then end; fi

bind() { mount --bind /dev "$1/dev" && mount -t proc proc "$1/proc" && mount -t sysfs sysfs "$1/sys"; }
bind /rootfs
run mke2fs chroot /rootfs /usr/sbin/mke2fs -q -F -t ext4 /dev/vda1
umount /rootfs/dev /rootfs/proc /rootfs/sys
mount -t ext4 /dev/vda1 /disk || end
run copy cp -a /rootfs/. /disk/
bind /disk
disk() { chroot /disk /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/usr/local/bin "$@"; }
chroot /disk /usr/bin/busybox --install -s /usr/local/bin

# A machine that has a boot menu of its own before Bessemer comes: boot loader entries, and no /etc/zipl.conf.
mkdir -p /disk/boot/before
cp /disk/root/plan/kernels/baseline/vmlinuz /disk/boot/before/vmlinuz
run zipl-version disk zipl --version
run zipl-before disk zipl --noninteractive
keep=/disk/var/lib/bessemer-drill
snapshot /disk >$keep/before

# This guest was started from memory; its disk will be a virtio disk by CCW.
run install-dry-run disk sh /root/plan/install --dry-run --disk ccw
snapshot /disk >$keep/after
compare install-dry-run $keep/before $keep/after
# In and out again where the menu is in /etc/zipl.conf.
cp /disk/root/classic.conf /disk/etc/zipl.conf
snapshot /disk >$keep/classic
run classic-install disk sh /root/plan/install --disk ccw
run classic-uninstall disk sh /root/plan/uninstall
snapshot /disk >$keep/after
compare classic $keep/classic $keep/after
rm /disk/etc/zipl.conf

run install disk sh /root/plan/install --disk ccw
start=$(cut -d ' ' -f 1 /proc/uptime)
run zipl disk zipl --noninteractive
say "zipl-took $start $(cut -d ' ' -f 1 /proc/uptime)"
sync
umount /disk/dev /disk/proc /disk/sys
umount /disk && say "unmounted"
end
