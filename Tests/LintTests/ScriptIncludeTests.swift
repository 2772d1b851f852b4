// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Lint

/// Files of a tree, what is found in which of them, and which lines name a file that was not read.
struct Tree: Sendable, CustomTestStringConvertible {
    let name: String
    let files: [String: String]
    let expected: [String]
    let unread: [String]

    init(_ name: String, _ files: [String: String], _ expected: [String], unread: [String] = []) {
        self.name = name
        self.files = files
        self.expected = expected
        self.unread = unread
    }

    var testDescription: String { name }

    /// Writes the files and checks the folder.
    func check() async throws {
        try await withTemporaryFolder { folder in
            for (name, text) in files {
                let path = folder.pushing(FilePath(name))
                try Files.makeDirectory(path.removingLastComponent())
                try AtomicFile.write(text, to: path)
            }
            let report = try ScriptCheck(path: folder).check().report
            let found = report.findings.map { "\($0.rule):\($0.location?.text ?? "")" }.sorted()
            #expect(found == expected)
            let skipped = Set(report.skipped.map { "\($0.file):\($0.line ?? 0)" }).sorted()
            #expect(skipped == unread, "\(report.skipped.map(\.text))")
        }
    }
}

/// Settings that come from another file of the same tree, each beside its nearest neighbour.
struct ScriptIncludeTests {
    @Test func `a pattern of many folders at any depth ends in a deep tree`() async throws {
        let deep = String(repeating: "a/", count: 38)
        let pattern = String(repeating: "**/*/", count: 19) + "none.yml"
        try await Tree(
            "many", [".gitlab-ci.yml": "include: '\(pattern)'\n", "\(deep)x.yml": "a: 1\n"], [],
            unread: [".gitlab-ci.yml:1"]
        ).check()
    }

    @Test(arguments: ["include f%d.mk\n", ". ./f%d.sh\n"])
    func `files that each include the next one three times end with what was not read`(line: String) async throws {
        let suffix = line.hasPrefix("include") ? "mk" : "sh"
        try await withTemporaryFolder { folder in
            try Files.makeDirectory(folder)
            for index in 0..<11 {
                let text = String(repeating: line.replacing("%d", with: "\(index + 1)"), count: 3)
                try AtomicFile.write(text, to: folder.appending("f\(index).\(suffix)"))
            }
            try AtomicFile.write("", to: folder.appending("f11.\(suffix)"))
            let report = try ScriptCheck(path: folder).check().report
            #expect(report.skipped.contains { $0.text.contains("more than 1000 times") })
        }
    }

