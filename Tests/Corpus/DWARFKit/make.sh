#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes the fixtures; run it in Bessemer's sandbox, in this folder.
set -e
keep="--remove-section=.text --remove-section=.eh_frame --remove-section=.comment --remove-section=.note*"
fixture() { # architecture's prefix, name
	$1-linux-gnu-ld -e 0 -z max-page-size=4 -z noseparate-code -o "$2.linked" "$2.o"
	$1-linux-gnu-objcopy $keep --strip-symbol='*' "$2.linked" "$2.elf" 2>/dev/null ||
		$1-linux-gnu-objcopy $keep "$2.linked" "$2.elf"
	rm "$2.o" "$2.linked"
}
for arch in s390x x86_64; do
	for version in 4 5; do
		$arch-linux-gnu-gcc -O1 -ffreestanding -fno-pic -fno-asynchronous-unwind-tables -gdwarf-$version -fdebug-prefix-map="$PWD"=/src -c layouts.c -o gcc-$arch-$version.o
		fixture $arch gcc-$arch-$version
		clang --target=$arch-linux-gnu -O1 -ffreestanding -fno-pic -fno-asynchronous-unwind-tables -gdwarf-$version -fdebug-compilation-dir=/src -c layouts.c -o clang-$arch-$version.o
		fixture $arch clang-$arch-$version
		RUSTC_BOOTSTRAP=1 rustc --target $arch-unknown-linux-gnu -Cdebuginfo=2 -Zdwarf-version=$version -Cpanic=abort -Crelocation-model=static --remap-path-prefix="$PWD"=/src --emit=obj=rustc-$arch-$version.o layouts.rs
		fixture $arch rustc-$arch-$version
	done
	$arch-linux-gnu-gcc -O1 -ffreestanding -fno-pic -fno-asynchronous-unwind-tables -gdwarf-4 -fdebug-types-section -fdebug-prefix-map="$PWD"=/src -c layouts.c -o types-$arch-4.o
	fixture $arch types-$arch-4
	$arch-linux-gnu-gcc -O1 -gbtf -c btf.c -o btf.o
	$arch-linux-gnu-objcopy -O binary -j .BTF --set-section-flags .BTF=alloc btf.o gcc-$arch.btf
	rm btf.o
done
