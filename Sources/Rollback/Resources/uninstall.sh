#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Undoes what install did, whole or in part. The boot record comes first, from the configuration that zipl finds
# without the plan's; then files that were there come back, and the others go. Where zipl has no configuration, or
# does not take it, every file stays. --dry-run changes nothing.
set -eu
export LC_ALL=C
root=${BESSEMER_ROOT:-}
state=$root/var/lib/bessemer-rollback
configuration=$root/etc/zipl.conf

say() { echo "uninstall: $*"; }
refuse() {
    echo "uninstall: $*" >&2
    exit 1
}
usage() {
    echo "usage: uninstall [--dry-run] [--config FILE]" >&2
    exit 2
}

dry=no
named=
while [ $# -gt 0 ]; do
    case $1 in
    --dry-run) dry=yes ;;
    --config)
        [ $# -gt 1 ] || usage
        named=$2
        shift
        ;;
    *) usage ;;
    esac
    shift
done


. ./default-target.sh

[ "$(id -u)" = 0 ] || refuse "only root can do this"
if [ "$dry" = no ]; then rm -rf "$state.removed" "$state".new.*; fi
[ -d "$state" ] || refuse "no plan is installed"
token=$(cat "$state/token")

# The plan's configuration, and what it has replaced.
kept=
number=0
while read -r path; do
    if [ "$path" = /etc/zipl.conf ]; then kept=$state/kept.$number; fi
    number=$((number + 1))
done <"$state/replaced"
# What somebody wrote since is not ours to take away: it is the plan's, or back already, or nothing was done to it.
if cat "$state/added" "$state/replaced" | grep -q -x /etc/zipl.conf && [ -e "$configuration" ] &&
    ! cmp -s "$configuration" "$state/zipl.conf" && ! cmp -s "$configuration" "$state/promoted.conf" &&
    { [ -z "$kept" ] || ! cmp -s "$configuration" "$kept"; }; then
    refuse "$configuration was changed since; merge it by hand, or put $state/zipl.conf there first"
fi

# The configuration that zipl will find when the plan's is gone: the highest place first.
readable() { [ -f "$1" ] && [ -r "$1" ]; }
if [ -n "$kept" ] && [ -L "$kept" ]; then
    target=$(readlink "$kept")
    case $target in
    /*) before=$root$target ;;
    *) before=$root/etc/$target ;;
    esac
else
    before=$kept
fi
if [ -z "$named" ] && [ -e "$state/named" ]; then named=$(cat "$state/named"); fi
old=
if [ -n "$named" ]; then
    old=$named
else
    for file in "$root/run/zipl/zipl.conf" "$before" "$root$(cat "$state/base")" \
        "$root/usr/lib/s390-tools/zipl.conf" "$root/lib/s390-tools/zipl.conf"; do
        if [ -n "$file" ] && [ "$file" != "$configuration" ] && readable "$file"; then
            old=$file
            break
        fi
    done
fi
if [ -e "$state/zipl" ]; then
    readable "$old" || refuse "zipl would find no configuration but the plan's, and the disk starts by the plan's menu:" \
        "every file stays. Write one for the machine's own kernels, and name it: uninstall --config FILE"
    if grep -q -e /boot/bessemer/ "$old" "$root"/boot/loader/entries/*.conf 2>/dev/null; then
        refuse "$old, or an entry in /boot/loader/entries, names the plan's kernels; every file stays"
    fi
    say "zipl --dry-run with $old"
    zipl --dry-run --noninteractive --config "$old" ||
        refuse "zipl does not take $old; every file stays. Correct it, or name another: uninstall --config FILE"
fi
if [ "$dry" = yes ]; then
    sed 's/^/uninstall: would put back /' "$state/replaced"
    sed 's/^/uninstall: would remove /' "$state/added"
    exit 0
fi

if [ -e "$state/zipl" ]; then
    # Before the kernels go that the boot record still leads to.
    say "zipl"
    zipl --noninteractive --config "$old" || refuse "zipl failed; every file stays. Run uninstall again"
    sync
fi
if [ -e "$state/trial" ]; then
    # Chosen and not started, it would now choose an entry of the menu of before.
    default_target
    rm -f "$state/trial"
fi
sync
number=0
while read -r path; do
    rm -f "$root$path.$token"
    if [ -e "$state/kept.$number" ] || [ -L "$state/kept.$number" ]; then
        cp -Pp "$state/kept.$number" "$root$path.$token"
        sync
        mv "$root$path.$token" "$root$path"
    fi
    number=$((number + 1))
done <"$state/replaced"
sync
while read -r path; do rm -f "$root$path" "$root$path.$token"; done <"$state/added"
# The innermost folder first.
sort -r "$state/folders" | while read -r path; do rmdir "$root$path" 2>/dev/null || true; done
sync
mv "$state" "$state.removed"
rm -rf "$state.removed"
sync
say "done"
