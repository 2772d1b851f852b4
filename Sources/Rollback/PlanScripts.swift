// SPDX-License-Identifier: Apache-2.0

/// The scripts and units of a plan: POSIX shell, checked with shellcheck.
///
/// Each takes the root of the file system it works on from `BESSEMER_ROOT`, which is empty on a machine.
enum PlanScripts {
    private static let head = "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n"

    /// `bessemer-reipl-reset`: the ABI is that of arch/s390/kernel/ipl.c, so that nothing but a shell is needed early
    /// in a boot.
    static let reset =
        head + #"""
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

            """#

    static let unit = """
        # SPDX-License-Identifier: Apache-2.0
        [Unit]
        Description=Set the re-IPL target back to the disk's default kernel
        DefaultDependencies=no
        After=local-fs.target
        Before=sysinit.target shutdown.target
        Conflicts=shutdown.target
        ConditionPathExists=/sys/firmware/reipl/reipl_type

        [Service]
        Type=oneshot
        ExecStart=/usr/local/sbin/bessemer-reipl-reset

        [Install]
        WantedBy=sysinit.target

        """

    static let watchdog = """
        # SPDX-License-Identifier: Apache-2.0
        # systemd feeds the watchdog; when it no longer does, diag288 resets (KVM, z/VM) or restarts (LPAR) the machine.
        [Manager]
        RuntimeWatchdogSec=60
        RebootWatchdogSec=10min

        """

    static let dumpconf = """
        # SPDX-License-Identifier: Apache-2.0
        # For /etc/sysconfig/dumpconf (dumpconf(8)): dump first, then re-IPL. Takes a device that zipl -d has prepared.
        ON_PANIC=dump_reipl
        DUMP_TYPE=ccw
        # DEVICE=0.0.4711
        # Minutes after a boot in which a panic only stops, so that a kernel that always dies does not dump for ever.
        DELAY_MINUTES=5

        """

    /// `bessemer-trial`; the device is checked before (`RollbackRequest.isDevice`).
    static func trial(device: String?) -> String {
        head + """
            # Makes the kernel with Rust the target of the next IPL: of that one only. --dry-run says what would be done.
            set -eu
            root=${BESSEMER_ROOT:-}
            number=\(BootRole.candidate.menuNumber)
            device=\(device ?? "")

            """ + #"""
                ipl=$root/sys/firmware/ipl
                reipl=$root/sys/firmware/reipl
                state=$root/var/lib/bessemer-rollback

