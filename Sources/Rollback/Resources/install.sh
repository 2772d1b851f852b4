#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Puts both kernels beside the machine's own boot entries, of which the default stays.
# zipl --dry-run comes before anything, zipl last; what goes wrong between is undone.
set -eu
export LC_ALL=C
images='@IMAGES@'
secure='@SECURE@'
consoles='@CONSOLES@'
baseline_release='@BASELINE_RELEASE@'
candidate_release='@CANDIDATE_RELEASE@'
baseline='@BASELINE@'
candidate='@CANDIDATE@'
root=${BESSEMER_ROOT:-}
boot=$root/boot
place=$boot/bessemer
state=$root/var/lib/bessemer-rollback
configuration=$root/etc/zipl.conf

say() { echo "install: $*"; }
refuse() {
    echo "install: $*" >&2
    exit 1
}
usage() {
    echo "usage: install [--dry-run] [--config FILE] [--disk ccw|eckd|fcp|nvme]" >&2
    exit 2
}

dry=no
named=
disk=
while [ $# -gt 0 ]; do
    case $1 in
    --dry-run) dry=yes ;;
    --config | --disk)
        [ $# -gt 1 ] || usage
        if [ "$1" = --config ]; then named=$2; else disk=$2; fi
        shift
        ;;
    *) usage ;;
    esac
    shift
done
case $disk in
'' | ccw | eckd | fcp | nvme) ;;
*) usage ;;
esac

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

. ./default-target.sh

case $here$named in
*[[:cntrl:]]*) refuse "a file name has a control character" ;;
esac
[ "$(id -u)" = 0 ] || refuse "only root can do this"
[ -d "$boot" ] || refuse "there is no folder $boot"
[ -w "$boot" ] || refuse "$boot can't be written to: is it mounted read-only?"
command -v zipl >/dev/null || refuse "zipl is not here; install s390-tools"
if [ -e "$state" ] || [ -L "$state" ]; then refuse "a plan is installed, or half installed: run uninstall first"; fi
if [ -e "$place" ] || [ -L "$place" ]; then refuse "$place is there and is not ours; move it away"; fi
if ! (cd -- "$here" && sha256sum -c SHA256SUMS) >/dev/null 2>&1; then
    refuse "a file of the plan is missing or damaged (sha256sum -c SHA256SUMS)"
fi

# Where this machine starts from decides whether a trial can be chosen and unset at all.
if [ -z "$disk" ]; then
    [ -r "$root/sys/firmware/ipl/ipl_type" ] ||
        refuse "this is not an s390x machine that was started by IPL; for a disk of another, name its type: --disk"
    for file in ipl/ipl_type reipl/reipl_type; do
        type=$(cat "$root/sys/firmware/$file" 2>/dev/null || echo none)
        case $type in
        ccw | eckd | fcp | nvme) ;;
        unknown)
            refuse "$file is unknown, as on a disk of virtio-scsi or after a start without IPL: a kernel can" \
                "neither choose an entry for its next IPL there nor set it back; use virtio-blk, or name --disk"
            ;;
        *) refuse "$file is $type: only ccw, eckd, fcp and nvme have boot menu entries to choose" ;;
        esac
    done
fi
for console in $consoles; do
    [ -r "$root/proc/consoles" ] || break
    if ! awk -v name="$console" '$1 == name { found = 1 } END { exit !found }' "$root/proc/consoles"; then
        say "note: console=$console is not a console of the running kernel; it has:" \
            "$(awk '{ printf " %s", $1 }' "$root/proc/consoles"). A KVM guest without a line-mode console has no ttyS0."
    fi
done