    @Test(arguments: [
        Tree("mk-unexport", ["Makefile": "export ARCH = s390\nunexport ARCH\nall:\n\t$(MAKE) rustdefconfig\n"], []),
        Tree(
            "mk-target-export", ["Makefile": "all: export ARCH = s390\nall: ; $(MAKE) rustdefconfig\n"],
            ["SCR005:Makefile:2"]),
        Tree(
            "mk-pattern-var", ["Makefile": "z%: ARCH = s390\nzall:\n\t$(MAKE) ARCH=$(ARCH) rustdefconfig\n"],
            ["SCR005:Makefile:3"]),
        Tree("mk-pattern-var-ok", ["Makefile": "z%: ARCH = s390\nall:\n\t$(MAKE) ARCH=$(ARCH) rustdefconfig\n"], []),
        Tree(
            "mk-qeq", ["Makefile": "ARCH ?= s390\nall:\n\t$(MAKE) ARCH=$(ARCH) rustdefconfig\n"], ["SCR005:Makefile:3"]),
        Tree("mk-qeq2", ["Makefile": "ARCH = arm64\nARCH ?= s390\nall:\n\t$(MAKE) ARCH=$(ARCH) rustdefconfig\n"], []),
        Tree(
            "mk-ifeq-known",
            ["Makefile": "A = arm64\nifeq ($(A),s390)\nexport ARCH = s390\nendif\nall:\n\t$(MAKE) rustdefconfig\n"], []),
        Tree("mk-subst", ["Makefile": "all:\n\t$(MAKE) ARCH=$(subst x,,s390x) rustdefconfig\n"], ["SCR005:Makefile:2"]),
        Tree(
            "mk-patsubst", ["Makefile": "A = s390-all\nall:\n\t$(MAKE) ARCH=$(A:-all=) rustdefconfig\n"],
            ["SCR005:Makefile:3"]),
        Tree("mk-if", ["Makefile": "all:\n\t$(MAKE) ARCH=$(if x,s390,arm64) rustdefconfig\n"], ["SCR005:Makefile:2"]),
        Tree("mk-if-no", ["Makefile": "all:\n\t$(MAKE) ARCH=$(if ,s390,arm64) rustdefconfig\n"], []),
        Tree(
            "mk-shellecho", ["Makefile": "A := $(shell echo s390)\nall:\n\t$(MAKE) ARCH=$(A) rustdefconfig\n"],
            ["SCR005:Makefile:3"]),
        Tree("mk-order", ["Makefile": "A := $(B)\nB := s390\nall:\n\t$(MAKE) ARCH=$(A) rustdefconfig\n"], []),
        Tree(
            "mk-stem", ["Makefile": "build-%:\n\t$(MAKE) ARCH=$* rustdefconfig\nall: build-s390\n"],
            ["SCR005:Makefile:2"]),
        Tree("mk-stem-ok", ["Makefile": "build-%:\n\t$(MAKE) ARCH=$* rustdefconfig\nall: build-arm64\n"], []),
        Tree("mk-at", ["Makefile": "s390:\n\t$(MAKE) ARCH=$@ rustdefconfig\n"], ["SCR005:Makefile:2"]),
        Tree("mk-static", ["Makefile": "s390 arm64: %:\n\t$(MAKE) ARCH=$* rustdefconfig\n"], ["SCR005:Makefile:2"]),
        Tree(
            "mk-override", ["Makefile": "override ARCH = s390\nexport ARCH\nall:\n\t$(MAKE) rustdefconfig\n"],
            ["SCR005:Makefile:4"]),
        Tree("mk-comment", ["Makefile": "all:\n\t# $(MAKE) ARCH=s390 rustdefconfig\n\ttrue\n"], []),
        Tree(
            "mk-define-export", ["Makefile": "define ARCH\ns390\nendef\nexport ARCH\nall:\n\t$(MAKE) rustdefconfig\n"],
            ["SCR005:Makefile:6"]),
        Tree(
            "dk-copyfrom",
            ["Dockerfile": "FROM a AS b\nENV ARCH=s390\nFROM c\nCOPY --from=b /x /x\nRUN make rustdefconfig\n"], []),
        Tree("dk-env-later", ["Dockerfile": "FROM a\nRUN make rustdefconfig\nENV ARCH=s390\n"], []),
        Tree(
            "dk-arg-env", ["Dockerfile": "FROM a\nARG T=s390\nENV ARCH=$T\nRUN make rustdefconfig\n"],
            ["SCR005:Dockerfile:4"]),
        Tree(
            "dk-env-assumed",
            [
                "Dockerfile":
                    "FROM a\nARG K=arm\nENV T $K\nRUN if [ \"$T\" = s390 ]; then make ARCH=s390 rustdefconfig; fi\n"
            ], ["SCR005:Dockerfile:4"]),
        Tree("dk-env-wins", ["Dockerfile": "FROM a\nENV ARCH=arm64\nARG ARCH=s390\nRUN make rustdefconfig\n"], []),
        Tree("dk-run-export", ["Dockerfile": "FROM a\nRUN export ARCH=s390\nRUN make rustdefconfig\n"], []),
        Tree(
            "dk-env-same-line", ["Dockerfile": "FROM a\nENV T=s390\nENV T=arm64 ARCH=$T\nRUN make rustdefconfig\n"],
            ["SCR005:Dockerfile:4"]),
        Tree(
            "dk-heredoc-script", ["Dockerfile": "FROM a\nRUN <<EOF\nexport ARCH=s390\nmake rustdefconfig\nEOF\n"],
            ["SCR005:Dockerfile:4"]),
        Tree(
            "dk-heredoc-quoted",
            ["Dockerfile": "FROM a\nRUN bash -ex <<'EOF'\nexport ARCH=s390\nmake rustdefconfig\nEOF\n"],
            ["SCR005:Dockerfile:4"]),
        Tree(
            "dk-heredoc-file", ["Dockerfile": "FROM a\nRUN cat <<EOF > /x.sh\nmake ARCH=s390 rustdefconfig\nEOF\n"], []),
        Tree("dk-onbuild", ["Dockerfile": "FROM a\nONBUILD ENV ARCH=s390\nRUN make rustdefconfig\n"], []),
        Tree("dk-plus", ["Dockerfile": "FROM a\nARG A\nENV ARCH=${A:+s390}\nRUN make rustdefconfig\n"], []),
        Tree(
            "dk-source",
            [
                "Dockerfile": "FROM a\nCOPY . /src\nWORKDIR /src\nRUN . ./env.sh && make rustdefconfig\n",
                "env.sh": "export ARCH=s390\n",
            ], ["SCR005:Dockerfile:4"]),
        Tree(
            "gl-mergelist",
            [
                ".gitlab-ci.yml":
                    ".a: &a {variables: {ARCH: s390}}\n.b: &b {variables: {ARCH: arm64}}\nbuild:\n  <<: [*a, *b]\n  script: make rustdefconfig\n"
            ], ["SCR005:.gitlab-ci.yml:5"]),
        Tree(
            "gl-mergelist2",
            [
                ".gitlab-ci.yml":
                    ".a: &a {variables: {ARCH: s390}}\n.b: &b {variables: {ARCH: arm64}}\nbuild:\n  <<: [*b, *a]\n  script: make rustdefconfig\n"
            ], []),
        Tree(
            "gl-extends2",
            [
                ".gitlab-ci.yml":
                    ".a: {variables: {ARCH: arm64}}\n.b: {variables: {ARCH: s390}}\nbuild:\n  extends: [.a, .b]\n  script: make rustdefconfig\n"
            ], ["SCR005:.gitlab-ci.yml:5"]),
        Tree(
            "gl-matrix2",
            [
                ".gitlab-ci.yml":
                    "build:\n  parallel:\n    matrix:\n      - A: [arm64]\n        T: [rustdefconfig]\n      - A: [s390]\n        T: [defconfig]\n  script: make ARCH=$A $T\n"
            ], []),
        Tree(
            "gl-hooks",
            [
                ".gitlab-ci.yml":
                    "build:\n  hooks:\n    pre_get_sources_script: [make ARCH=s390 rustdefconfig]\n  script: 'true'\n"
            ], ["SCR005:.gitlab-ci.yml:3"]),
        Tree(
            "gl-run", [".gitlab-ci.yml": "build:\n  run:\n    - name: a\n      script: make ARCH=s390 rustdefconfig\n"],
            ["SCR005:.gitlab-ci.yml:4"]),
        Tree(
            "gl-folded", [".gitlab-ci.yml": "build:\n  script:\n    - >-\n      make ARCH=s390\n      rustdefconfig\n"],
            ["SCR005:.gitlab-ci.yml:5"]),
    ])
    func `what make, Docker and GitLab make of values is followed where it is known`(tree: Tree) async throws {
        try await tree.check()
    }

