// SPDX-License-Identifier: Apache-2.0
import Host
import SystemPackage
import Testing

@testable import Lint

private let wrong = "CROSS_COMPILE=riscv64-linux-gnu-"

/// What ends a scope, what passes a setting on, and what is not a command at all; each beside its nearest neighbour.
struct ScriptScopeTests {
    @Test(
        arguments: [
            // Subshells, pipelines, groups.
            ("(export ARCH=s390)\nexport CROSS_COMPILE=aarch64-linux-gnu-\nmake defconfig", []),
            ("{ export ARCH=s390; }\nexport CROSS_COMPILE=aarch64-linux-gnu-\nmake defconfig", ["SCR004:3"]),
            ("export ARCH=s390 | cat\n\(wrong) make defconfig", []),
            ("export ARCH=s390 & \(wrong) make defconfig", []),
            ("x=$(export ARCH=s390)\n\(wrong) make defconfig", []),
            ("x=`export ARCH=s390`\n\(wrong) make defconfig", []),
            ("f() (export ARCH=s390)\nf\n\(wrong) make defconfig", []),
            ("f() { export ARCH=s390; }\nf\n\(wrong) make defconfig", ["SCR004:3"]),
            ("f() { local ARCH=s390; }\nexport ARCH\nf\n\(wrong) make defconfig", []),
            (
                "f() { make ARCH=$1 CROSS_COMPILE=$2; }\nf arm64 aarch64-linux-gnu-\nf s390 riscv64-linux-gnu-",
                ["SCR004:1"]
            ),
            ("f() { make ARCH=$1 CROSS_COMPILE=$2; }\nf arm64 aarch64-linux-gnu-\nf s390 s390x-linux-gnu-", []),
            ("f() { make ARCH=s390 \(wrong); }", ["SCR004:1"]),
            // Exporting.
            ("set -a\nARCH=s390\nset +a\n\(wrong)\nmake defconfig", []),
            ("set -a\nARCH=s390\n\(wrong)\nset +a\nmake defconfig", ["SCR004:5"]),
            ("set -o allexport; ARCH=s390; set +o allexport; \(wrong) make", ["SCR004:1"]),
            ("ARCH=s390\n\(wrong) make defconfig", []),
            ("declare -x ARCH=s390\n\(wrong) make defconfig", ["SCR004:2"]),
            ("export ARCH=s390\nexport -n ARCH\n\(wrong) make defconfig", []),
            ("export ARCH=s390\nunset ARCH\n\(wrong) make defconfig", []),
            ("export ARCH=s390\nenv -i \(wrong) make defconfig", []),
            ("export ARCH=s390\nenv \(wrong) make defconfig", ["SCR004:2"]),
            ("export ARCH=s390 \(wrong)\nsudo make", []),
            ("export ARCH=s390 \(wrong)\nsudo -E make", ["SCR004:2"]),
            ("sudo make ARCH=s390 \(wrong)", ["SCR004:1"]),
            // Arrays and positional parameters.
            ("export ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu-\nz=(ARCH=s390)\nmake defconfig", []),
            ("z=(ARCH=s390 \(wrong))\nmake \"${z[@]}\" defconfig", ["SCR004:2"]),
            ("z=(ARCH=s390)\nz+=(\n  # more\n  \(wrong)\n)\nmake ${z[*]} defconfig", ["SCR004:6"]),
            ("z=(ARCH=s390 \(wrong))\nmake \"$z\" defconfig", []),
            ("z=(ARCH=arm64 \(wrong))\nmake \"${z[@]}\" defconfig", []),
            ("declare -a z=(ARCH=s390 \(wrong))\nmake \"${z[@]}\"", ["SCR004:2"]),
            ("set -- ARCH=s390 \(wrong)\nmake \"$@\"", ["SCR004:2"]),
            ("set -- ARCH=s390 \(wrong)\nshift 2\nmake \"$@\"", []),
            ("make {ARCH=s390,\(wrong)} defconfig", ["SCR004:1"]),
            // Conditions and loops.
            ("for a in arm64 s390; do make ARCH=$a \(wrong); done", ["SCR004:1"]),
            ("for a in arm64 x86; do make ARCH=$a \(wrong); done", []),
            (
                "for a in s390 riscv; do\ncase $a in\ns390) c=s390x-linux-gnu- ;;\n*) c=riscv64-linux-gnu- ;;\nesac\nmake ARCH=$a CROSS_COMPILE=$c\ndone",
                []
            ),
            (
                "for a in s390 riscv; do\nif [ $a = riscv ]; then c=s390x-linux-gnu-; else c=riscv64-linux-gnu-; fi\nmake ARCH=$a CROSS_COMPILE=$c\ndone",
                ["SCR004:3"]
            ),
            ("[ -n \"$x\" ] && \(wrong)\nmake ARCH=s390 CROSS_COMPILE=$CROSS_COMPILE", []),
            ("cd linux && export ARCH=s390 && \(wrong) make", ["SCR004:1"]),
            ("if x; then export ARCH=riscv; exit 1; fi\nexport ARCH=s390\n\(wrong) make", ["SCR004:3"]),
            ("exit 0\nmake ARCH=s390 \(wrong)", []),
            // Here-documents and strings for interpreters.
            ("bash -e <<'END'\nmake ARCH=s390 \(wrong)\nEND", ["SCR004:2"]),
            ("bash -s x <<-END\n\tmake ARCH=s390 \(wrong)\n\tEND\n", ["SCR004:2"]),
            ("A=s390\nbash <<END\nmake ARCH=$A \(wrong)\nEND", ["SCR004:3"]),
            ("A=s390\nbash <<'END'\nmake ARCH=$A \(wrong)\nEND", []),
            ("cat <<END | sh\nmake ARCH=s390 \(wrong)\nEND", ["SCR004:2"]),
            ("cat >x <<END\nmake ARCH=s390 \(wrong)\nEND", []),
            ("python3 <<END\nmake ARCH=s390 \(wrong)\nEND", []),
            ("ssh z sudo bash <<END\nmake ARCH=s390 \(wrong)\nEND", ["SCR004:2"]),
            ("ssh -p 22 z 'make ARCH=s390 \(wrong)'", ["SCR004:1"]),
            ("sh <<<'make ARCH=s390 \(wrong)'", ["SCR004:1"]),
            ("cat <<<'make ARCH=s390 \(wrong)'\nmake ARCH=s390 rustdefconfig", ["SCR005:2"]),
            ("echo 'make ARCH=s390 \(wrong)' | bash", ["SCR004:1"]),
            ("echo 'make ARCH=s390 \(wrong)'", []),
            ("eval \"make ARCH=s390 \(wrong)\"", ["SCR004:1"]),
            ("su - user -c 'make ARCH=s390 \(wrong)'", ["SCR004:1"]),
            ("docker run --rm -e ARCH=s390 -v .:/k image make \(wrong)", ["SCR004:1"]),
            ("export ARCH=s390\ndocker run --rm image make \(wrong)", []),
            ("make -f - <<'END'\nall:\n\tmake ARCH=s390 \(wrong)\nEND", ["SCR004:3"]),
            // What could take the rest of a file with it.
            ("x=$((1 << 2))\nmake ARCH=s390 \(wrong)", ["SCR004:2"]),
            ("((x <<= 2))\nmake ARCH=s390 \(wrong)", ["SCR004:2"]),
            ("x=$[1 + (2)]\nmake ARCH=s390 \(wrong)", ["SCR004:2"]),
            ("[[ $x =~ ^(a|b)[[:space:]]*\\($ ]] && y\nmake ARCH=s390 \(wrong)", ["SCR004:2"]),
            ("echo $'it\\'s' \"$\"'x'\nmake ARCH=s390 \(wrong)", ["SCR004:2"]),
            ("echo ${x#\\'} ${x%\"'\"} ${#x} ${x//\\\"/} ${x:-'}'}\nmake ARCH=s390 \(wrong)", ["SCR004:2"]),
            ("echo \"${x:-it's}\"\nmake ARCH=s390 \(wrong)", ["SCR004:2"]),
            ("case $x in (a) ;; b|c) ;; esac\nmake ARCH=s390 \(wrong)", ["SCR004:2"]),
            ("x=$(case $x in a) echo;; esac)\nmake ARCH=s390 \(wrong)", ["SCR004:2"]),
            ("x=$(cat <<END\n'\nEND\n)\nmake ARCH=s390 \(wrong)", ["SCR004:5"]),
            ("cat <<A <<'B'\n$(\nA\n`\nB\nmake ARCH=s390 \(wrong)", ["SCR004:6"]),
            ("# it's\necho a#b's'\nmake ARCH=s390 \(wrong)", ["SCR004:3"]),
            ("cat <<\\END\n\"\nEND\nmake ARCH=s390 \(wrong)", ["SCR004:4"]),
            ("exec {fd}>x 3<&- 2>&1 &>y >|z <>w\nmake ARCH=s390 \(wrong)", ["SCR004:2"]),
            ("diff <(a) >(b) <(c 'd')\nmake ARCH=s390 \(wrong)", ["SCR004:2"]),
            ("for ((i=0; i<3; i++)) { :; }\nmake ARCH=s390 \(wrong)", ["SCR004:2"]),
            ("shopt -s extglob\nrm !(a|b) @(c)\nmake ARCH=s390 \(wrong)", ["SCR004:3"]),
            ("echo `echo \\`echo x\\``\nmake ARCH=s390 \(wrong)", ["SCR004:2"]),
        ] as [(String, [String])])
    func `a shell script's settings reach what they reach in a shell`(script: String, expected: [String]) async throws {
        #expect(try await verdicts("a.sh", "#!/bin/bash\n" + script) == expected.map(Self.next))
    }

