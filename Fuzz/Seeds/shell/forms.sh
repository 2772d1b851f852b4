select x in a b; do break; done; until false; do :; done; function g { return 3; }; coproc cat
time ! env -i X=1 nice -n 3 xargs -0 make; trap 'make ARCH=s390' EXIT; . ./lib.sh; source a
exec {fd}>x 3<&- >|z <>w; for ((i=0; i<3; i++)) { :; }; [ -n "$1" ] && echo !(a|b) @(c) ?(d)
x=$(case $x in a) echo;; esac); echo "${x:-it's}" ${x#\'} ${!y} ${x[@]:1:2} ${x^^} ${x@Q} $'\u00e9'
make -f - <<'M'
all: ; make ARCH=s390
M
