# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2154
# The next IPL takes the disk's default entry, whatever was chosen before.

default_target() {
    reipl=$root/sys/firmware/reipl
    type=$(cat "$reipl/reipl_type" 2>/dev/null || echo none)
    case $type in
    ccw) if [ -w "$reipl/ccw/loadparm" ]; then echo "" >"$reipl/ccw/loadparm"; fi ;;
    eckd | fcp | nvme) if [ -w "$reipl/$type/bootprog" ]; then echo 0 >"$reipl/$type/bootprog"; fi ;;
    esac
}