# Modules that the plan brings go where nothing is yet.
release_of() { if [ "$1" = baseline ]; then echo "$baseline_release"; else echo "$candidate_release"; fi; }
modules=
lib=$root/lib/modules
[ -e "$lib" ] || lib=$root/lib
for role in baseline candidate; do
    release=$(release_of "$role")
    into=$root/lib/modules/$release
    if [ ! -d "$here/kernels/$role/modules" ]; then
        [ -d "$into" ] ||
            say "note: there is no /lib/modules/$release; install that kernel's modules before its first start"
    elif [ -e "$into" ] || [ -L "$into" ]; then
        say "note: /lib/modules/$release is there already and stays; are these modules of this very kernel?"
    elif [ ! -w "$lib" ]; then
        say "note: $lib can't be written to; install the modules of $release before its first start"
    elif ! command -v depmod >/dev/null; then
        say "note: depmod is not here; install kmod, or the modules of $release before its first start"
    else
        modules="$modules $role"
    fi
done

# The configuration that zipl finds here. uninstall will have to go back to it, so zipl has to take it.
if [ -n "${ZIPLCONF:-}" ]; then
    refuse "ZIPLCONF is set, and wins over every file: unset it, or name that file with --config"
fi
if [ -n "$named" ]; then
    case $named in
    /*) ;;
    *) named=$PWD/$named ;;
    esac
    listing=$(zipl --dry-run --noninteractive --config "$named" 2>&1) || {
        printf '%s\n' "$listing" >&2
        refuse "zipl does not take $named; nothing was changed"
    }
    base=$named
else
    listing=$(zipl --dry-run --noninteractive 2>&1) || {
        printf '%s\n' "$listing" >&2
        refuse "zipl does not take the configuration of this machine, so uninstall could not go back to it;" \
            "nothing was changed. If its zipl is run with --config FILE, name that file: install --config FILE"
    }
    base=$(printf '%s\n' "$listing" | sed -n "s/^Using config file '\([^']*\)'.*/\1/p" | head -n 1)
    [ -n "$base" ] || refuse "zipl does not say which configuration it uses; name it with --config"
    base=$root$base
fi
case $base in
*[[:cntrl:]]*) refuse "a file name has a control character" ;;
esac
[ -r "$base" ] || refuse "$base can't be read"
if grep -q -e /boot/bessemer/ -e '^[[:blank:]]*\[bessemer-' "$base"; then
    refuse "$base has entries of a plan already; take them out first"
fi
# What starts by itself today goes on to do so.
own=$(printf '%s\n' "$listing" |
    sed -n "s/^Adding \(#[0-9]*: \)\{0,1\}IPL section '\(.*\)' (default).*/\2/p" | head -n 1)
[ -n "$own" ] || refuse "zipl names no IPL section of $base as the default, so there is none that could stay it"
case $own in
*\"*\'* | *\'*\"*) refuse "the name of the default entry has both kinds of quotes: $own" ;;
*\"*) own_word="'$own'" ;;
*) own_word="\"$own\"" ;;
esac
say "the machine's own entries are those of $base, and '$own' stays the default"
if [ "$base" = "$root/run/zipl/zipl.conf" ]; then
    say "note: zipl finds /run/zipl/zipl.conf before /etc/zipl.conf. While it is there, zipl run without" \
        "--config writes a boot record without this plan, and bessemer-trial refuses."
fi