    @Test(arguments: [
        Tree(
            "src-own", ["ci/a.sh": ". ./env.sh\nmake rustdefconfig\n", "ci/env.sh": "export ARCH=s390\n"],
            ["SCR005:ci/a.sh:2"]),
        Tree("src-none", ["ci/a.sh": "make rustdefconfig\n", "ci/env.sh": "export ARCH=s390\n"], []),
        Tree(
            "src-dirname",
            ["ci/a.sh": ". \"$(dirname \"$0\")/env.sh\"\nmake rustdefconfig\n", "ci/env.sh": "export ARCH=s390\n"],
            ["SCR005:ci/a.sh:2"]),
        Tree(
            "src-pct",
            [
                "ci/a.sh": "#!/bin/bash\nsource \"${BASH_SOURCE%/*}/../lib/env.sh\"\nmake rustdefconfig\n",
                "lib/env.sh": "export ARCH=s390\n",
            ], ["SCR005:ci/a.sh:3"]),
        Tree(
            "src-cdpwd",
            [
                "ci/a.sh":
                    "#!/bin/bash\nD=$(cd \"$(dirname \"${BASH_SOURCE[0]}\")\" && pwd)\nsource \"$D/env.sh\"\nmake rustdefconfig\n",
                "ci/env.sh": "export ARCH=s390\n",
            ], ["SCR005:ci/a.sh:4"]),
        Tree(
            "src-readlink",
            [
                "ci/a.sh": "#!/bin/bash\nD=$(dirname \"$(readlink -f \"$0\")\")\n. $D/env.sh\nmake rustdefconfig\n",
                "ci/env.sh": "export ARCH=s390\n",
            ], ["SCR005:ci/a.sh:4"]),
        Tree(
            "src-cd",
            [
                "ci/a.sh": "cd \"$(dirname \"$0\")/..\"\n. lib/env.sh\nmake rustdefconfig\n",
                "lib/env.sh": "export ARCH=s390\n",
            ], ["SCR005:ci/a.sh:3"]),
        Tree(
            "src-git",
            [
                "ci/a.sh": ". \"$(git rev-parse --show-toplevel)/lib/env.sh\"\nmake rustdefconfig\n",
                "lib/env.sh": "export ARCH=s390\n",
            ], ["SCR005:ci/a.sh:2"]),
        Tree("src-unexported", ["a.sh": ". ./env.sh\nmake rustdefconfig\n", "env.sh": "ARCH=s390\n"], []),
        Tree("src-subshell", ["a.sh": "(. ./env.sh)\nmake rustdefconfig\n", "env.sh": "export ARCH=s390\n"], []),
        Tree("src-run", ["a.sh": "bash ./env.sh\nmake rustdefconfig\n", "env.sh": "export ARCH=s390\n"], []),
        Tree(
            "src-child", ["a.sh": "export ARCH=s390\nbash ./b.sh\n", "b.sh": "make rustdefconfig\n"], ["SCR005:b.sh:1"]),
        Tree(
            "src-child2", ["a.sh": "./b.sh s390\n", "b.sh": "#!/bin/sh\nmake ARCH=$1 rustdefconfig\n"],
            ["SCR005:b.sh:2"]),
        Tree(
            "src-function",
            ["a.sh": ". ./lib.sh\nbuild s390\n", "lib.sh": "build() { make ARCH=$1 rustdefconfig; }\n"],
            ["SCR005:lib.sh:1"]),
        Tree(
            "src-function-ok",
            ["a.sh": ". ./lib.sh\nbuild arm64\n", "lib.sh": "build() { make ARCH=$1 rustdefconfig; }\n"], []),
        Tree("src-absent", ["a.sh": ". ./env.sh\nmake rustdefconfig\n"], [], unread: ["a.sh:1"]),
        Tree("src-absent-innocent", ["a.sh": ". ./env.sh\nmake ARCH=arm64 defconfig\necho\n"], []),
        Tree("src-absent-nothing", ["a.sh": ". ./env.sh\necho\n"], []),
        Tree("src-computed", ["a.sh": ". \"$1\"\nmake ARCH=s390 defconfig\n"], [], unread: ["a.sh:1"]),
        Tree("src-osrelease", ["a.sh": ". /etc/os-release\nmake ARCH=s390 defconfig\n"], []),
        Tree("src-abs", ["a.sh": ". /opt/sdk/environment-setup\nmake defconfig\n"], [], unread: ["a.sh:1"]),
        Tree(
            "src-out", ["a.sh": ". ../../../env.sh\nmake ARCH=s390 rustdefconfig\n"], ["SCR005:a.sh:2"],
            unread: ["a.sh:1"]),
        Tree(
            "src-loop", ["a.sh": ". ./b.sh\nmake ARCH=s390 rustdefconfig\n", "b.sh": ". ./a.sh\n"], ["SCR005:a.sh:2"],
            unread: ["a.sh:1", "b.sh:1"]),
        Tree(
            "src-return",
            ["a.sh": ". ./env.sh\nmake rustdefconfig\n", "env.sh": "export ARCH=s390\nreturn\nexport ARCH=x\n"],
            ["SCR005:a.sh:2"]),
        Tree("src-exit", ["a.sh": ". ./env.sh\nmake ARCH=s390 rustdefconfig\n", "env.sh": "exit 0\n"], []),
        Tree(
            "src-args", ["a.sh": ". ./env.sh s390\nmake rustdefconfig\n", "env.sh": "export ARCH=$1\n"],
            ["SCR005:a.sh:2"]),
        Tree(
            "src-seta", ["a.sh": "set -a; . ./env; set +a\nmake rustdefconfig\n", "env": "ARCH=s390\n"],
            ["SCR005:a.sh:2"]),
        Tree(
            "src-bad", ["a.sh": ". ./env.sh\nmake ARCH=s390 rustdefconfig\n", "env.sh": "if x; then\n"],
            ["SCR005:a.sh:2"], unread: ["env.sh:1"]),
    ])
    func `what a script sources, and what it starts, is followed in the tree`(tree: Tree) async throws {
        try await tree.check()
    }

