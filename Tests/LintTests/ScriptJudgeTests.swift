// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Lint

/// Scripts that bash runs with a make that notes what it was given: what is found is what that make saw.
struct ScriptJudgeTests {
    /// `W` stands for tools of another architecture. Each ends by itself, and starts nothing but make.
    private static let scripts = [
        "a='ARCH=s390'; make $a W",
        "IFS=,; a=ARCH=s390,W; make $a",
        "a=\"ARCH=s390 W\"; make \"$a\"",
        "x=ARCH; declare -x $x=s390; W make",
        "x=ARCH; export \"$x=s390\"; W make",
        "printf -v a '%s' s390; make ARCH=$a W",
        "read -r a <<< s390; make ARCH=$a W",
        "read a b <<< 's390 riscv64-linux-gnu-'; make ARCH=$a CROSS_COMPILE=$b",
        "declare -A m=([s390]=riscv64-linux-gnu- [x]=y); make ARCH=s390 CROSS_COMPILE=${m[s390]}",
        "declare -A m=([s390]=s390x-linux-gnu- [riscv]=riscv64-linux-gnu-); for a in s390 riscv; do make ARCH=$a CROSS_COMPILE=${m[$a]}; done",
        "declare -A m=([s390]=s390x-linux-gnu- [riscv]=riscv64-linux-gnu-); for a in \"${!m[@]}\"; do make ARCH=$a CROSS_COMPILE=${m[$a]}; done",
        "declare -A m; m[s390]=riscv64-linux-gnu-; make ARCH=s390 CROSS_COMPILE=${m[s390]}",
        "a=(x y); a[1]=ARCH=s390; make ${a[1]} W",
        "a=(ARCH=s390 W); a=(\"${a[@]}\" defconfig); make \"${a[@]}\"",
        "a=(ARCH=s390 W); unset 'a[0]'; make \"${a[@]}\"",
        "a=(x ARCH=s390 W); make \"${a[@]:1}\"",
        "set -- x ARCH=s390 W; make \"${@:2}\"",
        "n=1; a=(arm64 s390); make ARCH=${a[n]} W",
        "n=1; a=(arm64 s390); make ARCH=${a[$n]} W",
        "a=(arm64 s390); make ARCH=${a[-1]} W",
        "a=(arm64 s390); for i in 0 1; do make ARCH=${a[i]} W; done",
        "a=(arm64 s390); for i in \"${!a[@]}\"; do make ARCH=${a[i]} W; done",
        "i=1; ((i++)); a=(x y s390); make ARCH=${a[i]} W",
        "i=$((1+1)); a=(x y s390); make ARCH=${a[i]} W",
        "a=s390x; make ARCH=${a%x} W",
        "a=s390x; make ARCH=${a%?} W",
        "a=s390x; make ARCH=${a:0:4} W",
        "a=linux-s390; make ARCH=${a##*-} W",
        "a=S390; make ARCH=${a,,} W",
        "a=S390; make ARCH=${a,} W",
        "ref=b; b=s390; make ARCH=${!ref} W",
        "declare -n r=b; b=s390; make ARCH=$r W",
        "f() { declare -g ARCH=s390; }; f; export ARCH; W make",
        "f() { local ARCH; ARCH=s390; export ARCH; W make; }; f",
        "f() { local ARCH=s390; export ARCH; g; }; g() { W make; }; f",
        "f() { echo s390; }; make ARCH=$(f) W",
        "f() { printf '%s' \"$1\"; }; make ARCH=$(f s390) W",
        "f() { ARCH=s390; }; export ARCH; f | cat; W make",
        "export ARCH; ARCH=s390 : ; W make",
        "ARCH=s390 eval 'W make'",
        "ARCH=s390 W eval make",
        "ARCH=s390 W command make",
        "ARCH=s390 W exec make",
        "exec 3>&1; make ARCH=s390 W >&3 2>&1 3>&-",
        "make ARCH=s390 W &>/dev/null <<<x",
        "while read -r a; do make ARCH=$a W; done <<< s390",
        "while read -r a; do make ARCH=$a W; done <<E\narm64\ns390\nE",
        "while read -r a c; do make ARCH=$a CROSS_COMPILE=$c; done <<E\ns390 s390x-linux-gnu-\nriscv riscv64-linux-gnu-\nE",
        "while read -r a c; do make ARCH=$a CROSS_COMPILE=$c; done <<E\ns390 riscv64-linux-gnu-\nE",
        "printf 's390\\n' | while read -r a; do make ARCH=$a W; done",
        "echo ARCH=s390 W | xargs make",
        "printf '%s\\n' arm64 s390 | xargs -I{} make ARCH={} W",
        "echo s390 | xargs -n 1 sh -c 'make ARCH=$0 W'",
        "echo defconfig | ARCH=s390 W xargs make",
        "find . -maxdepth 0 -exec make ARCH=s390 W ';'",
        "time -p make ARCH=s390 W",
        "! make ARCH=s390 W",
        "timeout -k 5 1m make ARCH=s390 W",
        "timeout --signal=INT 10 make ARCH=s390 W",
        "nice -n 10 make ARCH=s390 W",
        "nice -10 make ARCH=s390 W",
        "env -i PATH=\"$PATH\" NOTE=\"$NOTE\" ARCH=s390 W make",
        "export ARCH=s390; env -i PATH=\"$PATH\" NOTE=\"$NOTE\" W make",
        "export ARCH=s390; env -u ARCH W make",
        "export ARCH=s390; env --unset=ARCH W make",
        "export ARCH=s390; env -uARCH W make",
        "export ARCH=s390; env - PATH=\"$PATH\" NOTE=\"$NOTE\" W make",
        "env -S 'ARCH=s390 W make'",
        "env -C / ARCH=s390 W make",
        "env --chdir=/ ARCH=s390 W make",
        "bash -c 'make ARCH=$1 W' _ s390",
        "bash -c \"make ARCH=s390 $(echo W)\"",
        "ARCH=s390 bash -ec 'W make'",
        "ARCH=s390; bash -c 'W make'",
        "bash <<'E'\nexport ARCH=s390\nW make\nE",
        "bash <<E\nexport ARCH=s390\nARCH=x86\nW make\nE",
        "cat <<'E' > /dev/null\nmake ARCH=s390 W\nE",
        "cat <<-'E' | sh -s s390\n\tmake ARCH=$1 W\n\tE",
        "sh -s s390 W <<'E'\nmake ARCH=$1 $2\nE",
        "cat <<E | bash\n$(echo 'make ARCH=s390 W')\nE",
        "c='make ARCH=s390 W'; $c",
        "c=(make ARCH=s390 W); \"${c[@]}\"",
        "c='make ARCH=s390 W'; eval \"$c\"",
        "c='make ARCH=s390 W'; bash -c \"$c\"",
        "MAKE='make ARCH=s390'; $MAKE W",
        "shopt -s expand_aliases\nalias m='make ARCH=s390 W'\nm",
        "trap 'make ARCH=s390 W' EXIT",
        "trap 'echo bye' EXIT; ARCH=s390; W make",
        "set -a; ARCH=s390; set +a; W make",
        "set -ea; ARCH=s390; W make",
        "set -o allexport; ARCH=s390; W make",
        "set -a; ARCH=s390; set +a; ARCH=x86; W make",
        "export ARCH=s390; export -n ARCH; W make",
        "export ARCH=s390; declare +x ARCH; W make",
        "export ARCH=s390; (unset ARCH); W make",
        "export ARCH=s390; (unset ARCH; W make)",
        "( export ARCH=s390; W make )",
        "{ export ARCH=s390; } > /dev/null; W make",
        "{ export ARCH=s390; } | cat; W make",
        "{ export ARCH=s390; } & wait; W make",
        "if true; then export ARCH=s390; fi; W make",
        "if false; then export ARCH=s390; fi; W make",
        "if [ 1 -eq 2 ]; then export ARCH=s390; fi; W make",
        "if\\\n    ! [[ a ]] \\\n    && [[ b ]]\nthen make ARCH=x86 W; else\\\n make ARCH=s390 W; fi\\\n; true",
        "if\\\n    ! [[ '' ]] \\\n    && [[ b ]]\nthen\\\n make ARCH=s390 W\nfi",
        "for a\\\n in\\\n s390; do\\\n\\\n make ARCH=$a W; done",
        "case x in\\\n x) make ARCH=s390 W;; esac\\\n",
        "f\\\n () {\\\n make ARCH=s390 W; }\\\n\nf", "function f\\\n {\\\n make ARCH=s390 W; }\nf",
        "export\\\n ARCH=s390; W make", "declare\\\n -a a=(s390)\nmake ARCH=$a W",
        "a=s390; [[ $a =~\\\n ^(s|t) ]]\\\n && make ARCH=s390 W",
        "if\\\n\\\n true; then :; fi; make ARCH=x86 W", "time\\\n make ARCH=s390 W", "!\\\n make ARCH=s390 W",
        "if ((1 > 2)); then export ARCH=s390; fi; W make",
        "if ((2 > 1)); then export ARCH=s390; fi; W make",
        "a=s390; [[ $a == s39* ]] && make ARCH=$a W",
        "a=x86; [[ $a == s39* ]] && make ARCH=s390 W; true",
        "a=s390; [ \"$a\" = x86 ] && make ARCH=s390 W; true",
        "a=s390; [ \"$a\" = x86 -o \"$a\" = s390 ] && make ARCH=s390 W",
        "a=x86; if [ \"$a\" != s390 ]; then make ARCH=$a W; fi",
        "a=x86; [[ $a =~ ^s390 ]] && make ARCH=s390 W; true",
        "case s390 in s390|x) make ARCH=s390 W;; esac",
        "case x86 in s390) make ARCH=s390 W;; *) :;; esac",
        "case x in x) ;& s390) make ARCH=s390 W;; esac",
        "case x in x) ;;& s*) make ARCH=s390 W;; esac",
        "until make ARCH=s390 W; do :; done",
        "for a in s390; { make ARCH=$a W; }",
        "for a in {arm64,s390}; do make ARCH=$a W; done",
        "for a in s390 x86; do [ $a = s390 ] && continue; make ARCH=$a W; done",
        "for a in s390 x86; do [ $a = s390 ] || continue; make ARCH=$a W; done",
        "for a in x86 s390; do make ARCH=$a W; break; done",
        "for ((i=0;i<1;i++)); do make ARCH=s390 W; done",
        "l='arm64 s390'; for a in $l; do make ARCH=$a W; done",
        "l='arm64 s390'; for a in \"$l\"; do make ARCH=$a W; done",
        "make ARCH=s390 \\\n  CROSS_COMPILE=\\\nriscv64-linux-gnu-",
        "make ARCH='s3'90 CROSS_COMPILE=\"riscv64\"-linux-gnu-",
        "make ARCH=$'s390' W",
        "make ARCH=s390 CROSS_COMPILE=$'riscv64\\x2dlinux-gnu-'",
        "make ARCH=s39\\0 W",
        "make ARCH=\"s390\" # CROSS_COMPILE=riscv64-linux-gnu-",
        "make ARCH=s390 CROSS_COMPILE=riscv64-linux-gnu-#x",
        "make ARCH=\"${ARCH:=s390}\" W",
        "make ARCH=\"${A-s390}\" W",
        "A=; make ARCH=\"${A:-s390}\" W",
        "A=; make ARCH=\"${A-s390}\" W",
        "A=1; make ARCH=${A:+s390} W",
        "make ARCH=`echo s390` W",
        "make ARCH=\"`echo \\\"s390\\\"`\" W",
        "make ARCH=$(cat <<<s390) W",
        "make ARCH=$(cat <<E\ns390\nE\n) W",
        "make ARCH=$(printf %s s390) W",
        "make ARCH=$(: ; echo s390) W",
        "make ARCH=$(if true; then echo s390; fi) W",
        "make -e ARCH=x86 W",
        "make ARCH=s390 ARCH=x86 W",
        "make ARCH=x86 ARCH=s390 W",
        "make ARCH:=s390 W",
        "make -j8 -C . ARCH=s390 W",
        "make -f Makefile ARCH=s390 W",
        "make -- ARCH=s390 W",
        "gmake ARCH=s390 W",
        "/usr/bin/../bin/env make ARCH=s390 W",
        "function f { make ARCH=s390 W; }; f",
        "f() { shift; make \"$@\"; }; f x ARCH=s390 W",
        "f() { local a=\"$*\"; make $a; }; f ARCH=s390 W",
        "f() { for a; do make ARCH=$a W; done; }; f arm64 s390",
        "f() { while [ $# -gt 0 ]; do make ARCH=$1 W; shift; done; }; f arm64 s390",
        "make() { command make ARCH=s390 \"$@\"; }; make W",
        "eval ARCH=s390; export ARCH; W make",
        "eval 'f() {' 'make ARCH=s390 W; }'; f",
        "eval export ARCH=s390 W; make",
        "x=ARCH; eval \"$x=s390\"; make ARCH=$ARCH W",
        "x=ARCH; eval \"export $x=\\$y\"; W make",
        "let 'x=1<<2'; make ARCH=s390 W",
        "x=$(( 16#ff + (1 << 3) )); make ARCH=s390 W",
        "x=${y:-$(echo \"}\")}; make ARCH=s390 W",
        "echo \"${x:-\"a b\"}\" '$(' ; make ARCH=s390 W",
        ": '\nmake ARCH=s390 W\n'",
        ": <<'#'\nmake ARCH=s390 W\n#",
        "cat <<\"E F\" >/dev/null\nmake\nE F\nmake ARCH=s390 W",
        "cat <<E >/dev/null\n`echo x`\n$((1))\n${x:-}}\nE\nmake ARCH=s390 W",
        "mapfile -t a <<< s390; make ARCH=${a[0]} W",
        "exit 0; make ARCH=s390 W",
        "false && export ARCH=s390; W make",
        "true || export ARCH=s390; W make",
        "false || export ARCH=s390; W make",
        "wait; { make ARCH=s390 W; } 2>&1 | cat",
        "make ARCH=s390 W 2> >(cat >&2)",
        "export -f nothing 2>/dev/null; make ARCH=s390 W",
        "readonly ARCH=s390; export ARCH; W make",
        "typeset -x ARCH=s390; W make",
        "local ARCH=s390 2>/dev/null; W make",
        "A=s3; A+=90; make ARCH=$A W",
        "ARCH=s390 W make & wait",
        "(cd / && make ARCH=s390 W)",
        "script() { :; }; script make ARCH=s390 W",
        "echo make ARCH=s390 W",
        "printf '%s ' make ARCH=s390 W",
        "command -v make ARCH=s390 W >/dev/null",
    ]