                case $# in
                0) run= ;;
                *)
                    if [ "$*" != --dry-run ]; then
                        echo "usage: bessemer-trial [--dry-run]" >&2
                        exit 2
                    fi
                    run="echo"
                    ;;
                esac
                if [ ! -r "$ipl/ipl_type" ]; then
                    echo "bessemer-trial: this is no s390x machine that was started by IPL" >&2
                    exit 1
                fi
                if [ ! -e "$state/finished" ]; then
                    echo "bessemer-trial: no plan is installed" >&2
                    exit 1
                fi
                type=$(cat "$ipl/ipl_type")
                case $type in
                ccw) $run chreipl ccw --device "${device:-$(cat "$ipl/device")}" --loadparm "$number" ;;
                eckd) $run chreipl eckd --device "${device:-$(cat "$ipl/device")}" --bootprog "$number" ;;
                fcp)
                    $run chreipl fcp --device "${device:-$(cat "$ipl/device")}" --wwpn "$(cat "$ipl/wwpn")" \
                        --lun "$(cat "$ipl/lun")" --bootprog "$number"
                    ;;
                nvme) $run chreipl nvme --fid "$(cat "$ipl/fid")" --nsid "$(cat "$ipl/nsid")" --bootprog "$number" ;;
                *)
                    echo "bessemer-trial: the IPL type $type has no boot menu" >&2
                    exit 1
                    ;;
                esac
                # Load with clear: QEMU knows no other, and on a machine it does no harm.
                if [ -z "$run" ]; then
                    if [ -w "$reipl/$type/clear" ]; then echo 1 >"$reipl/$type/clear"; fi
                    # What bessemer-reipl-reset looks for, once.
                    : >"$state/trial"
                    sync
                fi
                echo "bessemer-trial: the next IPL starts entry $number; reboot when you are ready"

                """#
    }

    /// `install`. What it does is written down in `state` before it is done, so that `uninstall` can undo any part.
    static func install(_ kernels: [RollbackPlan.Kernel]) -> String {
        let room = kernels.reduce(0) { $0 + $1.image.size }
        return head + """
            # Puts both kernels and the boot menu in place, with the GCC kernel as the default. --dry-run changes nothing.
            # zipl --dry-run comes before anything, zipl last; what goes wrong between is undone.
            set -eu
            images=\(room)

            """ + #"""
                root=${BESSEMER_ROOT:-}
                here=$(cd "$(dirname "$0")" && pwd)
                boot=$root/boot
                place=$boot/bessemer
                state=$root/var/lib/bessemer-rollback

                say() { echo "install: $*"; }
                refuse() {
                    echo "install: $*" >&2
                    exit 1
                }

                dry=no
                case $# in
                0) ;;
                *)
                    if [ "$*" != --dry-run ]; then
                        echo "usage: install [--dry-run]" >&2
                        exit 2
                    fi
                    dry=yes
                    ;;
                esac

                [ "$(id -u)" = 0 ] || refuse "only root can do this"
                [ -d "$boot" ] || refuse "there is no folder $boot"
                command -v zipl >/dev/null || refuse "zipl is not here; install s390-tools"
                if [ -e "$state" ]; then refuse "a plan is installed, or half installed: run uninstall first"; fi
                if [ -e "$place" ]; then refuse "$place is there and is not ours; move it away"; fi
                if ! (cd "$here" && sha256sum -c SHA256SUMS) >/dev/null 2>&1; then
                    refuse "a file of the plan is missing or damaged (sha256sum -c SHA256SUMS)"
                fi

                # The kernels twice for a moment would be too much to ask: they are copied once, and the boot map is small.
                initrds=$(cat "$here"/kernels/*/initrd 2>/dev/null | wc -c)
                need=$(((images + initrds) / 1024 + 2048))
                free=$(df -Pk "$boot" | awk 'NR == 2 { print $4 }')
                [ "$free" -ge "$need" ] || refuse "$boot has $free KiB free; $need KiB are needed"

                # A menu of the plan's own files, so that zipl can judge it before anything is copied.
                trial=$(mktemp)
                trap 'rm -f "$trial"' EXIT
                sed -e "s|^target = /boot/bessemer.*|target = $boot|" -e "s|= /boot/bessemer/|= $here/kernels/|" \
                    "$here/zipl.conf" >"$trial"
                say "zipl --dry-run with the plan's menu"
                zipl --dry-run --noninteractive --config "$trial" || refuse "zipl does not take this menu; nothing was changed"
                if [ "$dry" = yes ]; then
                    say "would copy the kernels to $place ($need KiB of $free)"
                    say "would replace $root/etc/zipl.conf, add the scripts and the unit, and run zipl"
                    exit 0
                fi

                undo() {
                    trap - EXIT
                    rm -f "$trial"
                    echo "install: failed; undoing what was done" >&2
                    sh "$here/uninstall" --unfinished || echo "install: the undoing failed, too: run uninstall again" >&2
                    exit 1
                }
                trap undo EXIT
                trap 'exit 1' HUP INT TERM

                mkdir -p "$root/var/lib"
                mkdir "$state"
                cp "$here/uninstall" "$state/uninstall"
                : >"$state/added"
                : >"$state/replaced"
                : >"$state/folders"

                folder() {
                    [ -d "$1" ] && return
                    folder "$(dirname "$1")"
                    echo "${1#"$root"}" >>"$state/folders"
                    sync
                    mkdir "$1"
                }
                # What is there is kept first; the new file comes whole, by its rename.
                put() {
                    folder "$(dirname "$2")"
                    if [ -e "$2" ] || [ -L "$2" ]; then
                        number=$(wc -l <"$state/replaced")
                        cp -Pp "$2" "$state/kept.$((number))"
                        echo "${2#"$root"}" >>"$state/replaced"
                    else
                        echo "${2#"$root"}" >>"$state/added"
                    fi
                    sync
                    cp "$1" "$2.bessemer-new"
                    chmod "$3" "$2.bessemer-new"
                    sync
                    mv "$2.bessemer-new" "$2"
                }

                for role in baseline candidate; do
                    for file in vmlinuz initrd; do
                        [ -e "$here/kernels/$role/$file" ] || continue
                        put "$here/kernels/$role/$file" "$place/$role/$file" 644
                    done
                done
                put "$here/sbin/bessemer-reipl-reset" "$root/usr/local/sbin/bessemer-reipl-reset" 755
                put "$here/sbin/bessemer-trial" "$root/usr/local/sbin/bessemer-trial" 755
                unit=$root/etc/systemd/system/bessemer-reipl-reset.service
                put "$here/systemd/bessemer-reipl-reset.service" "$unit" 644
                wants=$root/etc/systemd/system/sysinit.target.wants
                folder "$wants"
                link=$wants/bessemer-reipl-reset.service
                if [ ! -L "$link" ]; then
                    echo "${link#"$root"}" >>"$state/added"
                    ln -s ../bessemer-reipl-reset.service "$link"
                fi
                put "$here/zipl.conf" "$root/etc/zipl.conf" 644
                sha256sum <"$root/etc/zipl.conf" >"$state/zipl.conf.sha256"
                sync

                say "zipl --dry-run with the menu in place"
                zipl --dry-run --noninteractive --config "$root/etc/zipl.conf"
                say "zipl"
                : >"$state/zipl"
                zipl --noninteractive --config "$root/etc/zipl.conf"
                sync
                : >"$state/finished"
                trap - EXIT
                rm -f "$trial"
                say "done: the disk starts the GCC kernel; bessemer-trial chooses the other for one IPL"

                """#
    }

    static let uninstall =
        head + #"""
            # Undoes what install did, whole or in part: files that were there come back, the others go, and zipl runs last.
            # --dry-run changes nothing. --unfinished is what install uses when it fails.
            set -eu
            root=${BESSEMER_ROOT:-}
            state=$root/var/lib/bessemer-rollback
            configuration=$root/etc/zipl.conf

            say() { echo "uninstall: $*"; }
            refuse() {
                echo "uninstall: $*" >&2
                exit 1
            }

            dry=no
            unfinished=no
            for argument in "$@"; do
                case $argument in
                --dry-run) dry=yes ;;
                --unfinished) unfinished=yes ;;
                *)
                    echo "usage: uninstall [--dry-run]" >&2
                    exit 2
                    ;;
                esac
            done

            [ "$(id -u)" = 0 ] || refuse "only root can do this"
            [ -d "$state" ] || refuse "no plan is installed"
            if [ "$unfinished" = no ] && [ -e "$state/finished" ] && [ -e "$configuration" ] &&
                [ "$(sha256sum <"$configuration")" != "$(cat "$state/zipl.conf.sha256")" ]; then
                refuse "$configuration was changed since; merge it by hand, or put the plan's zipl.conf back first"
            fi

            # The menu that will be in force again.
            old=
            number=0
            while read -r path; do
                if [ "$path" = /etc/zipl.conf ] && [ -e "$state/kept.$number" ]; then old=$state/kept.$number; fi
                number=$((number + 1))
            done <"$state/replaced"
            if [ -e "$state/zipl" ] && [ -n "$old" ]; then
                say "zipl --dry-run with the menu of before"
                zipl --dry-run --noninteractive --config "$old" ||
                    refuse "zipl does not take the menu of before; nothing was changed"
            fi
            if [ "$dry" = yes ]; then
                sed 's/^/uninstall: would put back /' "$state/replaced"
                sed 's/^/uninstall: would remove /' "$state/added"
                exit 0
            fi

            number=0
            while read -r path; do
                rm -f "$root$path.bessemer-new"
                if [ -e "$state/kept.$number" ] || [ -L "$state/kept.$number" ]; then
                    cp -Pp "$state/kept.$number" "$root$path.bessemer-old"
                    mv "$root$path.bessemer-old" "$root$path"
                fi
                number=$((number + 1))
            done <"$state/replaced"
            sync
            if [ -e "$state/zipl" ]; then
                # Before the kernels go that the boot record still leads to.
                if [ -e "$configuration" ] && [ -n "$old" ]; then
                    say "zipl"
                    zipl --noninteractive --config "$configuration"
                else
                    say "there was no zipl.conf before: the boot record stays as it is; write one and run zipl"
                fi
            fi
            while read -r path; do rm -f "$root$path" "$root$path.bessemer-new"; done <"$state/added"
            rm -f "$root/boot/bessemer/bootmap" "$root"/boot/bessemer/bootmap_temp.*
            # The innermost folder first.
            sort -r "$state/folders" | while read -r path; do rmdir "$root$path" 2>/dev/null || true; done
            sync
            rm -rf "$state"
            say "done"

            """#
}