    @Test(arguments: [
        Tree(
            "gl-local",
            [
                ".gitlab-ci.yml": "include: ci/base.yml\nbuild:\n  script: make rustdefconfig\n",
                "ci/base.yml": "variables: {ARCH: s390}\n",
            ], ["SCR005:.gitlab-ci.yml:3"]),
        Tree(
            "gl-list",
            [
                ".gitlab-ci.yml":
                    "include:\n  - local: /ci/base.yml\n  - 'ci/other.yml'\nbuild:\n  extends: .b\n  script: make rustdefconfig\n",
                "ci/base.yml": "x: 1\n", "ci/other.yml": ".b:\n  variables: {ARCH: s390}\n",
            ], ["SCR005:.gitlab-ci.yml:6"]),
        Tree(
            "gl-override",
            [
                ".gitlab-ci.yml":
                    "include: ci/base.yml\nvariables: {ARCH: arm64}\nbuild:\n  script: make rustdefconfig\n",
                "ci/base.yml": "variables: {ARCH: s390}\n",
            ], []),
        Tree(
            "gl-inside",
            [
                ".gitlab-ci.yml": "include: ci/base.yml\nvariables: {ARCH: s390}\n",
                "ci/base.yml": "build:\n  script:\n    - make rustdefconfig\n",
            ], ["SCR005:ci/base.yml:3"]),
        Tree(
            "gl-deep",
            [
                ".gitlab-ci.yml": "include: ci/base.yml\nbuild:\n  variables: {ARCH: s390}\n",
                "ci/base.yml": "build:\n  variables: {X: y}\n  script:\n    - |\n      make rustdefconfig\n",
            ], ["SCR005:ci/base.yml:5"]),
        Tree(
            "gl-glob",
            [
                ".gitlab-ci.yml": "include: ci/*.yml\nbuild:\n  script: make rustdefconfig\n",
                "ci/a.yml": "variables: {ARCH: s390}\n",
            ], ["SCR005:.gitlab-ci.yml:3"]),
        Tree(
            "gl-glob2",
            [
                ".gitlab-ci.yml": "include: 'ci/**/*.yml'\nbuild:\n  script: make rustdefconfig\n",
                "ci/x/y/a.yml": "variables: {ARCH: s390}\n",
            ], ["SCR005:.gitlab-ci.yml:3"]),
        Tree(
            "gl-nested",
            [
                ".gitlab-ci.yml": "include: a.yml\nbuild:\n  script: make rustdefconfig\n",
                "a.yml": "include: {local: b.yml}\n", "b.yml": "variables: {ARCH: s390}\n",
            ], ["SCR005:.gitlab-ci.yml:3"]),
        Tree(
            "gl-loop",
            [
                ".gitlab-ci.yml": "include: a.yml\nbuild:\n  script: make ARCH=s390 rustdefconfig\n",
                "a.yml": "include: .gitlab-ci.yml\n",
            ], ["SCR005:.gitlab-ci.yml:3"], unread: ["a.yml:1"]),
        Tree(
            "gl-others",
            [
                ".gitlab-ci.yml":
                    "include:\n  - project: a/b\n    ref: main\n    file: [x.yml, y.yml]\n  - remote: https://x/y.yml\n  - template: Bash.gitlab-ci.yml\n  - component: x/y@1\n  - https://x/z.yml\nbuild:\n  script: make ARCH=s390 rustdefconfig\n"
            ], ["SCR005:.gitlab-ci.yml:10"],
            unread: [
                ".gitlab-ci.yml:2", ".gitlab-ci.yml:5", ".gitlab-ci.yml:6", ".gitlab-ci.yml:7", ".gitlab-ci.yml:8",
            ]),
        Tree(
            "gl-absent",
            [".gitlab-ci.yml": "include:\n  - local: no.yml\nbuild:\n  script: make ARCH=s390 rustdefconfig\n"],
            ["SCR005:.gitlab-ci.yml:4"], unread: [".gitlab-ci.yml:2"]),
        Tree(
            "gl-out", [".gitlab-ci.yml": "include: ../../no.yml\nbuild:\n  script: 'true'\n"], [],
            unread: [".gitlab-ci.yml:1"]),
        Tree(
            "gl-inputs",
            [
                ".gitlab-ci.yml": "include:\n  - local: t.yml\n    inputs: {arch: s390}\n",
                "t.yml":
                    "spec:\n  inputs:\n    arch:\n      default: arm64\n---\nbuild:\n  script: make ARCH=$[[ inputs.arch ]] rustdefconfig\n",
            ], ["SCR005:t.yml:7"]),
        Tree(
            "gl-inputs-default",
            [
                ".gitlab-ci.yml": "include: t.yml\n",
                "t.yml":
                    "spec:\n  inputs:\n    arch:\n      default: arm64\n---\nbuild:\n  script: make ARCH=$[[ inputs.arch ]] rustdefconfig\n",
            ], []),
        Tree(
            "gl-header",
            [
                ".gitlab-ci.yml":
                    "spec:\n  inputs:\n    a: {default: x}\n---\nbuild:\n  script: make ARCH=s390 rustdefconfig\n"
            ], ["SCR005:.gitlab-ci.yml:6"]),
        Tree(
            "gl-reference",
            [
                ".gitlab-ci.yml":
                    "include: a.yml\nbuild:\n  variables: {ARCH: s390}\n  script:\n    - !reference [.a, script]\n",
                "a.yml": ".a:\n  script:\n    - make rustdefconfig\n",
            ], ["SCR005:a.yml:3"]),
        Tree(
            "gl-source",
            [
                ".gitlab-ci.yml": "build:\n  script:\n    - source ci/env.sh\n    - make rustdefconfig\n",
                "ci/env.sh": "export ARCH=s390\n",
            ], ["SCR005:.gitlab-ci.yml:4"]),
        Tree(
            "gl-source2",
            [
                ".gitlab-ci.yml": "build:\n  script:\n    - . $CI_PROJECT_DIR/ci/env.sh\n    - make rustdefconfig\n",
                "ci/env.sh": "export ARCH=s390\n",
            ], ["SCR005:.gitlab-ci.yml:4"]),
        Tree(
            "gl-trigger",
            [
                ".gitlab-ci.yml": "a:\n  trigger:\n    include: ci/child.yml\n",
                "ci/child.yml": "build:\n  script: make ARCH=s390 rustdefconfig\n",
            ], ["SCR005:ci/child.yml:2"]),
    ])
    func `a GitLab pipeline is read with the files of the tree that it includes`(tree: Tree) async throws {
        try await tree.check()
    }