    private static let make = """
        #!/bin/bash
        architecture=$ARCH tools=$CROSS_COMPILE
        for word; do
            case $word in
            ARCH=* | ARCH:=*) architecture=${word#*=} ;;
            CROSS_COMPILE=*) tools=${word#*=} ;;
            esac
        done
        case $architecture:$tools in
        s390: | s390:s390*) ;;
        s390:*) echo wrong >>"$NOTE" ;;
        esac
        """

    @Test func `a script has a finding where bash would start the wrong tools, and none where it would not`()
        async throws
    {
        try await withTemporaryFolder { folder in
            let programs = folder.appending("bin")
            try Files.makeDirectory(programs)
            try AtomicFile.write(
                Self.make.utf8, to: programs.appending("make"), permissions: [.ownerReadWriteExecute])
            try FileManager.default.createSymbolicLink(
                atPath: programs.appending("gmake").string, withDestinationPath: "make")
            var found = 0
            for (number, script) in Self.scripts.enumerated() {
                let work = folder.appending("work\(number)")
                try Files.makeDirectory(work)
                let text = "#!/bin/bash\n" + script.replacing("W", with: "CROSS_COMPILE=riscv64-linux-gnu-") + "\n"
                try AtomicFile.write(text, to: work.appending("a.sh"))
                let note = folder.appending("note\(number)")
                let run = Command(
                    "/usr/bin/env",
                    [
                        "-i", "PATH=\(programs):/usr/bin:/bin", "NOTE=\(note)", "bash", "a.sh",
                    ], workingDirectory: work)
                _ = try await run.capture()
                let isWrong = Files.exists(note)
                let report = try ScriptCheck(path: work).check().report
                #expect(report.findings.contains { $0.rule == "SCR004" } == isWrong, "\(text)")
                #expect(report.skipped.isEmpty, "\(report.skipped.map(\.text)) of \(text)")
                if isWrong { found += 1 }
            }
            // Both answers are there.
            #expect(found > Self.scripts.count / 3 && found < Self.scripts.count)
        }
    }
}