    /// What only a run knows: the environment, parameters, files, what another program says.
    @Test(arguments: [
        "[ -z \"${X:-}\" ] && exit 1", "[[ -z ${X:-} ]] && exit 1", "[ -z ${X:-} ] && exit 1",
        "if [ -z \"${1:-}\" ]; then usage; exit 1; fi", "X=${1:-}\n[ -n \"$X\" ] || exit 1",
        "X=${X-}\n[ -n \"$X\" ] || exit 1", "X=${X:=}; [ -n \"$X\" ] || exit 1",
        ": \"${X:=}\"\n[ -n \"$X\" ] || exit 1",
        "[ \"${CI:-}\" ] || exit 0", "case \"${CI:-}\" in '') exit 0;; esac", "(( ${RUN:-0} )) || exit 0",
        "[ $((${RUN:-0})) -eq 1 ] || exit 0", "let ${RUN:-0} || exit 0", "Y=${X:-}; [ \"${Y:-0}\" = 1 ] || exit 0",
        "X=${X:-}; [ -z \"${X:+1}\" ] && exit", "git diff --quiet && exit 0", "pgrep x && exit", "mkdir lock && exit 1",
        "ls && exit 0", "a=(*.patch)\n[ ${#a[@]} -gt 1 ] || exit", "read -ra a <<< \"$Y\"\n[ ${#a[@]} -gt 1 ] || exit",
        "a=($Y)\n[ ${#a[@]} -gt 1 ] || exit", "return 0 2>/dev/null || true",
    ])
    func `a script goes on where only a run can tell whether it ends`(start: String) async throws {
        let lines = start.split(separator: "\n").count + 2
        let script = "#!/bin/bash\n\(start)\nmake ARCH=s390 rustdefconfig\n"
        #expect(try await verdicts("a.sh", script) == ["SCR005:\(lines)"])
    }

