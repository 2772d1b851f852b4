// SPDX-License-Identifier: Apache-2.0
internal import Records

/// The scripts and units of a plan: POSIX shell, checked with shellcheck.
///
/// Each takes the root of the file system it works on from `BESSEMER_ROOT`, which is empty on a machine.
enum PlanScripts {
    static let head = "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n"

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
        # systemd feeds the watchdog. When it no longer does, diag288 resets the machine (KVM), restarts its PSW (LPAR), or has
        # z/VM run the command of diag288_wdt.cmd, by default "system restart": a PSW restart does what on_restart says.
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

    /// `bessemer-promote`.
    static func promote(release: String) -> String {
        head + """
            # Makes the GCC kernel the disk's default, once it has come up on this machine: it has to be what runs now.
            # --dry-run changes nothing.
            set -eu
            export LC_ALL=C
            root=${BESSEMER_ROOT:-}
            release=\(PlainText.shellWord(release))
            section=\(PlainText.shellWord(BootRole.baseline.section))
            mark=\(PlainText.shellWord(RollbackRequest.baselineParameter))

            """ + #"""
                state=$root/var/lib/bessemer-rollback
                configuration=$root/etc/zipl.conf

                refuse() {
                    echo "bessemer-promote: $*" >&2
                    exit 1
                }


                """# + defaultTarget + #"""
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

                """#
    }

    /// `bessemer-trial`.
    static func trial(device: String?) -> String {
        head + """
            # Makes a kernel of the plan the target of the next IPL: of that one only. --dry-run changes nothing.
            set -eu
            export LC_ALL=C
            root=${BESSEMER_ROOT:-}
            device=\(PlainText.shellWord(device ?? ""))

            """ + #"""
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

                """#
    }

    /// A shell function: the next IPL takes the disk's default entry, whatever was chosen before.
    static let defaultTarget = #"""
        default_target() {
            reipl=$root/sys/firmware/reipl
            type=$(cat "$reipl/reipl_type" 2>/dev/null || echo none)
            case $type in
            ccw) if [ -w "$reipl/ccw/loadparm" ]; then echo "" >"$reipl/ccw/loadparm"; fi ;;
            eckd | fcp | nvme) if [ -w "$reipl/$type/bootprog" ]; then echo 0 >"$reipl/$type/bootprog"; fi ;;
            esac
        }


        """#
}