# The kernels twice for a moment would be too much to ask: they are copied once, and the boot map is small.
initrds=$(cat "$here"/kernels/*/initrd 2>/dev/null | wc -c)
need=$(((images + initrds) / 1024 + 2048))
free=$(df -Pk "$boot" | awk 'NR == 2 { print $4 }')
[ "$free" -ge "$need" ] || refuse "$boot has $free KiB free; $need KiB are needed"
if [ -n "$modules" ]; then
    more=$need
    for role in $modules; do
        more=$((more + $(du -sk "$here/kernels/$role/modules" | awk '{ print $1 }') + 1024))
    done
    free=$(df -Pk "$lib" | awk 'NR == 2 { print $4 }')
    [ "$free" -ge "$more" ] || refuse "$lib has $free KiB free; with the modules $more KiB are needed"
fi

# In a folder that only root can write to, and of a name that nobody knows before.
private=$root/run
[ -d "$private" ] || private=$root/var/lib
work=$(mktemp -d "$private/bessemer.XXXXXXXX")
token=${work##*.}
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# Writes the menu, with the plan's kernels in the folder $1 and the default $2.
menu() {
    echo "# Written by install of a Bessemer rollback plan: its two entries, then those of"
    printf '# %s\n' "$base"
    echo "[defaultboot]"
    echo "defaultauto"
    printf 'default = %s\n' "$2"
    echo "prompt = 1"
    echo "timeout = 5"
    # Where the boot record goes, and what is said on signatures, stays what it was.
    awk -v secure="$secure" '
        function value(line) {
            sub(/^[^=]*=[ \t]*/, "", line)
            sub(/[ \t]+$/, "", line)
            if (line ~ /^".*"$/ || line ~ /^\047.*\047$/) line = substr(line, 2, length(line) - 2)
            return line
        }
        { line = $0; sub(/^[ \t]+/, "", line) }
        line ~ /^\[/ { name = line; sub(/\].*/, "]", name); next }
        line ~ /^:/ { name = line; sub(/[ \t]+$/, "", name); next }
        name == "[defaultboot]" && line ~ /^defaultmenu[ \t]*=/ { chosen = ":" value(line) }
        name == "[defaultboot]" && line ~ /^default[ \t]*=/ { chosen = "[" value(line) "]" }
        line ~ /^target[a-z]*[ \t]*=/ { targets[name] = targets[name] line "\n" }
        line ~ /^secure[ \t]*=/ { secures[name] = line "\n" }
        END {
            if (targets["[defaultboot]"] != "") chosen = "[defaultboot]"
            printf "%s", targets[chosen] != "" ? targets[chosen] : "target = /boot\n"
            if (secure != "") print "secure = " secure
            else printf "%s", secures[chosen]
        }' "$base"
    while IFS= read -r line; do
        case $line in
        "image = /boot/bessemer/"*) printf 'image = %s/%s\n' "$1" "${line#"image = /boot/bessemer/"}" ;;
        "ramdisk = /boot/bessemer/"*) printf 'ramdisk = %s/%s\n' "$1" "${line#"ramdisk = /boot/bessemer/"}" ;;
        *) printf '%s\n' "$line" ;;
        esac
    done <"$here/zipl.conf"
    echo
    awk '
        { line = $0; sub(/^[ \t]+/, "", line) }
        line ~ /^(\[|:)/ { own = line ~ /^\[defaultboot\]/ }
        !own { print }' "$base"
}
# Asks zipl for the menu of a file, and looks whether the plan's entries are what they have to be in it, and the
# default is $2.
judge() {
    listing=$(zipl --dry-run --noninteractive --config "$1" 2>&1) || {
        printf '%s\n' "$listing" >&2
        return 1
    }
    printf '%s\n' "$listing" | sed -n '/^\(Adding\|Skipping\) #/p'
    printf '%s\n' "$listing" | grep -q -e "^Adding #1: IPL section '$baseline'" &&
        printf '%s\n' "$listing" | grep -q -e "^Adding #2: IPL section '$candidate'" &&
        printf '%s\n' "$listing" | grep -q -F -e "IPL section '$2' (default)"
}

if [ "$(stat -c %d "$here")" = "$(stat -c %d "$boot")" ]; then
    menu "$here/kernels" "$own_word" >"$work/trial.conf"
    say "zipl --dry-run with the plan's menu"
    judge "$work/trial.conf" "$own" || refuse "zipl does not take this menu; nothing was changed"
else
    say "the plan is not on the disk of $boot, where zipl needs the kernels: it judges the menu when they are copied"
fi
if [ "$dry" = yes ]; then
    say "would copy the kernels to $place ($need KiB)"
    for role in $modules; do say "would copy modules to /lib/modules/$(release_of "$role"), and run depmod"; done
    say "would write $configuration, add the scripts and the unit, and run zipl"
    exit 0