    @Test(arguments: [
        "mapfile -t F < flags\nrustc \"${F[@]}\"", "read -ra F <<< \"$FLAGS\"\nrustc \"${F[@]}\"", "rustc ${FLAGS:-}",
        "F=(${EXTRA:-})\nrustc \"${F[@]}\"", "rustc ${1:-}",
    ])
    func `flags that only a run knows may be any`(start: String) async throws {
        #expect(try await verdicts("a.sh", "\(start) --target=s390x-unknown-none-softfloat x.rs\n") == [])
    }

    @Test func `another build system's targets for packages are not the kernel's`() async throws {
        #expect(try await verdicts("a.sh", "make ARCH=s390 linux-menuconfig\n") == [])
        #expect(try await verdicts("a.sh", "make ARCH=s390 rust-fooconfig\n") == ["SCR005:1"])
    }

    @Test func `of two escapes at a Dockerfile's line end the second is text`() async throws {
        let run = "RUN make ARCH=s390 rustdefconfig\n"
        #expect(try await verdicts("Dockerfile", "FROM x\nRUN echo a\\\\\n" + run) == ["SCR005:3"])
        #expect(try await verdicts("Dockerfile", "FROM x\nRUN echo a \\\n" + run) == [])
    }

    @Test(arguments: [
        "true && exit 0", "X=\n[ -z \"$X\" ] && exit 1", "a=(b)\n[ ${#a[@]} -gt 1 ] || exit", "(( 0 )) || exit 0",
        "case '' in '') exit 0;; esac", "f() { return 1; exit 0; }\nexit",
    ])
    func `a script ends where it says so itself`(start: String) async throws {
        #expect(try await verdicts("a.sh", "#!/bin/bash\n\(start)\nmake ARCH=s390 rustdefconfig\n") == [])
    }

