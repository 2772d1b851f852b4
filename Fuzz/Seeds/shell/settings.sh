#!/bin/bash -e
set -a; A=s390 B+=x; set +o allexport
f() { local A=$1; export A; make ARCH="$A" ${2:-CROSS_COMPILE=s390x-linux-gnu-} "$@"; }
f s390 'x y' || { exit 1; } && (cd linux; unset A) &
z=(ARCH=s390 [2]='b' $(echo c)); z+=(d) ; make "${z[@]}" {a,b{c,1..3}} ~/x
for a in s390 arm64; do case $a in (s3*) T=1;; x|y) ;& *) continue ;; esac; done >x 2>&1 </dev/null
if [[ $x =~ ^(a|b)[[:space:]]*\($ && ! -f y ]]; then :; elif ((x <<= 2)); then :; else eval "make $A"; fi
while read -r l; do shift 2; done <<< "$x" | tee >(cat) &>y
cat <<-EOF <<'E2' | sudo -E bash -s x
	make ARCH=$A `echo \`date\`` ${x//\"/} ${#x} $((1 << 2)) $[3]
	EOF
make $B
E2
docker run --rm -e A=s390 -v .:/k image sh -c "make $'it\'s\x41' $\"y\""
declare -A m=([k]=v); printf -v q %s "$x"; RUSTFLAGS="-Zpacked-stack" rustc +nightly --target s390x-unknown-none-softfloat a.rs