    @Test(arguments: [
        Tree(
            "gh-reusable",
            [
                ".github/workflows/a.yml":
                    "on: push\njobs:\n  z:\n    uses: ./.github/workflows/b.yml\n    with: {arch: s390}\n",
                ".github/workflows/b.yml":
                    "on:\n  workflow_call:\n    inputs:\n      arch: {type: string}\njobs:\n  b:\n    runs-on: x\n    steps:\n      - run: make ARCH=${{ inputs.arch }} rustdefconfig\n",
            ], ["SCR005:.github/workflows/b.yml:9"]),
        Tree(
            "gh-reusable-ok",
            [
                ".github/workflows/a.yml":
                    "on: push\njobs:\n  z:\n    uses: ./.github/workflows/b.yml\n    with: {arch: arm64}\n",
                ".github/workflows/b.yml":
                    "on:\n  workflow_call:\n    inputs:\n      arch: {type: string}\njobs:\n  b:\n    runs-on: x\n    steps:\n      - run: make ARCH=${{ inputs.arch }} rustdefconfig\n",
            ], []),
        Tree(
            "gh-reusable-env",
            [
                ".github/workflows/a.yml":
                    "on: push\nenv: {ARCH: s390}\njobs:\n  z:\n    uses: ./.github/workflows/b.yml\n",
                ".github/workflows/b.yml":
                    "on: workflow_call\njobs:\n  b:\n    runs-on: x\n    steps:\n      - run: make rustdefconfig\n",
            ], []),
        Tree(
            "gh-reusable-matrix",
            [
                ".github/workflows/a.yml":
                    "on: push\njobs:\n  z:\n    strategy:\n      matrix: {a: [arm64, s390]}\n    uses: ./.github/workflows/b.yml\n    with:\n      arch: ${{ matrix.a }}\n",
                ".github/workflows/b.yml":
                    "on:\n  workflow_call:\n    inputs:\n      arch: {type: string}\nenv:\n  ARCH: ${{ inputs.arch }}\njobs:\n  b:\n    runs-on: x\n    steps:\n      - run: make rustdefconfig\n",
            ], ["SCR005:.github/workflows/b.yml:11"]),
        Tree(
            "gh-reusable-out",
            [
                ".github/workflows/a.yml":
                    "on: push\njobs:\n  z:\n    uses: ./.github/workflows/b.yml\n  y:\n    needs: z\n    runs-on: x\n    steps:\n      - run: make ARCH=${{ needs.z.outputs.arch }} rustdefconfig\n",
                ".github/workflows/b.yml":
                    "on:\n  workflow_call:\n    outputs:\n      arch:\n        value: ${{ jobs.b.outputs.a }}\njobs:\n  b:\n    runs-on: x\n    outputs:\n      a: ${{ steps.s.outputs.v }}\n    steps:\n      - id: s\n        run: echo v=s390 >> $GITHUB_OUTPUT\n",
            ], ["SCR005:.github/workflows/a.yml:9"]),
        Tree(
            "gh-remote",
            [".github/workflows/a.yml": "on: push\njobs:\n  z:\n    uses: o/r/.github/workflows/b.yml@v1\n"], [],
            unread: [".github/workflows/a.yml:4"]),
        Tree(
            "gh-loop",
            [".github/workflows/a.yml": "on: workflow_call\njobs:\n  z:\n    uses: ./.github/workflows/a.yml\n"], [],
            unread: [".github/workflows/a.yml:4"]),
        Tree(
            "gh-absent",
            [
                ".github/workflows/a.yml":
                    "on: push\njobs:\n  z:\n    uses: ./.github/workflows/no.yml\n  y:\n    runs-on: x\n    steps:\n      - uses: ./no\n"
            ], [], unread: [".github/workflows/a.yml:4", ".github/workflows/a.yml:8"]),
        Tree(
            "gh-action",
            [
                ".github/workflows/a.yml":
                    "on: push\njobs:\n  z:\n    runs-on: x\n    env: {ARCH: s390}\n    steps:\n      - uses: ./.github/actions/b\n",
                ".github/actions/b/action.yml":
                    "runs:\n  using: composite\n  steps:\n    - run: make rustdefconfig\n      shell: bash\n",
            ], ["SCR005:.github/actions/b/action.yml:4"]),
        Tree(
            "gh-action-ok",
            [
                ".github/workflows/a.yml":
                    "on: push\njobs:\n  z:\n    runs-on: x\n    steps:\n      - uses: ./.github/actions/b\n        env: {X: s390}\n",
                ".github/actions/b/action.yml":
                    "runs:\n  using: composite\n  steps:\n    - run: make rustdefconfig\n      shell: bash\n",
            ], []),
        Tree(
            "gh-action-input",
            [
                ".github/workflows/a.yml":
                    "on: push\njobs:\n  z:\n    runs-on: x\n    steps:\n      - uses: ./.github/actions/b\n        with: {arch: s390}\n",
                ".github/actions/b/action.yaml":
                    "inputs:\n  arch: {default: arm64}\nruns:\n  using: composite\n  steps:\n    - run: make ARCH=${{ inputs.arch }} rustdefconfig\n      shell: bash\n",
            ], ["SCR005:.github/actions/b/action.yaml:6"]),
        Tree(
            "gh-action-genv",
            [
                ".github/workflows/a.yml":
                    "on: push\njobs:\n  z:\n    runs-on: x\n    steps:\n      - uses: ./.github/actions/b\n      - run: make rustdefconfig\n",
                ".github/actions/b/action.yml":
                    "runs:\n  using: composite\n  steps:\n    - run: echo ARCH=s390 >> $GITHUB_ENV\n      shell: bash\n",
            ], ["SCR005:.github/workflows/a.yml:7"]),
        Tree(
            "gh-action-env",
            [
                ".github/workflows/a.yml":
                    "on: push\njobs:\n  z:\n    runs-on: x\n    steps:\n      - uses: ./.github/actions/b\n      - run: make rustdefconfig\n",
                ".github/actions/b/action.yml":
                    "runs:\n  using: composite\n  steps:\n    - run: export ARCH=s390\n      env: {ARCH: s390}\n      shell: bash\n",
            ], []),
        Tree(
            "gh-action-out",
            [
                ".github/workflows/a.yml":
                    "on: push\njobs:\n  z:\n    runs-on: x\n    steps:\n      - id: q\n        uses: ./.github/actions/b\n      - run: make ARCH=${{ steps.q.outputs.o }} rustdefconfig\n",
                ".github/actions/b/action.yml":
                    "outputs:\n  o: {value: \"${{ steps.s.outputs.v }}\"}\nruns:\n  using: composite\n  steps:\n    - id: s\n      run: echo v=s390 >> $GITHUB_OUTPUT\n      shell: bash\n",
            ], ["SCR005:.github/workflows/a.yml:8"]),
        Tree(
            "gh-source",
            [
                ".github/workflows/a.yml":
                    "on: push\njobs:\n  z:\n    runs-on: x\n    steps:\n      - run: |\n          . ./env.sh\n          make rustdefconfig\n        working-directory: ci\n",
                "ci/env.sh": "export ARCH=s390\n",
            ], ["SCR005:.github/workflows/a.yml:8"]),
    ])
    func `a GitHub job is read with the workflows and actions of the repository that it uses`(tree: Tree) async throws {
        try await tree.check()
    }