    /// One line further down, for the line that names the interpreter.
    private static func next(_ verdict: String) -> String {
        let parts = verdict.split(separator: ":")
        return "\(parts[0]):\((Int(parts[1]) ?? 0) + 1)"
    }

    @Test(
        arguments: [
            ("echo 'x\nmake ARCH=s390 rustdefconfig\n", [1]),
            ("if x; then\nmake ARCH=s390 rustdefconfig\n", [1]),
            ("cat <<END\nmake ARCH=s390 rustdefconfig\n", [1]),
            ("x=$(\nmake ARCH=s390 rustdefconfig\n", [1]),
            ("a )\nmake ARCH=s390 rustdefconfig\n", [1]),
            ("while x\nmake ARCH=s390 rustdefconfig\n", [1]),
        ] as [(String, [Int])])
    func `what is not shell is reported with its line, and what follows is read`(script: String, lines: [Int]) throws {
        let file = try ScriptFile(path: "a.sh", kind: .shell, bytes: Array(script.utf8))
        #expect(file.problems.map(\.line) == lines)
        #expect(file.units.flatMap(\.makes).contains { $0.goals.map(\.text) == ["rustdefconfig"] })
    }

    @Test(
        arguments: [
            ("FROM debian:12\nRUN apt-get update && \\\n\n    make ARCH=s390 \(wrong) defconfig\n", ["SCR004:4"]),
            (
                "FROM debian:12\nSHELL [\"/bin/bash\", \"-c\"]\nRUN grep -q x <<<word || true\nRUN make ARCH=s390 \(wrong) defconfig\n",
                ["SCR004:4"]
            ),
            (
                "FROM debian:12 AS arm\nENV CROSS_COMPILE=aarch64-linux-gnu- ARCH=arm64\nRUN make defconfig\nFROM debian:12 AS z\nRUN make ARCH=s390 defconfig\n",
                []
            ),
            ("FROM debian:12 AS base\nENV \(wrong)\nFROM base\nRUN make ARCH=s390 defconfig\n", ["SCR004:4"]),
            (
                "FROM debian:12\nCOPY <<EOF /Dockerfile.inner\nFROM scratch\nRUN make ARCH=s390 \(wrong) defconfig\nEOF\nRUN true\n",
                []
            ),
            ("FROM debian:12\nRUN bash -e <<EOF\nmake ARCH=s390 \(wrong)\nEOF\n", ["SCR004:3"]),
            ("FROM debian:12\nRUN python3 <<EOF\nmake ARCH=s390 \(wrong)\nEOF\n", []),
            ("FROM debian:12\nRUN <<EOF\n#!/usr/bin/env python3\nmake ARCH=s390 \(wrong)\nEOF\n", []),
            ("FROM debian:12\nRUN <<A cat <<B\nx\nA\ny\nB\nRUN make ARCH=s390 \(wrong)\n", ["SCR004:7"]),
            ("ARG \(wrong)\nFROM debian:12\nRUN make ARCH=s390 defconfig\n", []),
            ("ARG \(wrong)\nFROM debian:12\nARG CROSS_COMPILE\nRUN make ARCH=s390 defconfig\n", ["SCR004:4"]),
            ("FROM debian:12\nARG ARCH=s390\nCMD make \(wrong)\n", []),
            ("FROM debian:12\nENV ARCH=s390\nCMD make \(wrong)\n", ["SCR004:3"]),
            ("FROM debian:12\nENTRYPOINT [\"sh\", \"-c\"]\nCMD [\"make ARCH=s390 \(wrong)\"]\n", ["SCR004:3"]),
            ("FROM debian:12\nSHELL [\"pwsh\", \"-c\"]\nRUN make ARCH=s390 \(wrong)\n", []),
            ("# escape=`\nFROM debian:12\nRUN true && `\n  make ARCH=s390 \(wrong)\n", ["SCR004:4"]),
            ("FROM debian:12\nRUN --mount=type=cache,target=/x make ARCH=s390 \(wrong)\n", ["SCR004:2"]),
        ] as [(String, [String])])
    func `a Dockerfile's stages have their own settings`(text: String, expected: [String]) async throws {
        #expect(try await verdicts("Dockerfile", text) == expected)
    }