fi

undo() {
    trap - EXIT
    trap '' HUP INT TERM
    rm -rf "$work"
    echo "install: failed; undoing what was done" >&2
    sh "$here/uninstall" || echo "install: the undoing failed, too: run uninstall again" >&2
    exit 1
}

# The state comes whole, by its rename: uninstall finds all of it, or none.
mkdir -p "$root/var/lib"
rm -rf "$state.removed"
new=$(mktemp -d "$state.new.XXXXXXXX")
cp "$here/uninstall" "$new/uninstall"
for list in added replaced folders; do : >"$new/$list"; done
echo "$token" >"$new/token"
printf '%s\n' "${base#"$root"}" >"$new/base"
if [ -n "$named" ]; then printf '%s\n' "$named" >"$new/named"; fi
menu /boot/bessemer "$own_word" >"$new/zipl.conf"
menu /boot/bessemer "$baseline" >"$new/promoted.conf"
sync
trap 'rm -rf "$work" "$new"' EXIT
mv "$new" "$state"
trap undo EXIT
sync

folder() {
    [ ! -d "$1" ] || return 0
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
        sync
        echo "${2#"$root"}" >>"$state/replaced"
    else
        echo "${2#"$root"}" >>"$state/added"
    fi
    sync
    # With noclobber the file has to be new, whatever lies there.
    (set -C && : >"$2.$token")
    cp "$1" "$2.$token"
    chmod "$3" "$2.$token"
    sync
    mv "$2.$token" "$2"
}

for role in baseline candidate; do
    for file in vmlinuz initrd; do
        [ -e "$here/kernels/$role/$file" ] || continue
        put "$here/kernels/$role/$file" "$place/$role/$file" 644
    done
done
for role in $modules; do
    release=$(release_of "$role")
    into=/lib/modules/$release
    say "the modules of $release, and depmod"
    folder "$root/lib/modules"
    # Every name is written down before the first file is there; depmod's, too.
    (cd -- "$here/kernels/$role/modules" && find . -type d) | sed "s|^\.|$into|" >>"$state/folders"
    (cd -- "$here/kernels/$role/modules" && find . -type f) | sed "s|^\.|$into|" >>"$state/added"
    for name in alias alias.bin builtin.alias.bin builtin.bin dep dep.bin devname softdep symbols symbols.bin \
        weakdep; do
        echo "$into/modules.$name"
    done >>"$state/added"
    sync
    cp -R "$here/kernels/$role/modules" "$root$into"
    chmod -R u=rwX,go=rX "$root$into"
    depmod ${root:+-b "$root"} "$release"
    sync
done
for script in reipl-reset trial promote; do
    put "$here/sbin/bessemer-$script" "$root/usr/local/sbin/bessemer-$script" 755
done
unit=$root/etc/systemd/system/bessemer-reipl-reset.service
put "$here/systemd/bessemer-reipl-reset.service" "$unit" 644
wants=$root/etc/systemd/system/sysinit.target.wants
folder "$wants"
link=$wants/bessemer-reipl-reset.service
if [ ! -L "$link" ]; then
    echo "${link#"$root"}" >>"$state/added"
    sync
    ln -s ../bessemer-reipl-reset.service "$link"
fi
put "$state/zipl.conf" "$configuration" 644
sync

say "zipl --dry-run with the menu in place"
judge "$configuration" "$own" || refuse "zipl does not take the menu in place"
say "zipl"
: >"$state/zipl"
sync
zipl --noninteractive --config "$configuration"
default_target
sync
: >"$state/finished"
sync
trap - EXIT
rm -rf "$work"
say "done: the disk starts '$own', as before. To try the GCC kernel once: bessemer-trial baseline, and reboot;" \
    "when it is up: bessemer-promote, which makes it the default"