    @Test(arguments: [
        Tree(
            "mk-include",
            ["Makefile": "include env.mk\nall:\n\t$(MAKE) rustdefconfig\n", "env.mk": "export ARCH = s390\n"],
            ["SCR005:Makefile:3"]),
        Tree("mk-no", ["Makefile": "all:\n\t$(MAKE) rustdefconfig\n", "env.mk": "export ARCH = s390\n"], []),
        Tree(
            "mk-dash",
            ["Makefile": "-include env.mk\nall:\n\t$(MAKE) rustdefconfig\n", "env.mk": "export ARCH = s390\n"],
            ["SCR005:Makefile:3"]),
        Tree("mk-dash-absent", ["Makefile": "-include env.mk\nall:\n\t$(MAKE) defconfig\n"], []),
        Tree("mk-absent", ["Makefile": "include env.mk\nall:\n\t$(MAKE) defconfig\n"], [], unread: ["Makefile:1"]),
        Tree("mk-absent-innocent", ["Makefile": "include env.mk\nall:\n\t$(MAKE) ARCH=arm64 defconfig\n"], []),
        Tree(
            "mk-computed", ["Makefile": "include $(X)/env.mk\nall:\n\t$(MAKE) ARCH=s390 defconfig\n"], [],
            unread: ["Makefile:1"]),
        Tree(
            "mk-wild", ["Makefile": "include *.mk\nall:\n\t$(MAKE) rustdefconfig\n", "env.mk": "export ARCH = s390\n"],
            ["SCR005:Makefile:3"]),
        Tree(
            "mk-dir",
            [
                "sub/Makefile": "include $(dir $(lastword $(MAKEFILE_LIST)))../env.mk\nall:\n\t$(MAKE) rustdefconfig\n",
                "env.mk": "export ARCH = s390\n",
            ], ["SCR005:sub/Makefile:3"]),
        Tree(
            "mk-curdir",
            [
                "sub/Makefile": "include $(CURDIR)/env.mk\nall:\n\t$(MAKE) rustdefconfig\n",
                "sub/env.mk": "export ARCH = s390\n",
            ], ["SCR005:sub/Makefile:3"]),
        Tree(
            "mk-rule-inside",
            ["Makefile": "ARCH = s390\ninclude r.mk\n", "r.mk": "all:\n\t$(MAKE) ARCH=$(ARCH) rustdefconfig\n"],
            ["SCR005:r.mk:2"]),
        Tree(
            "mk-loop",
            ["Makefile": "include a.mk\nall:\n\t$(MAKE) ARCH=s390 rustdefconfig\n", "a.mk": "include a.mk\n"],
            ["SCR005:Makefile:3"], unread: ["a.mk:1"]),
        Tree(
            "mk-override-later",
            [
                "Makefile": "include env.mk\nexport ARCH = arm64\nall:\n\t$(MAKE) rustdefconfig\n",
                "env.mk": "export ARCH = s390\n",
            ], []),
        Tree(
            "mk-cond",
            [
                "Makefile":
                    "ARCH = arm64\nifdef X\ninclude env.mk\nendif\nall:\n\t$(MAKE) ARCH=$(ARCH) rustdefconfig\n",
                "env.mk": "ARCH = s390\n",
            ], []),
    ])
    func `a Makefile is read with the files that it includes`(tree: Tree) async throws { try await tree.check() }