    @Test(
        arguments: [
            ("export\nARCH = s390\n\(wrong)\nall:\n\t$(MAKE) defconfig\n", ["SCR004:5"]),
            ("ARCH = s390\n\(wrong)\nall:\n\t$(MAKE) defconfig\n", []),
            (".EXPORT_ALL_VARIABLES:\nARCH = s390\n\(wrong)\nall:\n\t$(MAKE) defconfig\n", ["SCR004:5"]),
            (
                "export CROSS_COMPILE = aarch64-linux-gnu-\nunexport CROSS_COMPILE\nall:\n\t$(MAKE) ARCH=s390 defconfig\n",
                []
            ),
            ("export\n\(wrong)\nunexport CROSS_COMPILE\nall:\n\t$(MAKE) ARCH=s390 defconfig\n", []),
            ("all: vmlinux ; $(MAKE) ARCH=s390 \(wrong) defconfig\n", ["SCR004:1"]),
            ("all: # ; $(MAKE) ARCH=s390 \(wrong) defconfig\n", []),
            ("z: export ARCH = s390\nz:\n\t$(MAKE) \(wrong)\narm:\n\t$(MAKE) \(wrong) defconfig\n", ["SCR004:3"]),
            ("z: ARCH = s390\nz: build\nbuild:\n\t$(MAKE) ARCH=$(ARCH) \(wrong)\n", ["SCR004:4"]),
            ("arm: ARCH = arm64\narm: build\nbuild:\n\t$(MAKE) ARCH=$(ARCH) \(wrong)\n", []),
            (
                "define b\n$(MAKE) ARCH=$(1) CROSS_COMPILE=$(2)\nendef\nall:\n\t$(call b,s390,riscv64-linux-gnu-)\n",
                ["SCR004:2"]
            ),
            ("define b\n$(MAKE) ARCH=$(1) CROSS_COMPILE=$(2)\nendef\nall:\n\t$(call b,s390,s390x-linux-gnu-)\n", []),
            ("define a\ndefine b\nendef\nendef\nall:\n\tmake ARCH=s390 \(wrong)\n", ["SCR004:6"]),
            ("define a\nall:\n\tmake ARCH=s390 \(wrong)\nendef\n", []),
            (
                "ifdef X\nifeq (a,b)\nendif\nARCH = arm64\nelse\nARCH = s390\nendif\nall:\n\tmake ARCH=$(ARCH) \(wrong)\n",
                []
            ),
            ("ifeq (a,b)\nifdef X\nelse\nall:\n\tmake ARCH=s390 \(wrong)\nendif\nendif\n", []),
            ("ifeq (a,a)\nifdef X\nelse\nendif\nall:\n\tmake ARCH=s390 \(wrong)\nendif\n", ["SCR004:6"]),
            (
                "ifeq ($(X),y)\nC = riscv64-linux-gnu-\nelse\nC = s390x-linux-gnu-\nendif\nall:\n\tmake ARCH=s390 CROSS_COMPILE=$(C)\n",
                []
            ),
            ("C = riscv64-linux-gnu-\nC = s390x-linux-gnu-\nall:\n\tmake ARCH=s390 CROSS_COMPILE=$(C)\n", []),
            ("A = $(A:x=y)\nall:\n\tmake ARCH=s390 $(A) \(wrong)\n", ["SCR004:3"]),
            ("A = $(B:x=y)\nB = $(A:y=x)\nall:\n\tmake ARCH=s390 $(A) \(wrong)\n", ["SCR004:4"]),
            ("A = a.s390\nall:\n\tmake ARCH=$(A:a.%=%) \(wrong)\n", ["SCR004:3"]),
            ("A = a.arm64\nall:\n\tmake ARCH=$(A:a.%=%) \(wrong)\n", []),
            (".RECIPEPREFIX = >\nall:\n>make ARCH=s390 \(wrong)\n", ["SCR004:3"]),
            ("all:\n\texport ARCH=s390\n\t\(wrong) make\n", []),
            (".ONESHELL:\nall:\n\texport ARCH=s390\n\t\(wrong) make\n", ["SCR004:4"]),
            ("SHELL = /usr/bin/python3\nall:\n\tmake ARCH=s390 \(wrong)\n", []),
            ("X := $(shell make ARCH=s390 \(wrong))\n", ["SCR004:1"]),
            ("all:\n\tfor a in s390; do \\\n\t  make ARCH=$$a \(wrong); \\\n\tdone\n", ["SCR004:3"]),
            ("rustdefconfig:\n\tmake -C linux ARCH=s390 \(wrong)\n", ["SCR004:2"]),
            ("$(foreach a,s390 arm64,$(eval $(a): ; make ARCH=$(a) \(wrong)))\n", ["SCR004:1"]),
        ] as [(String, [String])])
    func `a Makefile's variables reach what they reach in make`(text: String, expected: [String]) async throws {
        #expect(try await verdicts("Makefile", text) == expected)
    }

