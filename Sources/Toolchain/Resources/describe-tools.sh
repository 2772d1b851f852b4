# SPDX-License-Identifier: Apache-2.0
# Finds out what a program that was found is, and prints a line that begins with `tool`.
package() {
    if command -v dpkg-query >/dev/null 2>&1; then
        owner=$(dpkg-query --search "$1" 2>/dev/null || dpkg-query --search "${1#/usr}" 2>/dev/null)
        owner=${owner%%:*}
        [ -n "$owner" ] && dpkg-query --show --showformat='${Package}\t${Version}' "$owner" && return
    elif command -v rpm >/dev/null 2>&1; then
        rpm -qf --queryformat '%{NAME}\t%{VERSION}-%{RELEASE}' "$1" 2>/dev/null && return
    fi
    printf '\t'
}
# Whether rustup's own program stands in the place of a tool: a link, a hard link or a copy of it.
chooses() {
    case $2 in */rustup | */rustup-init) return 0 ;; esac
    for beside in "${1%/*}/rustup" "$(command -v rustup)"; do
        [ -f "$beside" ] || continue
        # shellcheck disable=SC3013 # dash, bash and BusyBox have it.
        [ "$1" -ef "$beside" ] || cmp -s "$2" "$beside" || continue
        return 0
    done
    return 1
}
describe() {
    role=$1 found=$2
    file=$(readlink -f "$found" 2>/dev/null) || file=$found
    # A compiler cache in a compiler's place.
    case $role:$file in compiler-cache:*) ;; *:*/ccache) return ;; esac
    case "$seen" in *"|$role:$file|"*) case $file in */rustup) ;; *) return ;; esac ;; esac
    seen="$seen|$role:$file|"
    toolchain='' shim='' machine='' missing=''
    # A toolchain that is linked to another folder has its name where it was found.
    for path in "$file" "$found"; do
        case $path in */toolchains/*/bin/*) toolchain=${path%/bin/*}; toolchain=${toolchain##*/} ;; esac
    done
    case $role in rust-compiler | cargo | rust-formatter) chooses "$found" "$file" && shim=1 ;; esac
    if [ "$role" = c-compiler ]; then
        name=${found##*/}
        machine=$(limit 15 "$found" -dumpmachine 2>/dev/null </dev/null | line)
        case $machine in
        s390*linux*) ;;
        '') case $name in gcc*) return ;; esac ;;
        *) return ;;
        esac
        for part in ar as ld nm objcopy objdump readelf strip; do
            [ -x "${found%/*}/${name%gcc*}$part" ] || command -v "${name%gcc*}$part" >/dev/null ||
                missing="$missing ${name%gcc*}$part"
        done
    fi
    # shellcheck disable=SC2154 # It is made before this.
    rm -f "$work/status"
    { limit 15 "$found" --version 2>"$work/error" </dev/null; echo $? >"$work/status"; } |
        head -c 65536 >"$work/said"
    status=$(cat "$work/status" 2>/dev/null)
    said=$(line <"$work/said")
    # LLVM's programs have their version in the second line.
    case $said in 'LLVM ('*) said=$(sed '1d;s/^ *//' "$work/said" | line) ;; esac
    [ "$status" = 0 ] || [ -n "$said" ] || said=$(line <"$work/error")
    source='' version=''
    if [ "$role" = rust-compiler ] && [ "$status" = 0 ]; then
        sysroot=$(limit 15 "$found" --print sysroot 2>/dev/null </dev/null | line)
        # What runs another folder's compiler chooses it, whatever it is.
        case $sysroot in
        */toolchains/*) case $file in "$(readlink -f "$sysroot")"/*) ;; *) shim=1 toolchain=${sysroot##*/} ;; esac ;;
        esac
        source=$sysroot/lib/rustlib/src/rust
        [ -e "$source/library/core/src/lib.rs" ] || source=
        [ -n "$source" ] && source=$(readlink -f "$source")
        [ -n "$source" ] && [ -f "$source/version" ] && version=$(line <"$source/version")
    fi
    digest=$(sha256sum "$file" 2>/dev/null) || digest=
    printf 'tool\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' \
        "$role" "$found" "$file" "${digest%% *}" "$(package "$file")" "$toolchain" "$status" "$said" \
        "$source" "$version" "$shim" "$machine" "$missing"
}