    @Test func `pipes, links, folders and large files that are included are not opened, and each is named`()
        async throws
    {
        try await withTemporaryFolder { folder in
            let tree = folder.appending("tree")
            try Files.makeDirectory(tree.appending("folder"))
            try AtomicFile.write("export ARCH=s390\n", to: folder.appending("outside.sh"))
            try AtomicFile.write("export ARCH=s390\n", to: tree.appending("inside"))
            try AtomicFile.write([UInt8](repeating: 35, count: 3 << 20), to: tree.appending("large"))
            try AtomicFile.write([35, 0, 35], to: tree.appending("binary"))
            for (name, target) in [
                ("out", "../outside.sh"), ("absolute", "/etc/hostname"), ("in", "inside"), ("loop", "loop"),
            ] {
                try FileManager.default.createSymbolicLink(
                    atPath: tree.appending(name).string, withDestinationPath: target)
            }
            #expect(unsafe mkfifo(tree.appending("pipe").string, 0o600) == 0)
            let names = ["out", "absolute", "loop", "pipe", "folder", "large", "binary"]
            let text = names.map { ". ./\($0)\n" }.joined()
            try AtomicFile.write(text + "make rustdefconfig\n", to: tree.appending("a.sh"))
            try AtomicFile.write(". ./in\nmake rustdefconfig\n", to: tree.appending("b.sh"))
            try AtomicFile.write(
                names.map { "include \($0)\n" }.joined() + "all: ; make rustdefconfig\n", to: tree.appending("Makefile")
            )
            try AtomicFile.write(
                "include: [\(names.joined(separator: ", "))]\nx: {script: make rustdefconfig}\n",
                to: tree.appending(".gitlab-ci.yml"))
            let report = try ScriptCheck(path: tree).check().report
            #expect(report.findings.map { $0.location?.text } == ["b.sh:2"])
            let skipped = report.skipped.filter { $0.line != nil }
            for file in ["a.sh", "Makefile", ".gitlab-ci.yml"] {
                #expect(skipped.count { $0.file == file } == names.count, "\(skipped.map(\.text))")
            }
            #expect(skipped.contains { $0.reason.contains("a socket, a pipe or a device") })
            #expect(skipped.contains { $0.reason.contains("a link out of the folder") })
            #expect(skipped.contains { $0.reason.contains("larger than") })
        }
    }