    @Test(
        arguments: [
            ("all:\n\ttrue\nwhat is this\n", [3]), ("define x\nall:\n\ttrue\n", [1]), ("ifdef X\nA = 1\n", [1]),
            ("endif\n", [1]), ("A = x $(B)\nB = $(A)\nall:\n\techo $(A)\n", [2]),
            ("A = $(eval A := b)$(A)\nB := $(B) x\nC = $(D)\nD = $(E)$(E)\nall:\n\techo $(A) $(B) $(C)\n", []),
        ] as [(String, [Int])])
    func `what is not a Makefile is reported with its line`(text: String, lines: [Int]) throws {
        #expect(
            try ScriptFile(path: "Makefile", kind: .makefile, bytes: Array(text.utf8)).problems.map(\.line) == lines)
    }

    @Test(
        arguments: [
            (
                ".z: &z\n  variables:\n    ARCH: s390\nbuild:\n  <<: *z\n  script:\n    - make rustdefconfig\n",
                ["SCR005:7"]
            ),
            (".z: &z\n  variables:\n    ARCH: s390\nbuild:\n  script:\n    - make rustdefconfig\n", []),
            (
                ".z:\n  script:\n    - export ARCH=s390\nbuild:\n  script:\n    - !reference [.z, script]\n    - make rustdefconfig\n",
                ["SCR005:7"]
            ),
            (
                ".z:\n  variables: {ARCH: s390}\nbuild:\n  variables: !reference [.z, variables]\n  script: make rustdefconfig\n",
                ["SCR005:5"]
            ),
            ("variables: {ARCH: s390}\nbuild:\n  inherit: {variables: false}\n  script: make rustdefconfig\n", []),
            (
                "variables: {ARCH: s390}\nbuild:\n  inherit: {variables: [ARCH]}\n  script: make rustdefconfig\n",
                ["SCR005:4"]
            ),
            ("build:\n  script: export ARCH=s390\n  after_script: make rustdefconfig\n", []),
            ("build:\n  before_script: export ARCH=s390\n  script: make rustdefconfig\n", ["SCR005:3"]),
            (
                "build:\n  parallel:\n    matrix:\n      - ARCH: [arm64, s390]\n  script: make rustdefconfig\n",
                ["SCR005:5"]
            ),
            ("build:\n  parallel:\n    matrix:\n      - ARCH: [arm64, x86]\n  script: make rustdefconfig\n", []),
            (
                "a:\n  stage: build\n  script: echo ARCH=s390 >> build.env\n  artifacts: {reports: {dotenv: build.env}}\nb:\n  stage: test\n  script: make rustdefconfig\n",
                ["SCR005:7"]
            ),
            (
                "a:\n  stage: build\n  script: echo ARCH=s390 >> build.env\nb:\n  stage: test\n  script: make rustdefconfig\n",
                []
            ),
            ("variables:\n  T: s390\n  ARCH: $T\nbuild:\n  script: make rustdefconfig\n", ["SCR005:5"]),
            ("default:\n  before_script: [export ARCH=s390]\nbuild:\n  script: make rustdefconfig\n", ["SCR005:4"]),
            (
                "default:\n  before_script: [export ARCH=s390]\nbuild:\n  before_script: []\n  script: make rustdefconfig\n",
                []
            ),
            (
                "build:\n  rules:\n    - if: $X\n      variables: {ARCH: arm64}\n  variables: {ARCH: s390}\n  script: make rustdefconfig\n",
                []
            ),
        ] as [(String, [String])])
    func `a GitLab job has what it inherits and nothing else`(text: String, expected: [String]) async throws {
        #expect(try await verdicts(".gitlab-ci.yml", text) == expected)
    }

    private static func workflow(_ text: String) -> String {
        "on: push\njobs:\n  z:\n    runs-on: ubuntu-latest\n" + text
    }

    @Test(
        arguments: [
            (
                "    steps:\n      - run: echo \"ARCH=s390\" >> \"$GITHUB_ENV\"\n      - run: make rustdefconfig\n",
                ["SCR005:7"]
            ),
            ("    steps:\n      - run: echo \"ARCH=s390\"\n      - run: make rustdefconfig\n", []),
            ("    steps:\n      - run: make rustdefconfig\n      - run: echo ARCH=s390 >> $GITHUB_ENV\n", []),
            ("    steps:\n      - run: export ARCH=s390\n      - run: make rustdefconfig\n", []),
            (
                "    steps:\n      - run: echo ARCH=s390 | tee -a $GITHUB_ENV\n      - run: make rustdefconfig\n",
                ["SCR005:7"]
            ),
            (
                "    steps:\n      - run: |\n          {\n            echo X=1\n            echo 'ARCH<<E'\n            echo s390\n            echo E\n          } >> $GITHUB_ENV\n      - run: echo\n",
                []
            ),
            (
                "    steps:\n      - run: |\n          cat >> $GITHUB_ENV <<E\n          ARCH=s390\n          E\n      - run: make rustdefconfig\n",
                ["SCR005:10"]
            ),
            (
                "    steps:\n      - id: a\n        run: echo arch=s390 >> $GITHUB_OUTPUT\n      - run: make ARCH=${{ steps.a.outputs.arch }} rustdefconfig\n",
                ["SCR005:8"]
            ),
            (
                "    strategy:\n      matrix: {arch: [s390, arm64]}\n    steps:\n      - run: make ARCH=${{ matrix.arch }} rustdefconfig\n",
                ["SCR005:8"]
            ),
            (
                "    strategy:\n      matrix: {arch: [s390, arm64]}\n    steps:\n      - if: matrix.arch == 'arm64'\n        run: make ARCH=${{ matrix.arch }} rustdefconfig\n",
                []
            ),
            (
                "    strategy:\n      matrix:\n        arch: [arm64]\n        include:\n          - arch: s390\n    env:\n      ARCH: ${{ matrix.arch }}\n    steps:\n      - run: make rustdefconfig\n",
                ["SCR005:13"]
            ),
            (
                "    strategy:\n      matrix:\n        arch: [arm64, s390]\n        exclude:\n          - arch: s390\n    env:\n      ARCH: ${{ matrix.arch }}\n    steps:\n      - run: make rustdefconfig\n",
                []
            ),
            (
                "    env: {ARCH: \"${{ github.ref == 'x' && 's390' || 's390' }}\"}\n    steps:\n      - run: make rustdefconfig\n",
                []
            ),
            (
                "    env: {ARCH: \"${{ 'a' == 'A' && 's390' || 'arm64' }}\"}\n    steps:\n      - run: make rustdefconfig\n",
                ["SCR005:7"]
            ),
            ("    defaults: {run: {shell: pwsh}}\n    steps:\n      - run: make ARCH=s390 rustdefconfig\n", []),
            (
                "    defaults: {run: {shell: pwsh}}\n    steps:\n      - run: make ARCH=s390 rustdefconfig\n        shell: bash -e {0}\n",
                ["SCR005:7"]
            ),
            ("    steps:\n      - run: make ARCH=s390 rustdefconfig\n        shell: python\n", []),
            (
                "    container:\n      image: debian\n      env: {ARCH: s390}\n    steps:\n      - run: make rustdefconfig\n",
                ["SCR005:9"]
            ),
        ] as [(String, [String])])
    func `a GitHub job's settings reach its later steps`(text: String, expected: [String]) async throws {
        #expect(try await verdicts(".github/workflows/a.yml", Self.workflow(text)) == expected)
    }

    @Test func `a GitHub job on Windows, or with another default shell, has no shell scripts`() async throws {
        let steps = "    steps:\n      - run: make ARCH=s390 rustdefconfig\n"
        let head = "on: push\njobs:\n  z:\n    runs-on: "
        #expect(try await verdicts(".github/workflows/a.yml", head + "windows-latest\n" + steps) == [])
        #expect(try await verdicts(".github/workflows/a.yml", head + "ubuntu-latest\n" + steps) == ["SCR005:6"])
        let defaults = "defaults: {run: {shell: pwsh}}\n"
        #expect(try await verdicts(".github/workflows/a.yml", defaults + head + "ubuntu-latest\n" + steps) == [])
    }

    @Test(arguments: [
        (
            "stage('a') { steps { script { def v = sh(returnStdout: true, script: 'make ARCH=s390 rustdefconfig') } } }",
            true
        ),
        (
            "stage('a') { steps { script { def v = sh(script: 'make ARCH=s390 rustdefconfig', returnStatus: true) } } }",
            true
        ),
        ("stage('a') { steps { script { sh(label: 'make ARCH=s390 rustdefconfig', script: 'true') } } }", false),
        (
            "stage('z') { environment { ARCH = 's390' } steps { sh 'make defconfig' } }\nstage('arm') { steps { sh 'make rustdefconfig' } }",
            false
        ),
        ("stage('z') { steps { sh 'make rustdefconfig' } environment { ARCH = 's390' } }", true),
        ("node { withEnv(['ARCH=s390']) { sh 'make rustdefconfig' } }", true),
        ("node { withEnv(['ARCH=s390']) { sh 'true' }\n sh 'make rustdefconfig' }", false),
        ("node { env.ARCH = 's390'\n sh 'make rustdefconfig' }", true),
        ("node { def a = 's390'\n sh \"make ARCH=${a} rustdefconfig\" }", true),
        ("node { def a = 's390'\n sh 'make ARCH=${a} rustdefconfig' }", false),
        ("node { sh 'make ARCH=s390 ' + 'rustdefconfig' }", true),
        ("node { sh '''#!/usr/bin/env python3\nmake ARCH=s390 rustdefconfig\n''' }", false),
        (
            "matrix { axes { axis { name 'ARCH'; values 'arm64', 's390' } } stages { stage('x') { steps { sh 'make rustdefconfig' } } } }",
            true
        ),
        (
            "matrix { axes { axis { name 'ARCH'; values 'arm64', 'x86' } } stages { stage('x') { steps { sh 'make rustdefconfig' } } } }",
            false
        ),
        (
            "parameters { string(name: 'ARCH', defaultValue: 's390') }\nstages { stage('x') { steps { sh 'make rustdefconfig' } } }",
            true
        ),
        ("node { def m = (x =~ /it's/)\n sh 'make ARCH=s390 rustdefconfig' }", true),
        ("def l = ['arm64', 's390']\nfor (a in l) { sh \"make ARCH=${a} rustdefconfig\" }", true),
        ("def l = ['arm64', 'x86']\nfor (a in l) { sh \"make ARCH=${a} rustdefconfig\" }", false),
        ("for (String a : ['s390']) { sh \"make ARCH=${a} rustdefconfig\" }", true),
        ("['arm64', 's390'].each { a -> sh \"make ARCH=${a} rustdefconfig\" }", true),
        ("['arm64', 's390'].each { sh \"make ARCH=${it} rustdefconfig\" }", true),
        ("['arm64', 's390'].each { a -> sh \"make ARCH=${b} rustdefconfig\" }", false),
    ])
    func `a Jenkinsfile's settings hold in their block`(text: String, isFound: Bool) async throws {
        let verdicts = try await verdicts("Jenkinsfile", "pipeline {\n\(text)\n}\n")
        #expect(verdicts.map { $0.prefix(6) } == (isFound ? ["SCR005"] : []))
    }

    @Test(arguments: [
        ("node { sh 'x\n sh 'make ARCH=s390 rustdefconfig' }", 1), ("node { sh '''x\n}\n", 1), ("node {\n", 1),
        ("/* x\nnode { }\n", 1),
    ])
    func `what is not a Jenkinsfile is reported with its line`(text: String, line: Int) throws {
        let file = try ScriptFile(path: "Jenkinsfile", kind: .jenkins, bytes: Array(text.utf8))
        #expect(file.problems.first?.line == line)
    }

    @Test(arguments: ["matrix-in-matrix", "string-of-itself"])
    func `a Jenkinsfile that multiplies itself is read within bounds`(name: String) throws {
        let corpus = FilePath(#filePath).removingLastComponent().removingLastComponent().pushing("Corpus/fuzz/jenkins")
        let file = try ScriptFile(path: "Jenkinsfile", kind: .jenkins, bytes: Files.bytes(corpus.appending(name)))
        #expect(file.units.flatMap { $0.commands }.count < 100_000)
        #expect(file.problems.contains { $0.message.hasPrefix("too much to follow") })
    }

    @Test func `a Jenkinsfile's script of many lines is known, also through a variable`() async throws {
        let lines = String(repeating: "true\n", count: 2000)
        let text = "node { def s = '''" + lines + "make ARCH=s390 rustdefconfig'''\nsh(\"${s}\") }"
        #expect(try await verdicts("Jenkinsfile", text) == ["SCR005:2001"])
    }
}
