// SPDX-License-Identifier: Apache-2.0
internal import Guest

/// What the drill's guest does: scripts for busybox's shell.
///
/// Each line that a script says begins with the session's name, which no other program on the console knows.
enum DrillScripts {
    /// What a boot of the disk is for; the disk's serial number tells the guest, as `SCENE-TOKEN`.
    enum Scene: String {
        /// From an initial RAM file system: tell what the kernel has.
        case look
        /// From an initial RAM file system: make the disk and install the plan.
        case install
        case ipl
        /// The first start of the baseline, and its promotion.
        case promote
        case trial
        case panic
        case hang
        case cut
        case uninstall
    }

    /// Before each line's word.
    static func marker(_ session: String) -> String { "bessemer \(session): " }

    /// The kernel parameter that names the session where there is no disk to tell it.
    static let sessionParameter = "bessemer.session="
    /// Seconds until diag288 resets a machine whose watchdog is not fed: the least that the device takes
    /// (drivers/watchdog/diag288_wdt.c).
    static let watchdogSeconds = 15
    static let plan = "/root/plan"
    static let module = "/root/bessemer_drill.ko"

    private static let common = #"""
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
            say "$1 $type device=$(cat /sys/firmware/reipl/$type/device) loadparm=$(cat /sys/firmware/reipl/$type/loadparm)"
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

        """#

    /// /init of the initial RAM file system.
    static let initramfs =
        #"""
        #!/bin/busybox sh
        /bin/busybox --install -s /bin
        export PATH=/bin
        mount -t proc proc /proc
        mount -t sysfs sysfs /sys
        mount -t devtmpfs devtmpfs /dev
        exec </dev/null >/dev/kmsg 2>&1
        session=
        for word in $(cat /proc/cmdline); do
            case $word in bessemer.session=*) session=${word#*=} ;; esac
        done

        """# + common + #"""
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

            """#

    /// /sbin/init of the disk.
    static let disk =
        #"""
        #!/bin/sh
        export PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/usr/local/bin
        mount -t proc proc /proc
        mount -t sysfs sysfs /sys
        mount -t devtmpfs devtmpfs /dev
        exec </dev/null >/dev/kmsg 2>&1
        mount -o remount,rw /
        session=$(cat /sys/block/vda/serial)

        """# + common + #"""
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

            """#
}