    @Test func `files that include many others end at a limit`() async throws {
        try await withTemporaryFolder { folder in
            var all = ""
            for number in 0..<300 {
                try AtomicFile.write("export A\(number)=1\n", to: folder.appending("f\(number)"))
                all += ". ./f\(number)\n"
                try AtomicFile.write(". ./d\(number + 1)\n", to: folder.appending("d\(number)"))
            }
            try AtomicFile.write(all + "make ARCH=s390 rustdefconfig\n", to: folder.appending("many.sh"))
            try AtomicFile.write(". ./d0\nmake ARCH=s390 rustdefconfig\n", to: folder.appending("deep.sh"))
            let report = try ScriptCheck(path: folder).check().report
            #expect(report.findings.map { $0.location?.text } == ["deep.sh:2", "many.sh:301"])
            #expect(report.skipped.contains { $0.text.contains("many.sh:201 includes ./f200") })
            #expect(report.skipped.contains { $0.text.contains("nested too deeply") })
        }
    }

    @Test func `an included file that one alone names is shown from the same folder, and has no automatic fix`()
        async throws
    {
        try await withTemporaryFolder { folder in
            try Files.makeDirectory(folder.appending(".git"))
            try Files.makeDirectory(folder.appending("ci"))
            try AtomicFile.write(". ../env\nmake rustdefconfig\n", to: folder.appending("ci").appending("a.sh"))
            try AtomicFile.write(
                "export ARCH=s390\nrun() { make rustdefconfig; }\nrun\n", to: folder.appending("env"))
            var lint = ScriptCheck(path: folder.appending("ci").appending("a.sh"))
            lint.prefix = "ci/"
            #expect(try lint.check().report.findings.map { $0.location?.text } == ["ci/a.sh:2", "env:2"])
            lint.prefix = ""
            let reportResult = try lint.check()
            let report = reportResult.report
            #expect(report.findings.map { $0.location?.text } == ["a.sh:2", "../env:2"])
            #expect(reportResult.changes.map(\.name) == ["a.sh"])
        }
    }
}
