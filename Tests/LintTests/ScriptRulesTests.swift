// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Lint

/// What a check of one file says: `SCR004:3`.
func verdicts(_ name: String, _ text: String, _ others: [String: String] = [:]) async throws -> [String] {
    try await withTemporaryFolder { folder in
        for (name, text) in others.merging([name: text], uniquingKeysWith: { $1 }) {
            let path = folder.pushing(FilePath(name))
            try Files.makeDirectory(path.removingLastComponent())
            try AtomicFile.write(text, to: path)
        }
        return try ScriptCheck(path: folder).check().report.findings.filter { $0.location?.file == name }.map {
            "\($0.rule):\($0.location?.line ?? 0)"
        }
    }
}

struct ScriptRulesTests {
    private let build = "make ARCH=s390 CROSS_COMPILE=s390x-linux-gnu- defconfig rust.config\n"

    @Test(arguments: [
        ("rustc --target=s390x-unknown-none-softfloat a.rs", ["SCR001:1", "SCR002:1"]),
        ("rustc --target s390x-unknown-none-softfloat -Z packed-stack -C target-feature=+backchain a.rs", []),
        ("rustc --target=s390x-unknown-none-softfloat -Zpacked-stack a.rs", ["SCR002:1"]),
        ("rustc --target=s390x-unknown-none-softfloat -Ctarget-feature=+backchain a.rs", ["SCR001:1"]),
        (
            "rustc --target=s390x-unknown-none-softfloat -Zpacked-stack -Ctarget-feature=+backchain,-backchain a.rs",
            ["SCR002:1"]
        ),
        ("rustc --target=s390x-unknown-none-softfloat $FLAGS a.rs", []),
        ("rustc --target=s390x-unknown-none-softfloat \"$1\"", ["SCR001:1", "SCR002:1"]),
        ("rustc --target=s390x-unknown-none-softfloat --print cfg", []),
        ("rustc --target=s390x-unknown-linux-gnu hello.rs", []),
        ("rustc --target=riscv64gc-unknown-none-elf a.rs", []),
        ("rustc --target=s390x-unknown-linux-gnu -Zpacked-stack -Ctarget-feature=+backchain a.rs", ["SCR003:1"]),
        ("T=s390x-unknown-none-softfloat\nrustc \\\n  --target=$T a.rs", ["SCR001:2", "SCR002:2"]),
        ("RUSTFLAGS=-Zpacked-stack cargo build --target s390x-unknown-none-softfloat", ["SCR002:1"]),
        ("# rustc --target=s390x-unknown-none-softfloat a.rs\necho rustc --target=s390x-unknown-none-softfloat", []),
        ("cat <<EOF\nrustc --target=s390x-unknown-none-softfloat a.rs\nEOF\n", []),
        ("bash <<EOF\nrustc --target=s390x-unknown-none-softfloat a.rs\nEOF\n", ["SCR001:2", "SCR002:2"]),
        ("sudo bash -c 'rustc --target=s390x-unknown-none-softfloat a.rs'", ["SCR001:1", "SCR002:1"]),
        ("x=$(rustc --target=s390x-unknown-none-softfloat a.rs)", ["SCR001:1", "SCR002:1"]),
    ])
    func `rustc for the kernel has the flags that s390 needs`(script: String, expected: [String]) async throws {
        #expect(try await verdicts("a.sh", script) == expected)
    }

    @Test(arguments: [
        ("make ARCH=s390 CROSS_COMPILE=riscv64-linux-gnu- defconfig", ["SCR004:1"]),
        ("CROSS_COMPILE=riscv64-linux-gnu-\nmake ARCH=s390 CROSS_COMPILE=$CROSS_COMPILE", ["SCR004:2"]),
        ("export ARCH=s390 CROSS_COMPILE='ccache aarch64-linux-gnu-'\nmake -j$(nproc)", ["SCR004:2"]),
        ("CROSS_COMPILE=riscv64-linux-gnu-\nARCH=s390 make", []),
        ("make ARCH=s390 CROSS_COMPILE=s390-linux-", []),
        ("make ARCH=s390 CROSS_COMPILE=", []),
        ("make ARCH=s390 CROSS_COMPILE=my-tools-", []),
        ("make ARCH=riscv CROSS_COMPILE=riscv64-linux-gnu-", []),
        ("make ARCH=s390 CROSS_COMPILE=${CROSS_COMPILE:-riscv64-linux-gnu-}", ["SCR004:1"]),
        ("if x; then C=riscv64-linux-gnu-; else C=s390x-linux-gnu-; fi\nmake ARCH=s390 CROSS_COMPILE=$C", []),
        (
            "case $a in r) ARCH=riscv; C=riscv64-linux-gnu-;; s) ARCH=s390; C=s390x-linux-gnu-;; esac\nmake ARCH=$ARCH CROSS_COMPILE=$C",
            []
        ),
        ("if x; then\nC=riscv64-linux-gnu-\nmake ARCH=s390 CROSS_COMPILE=$C\nfi", ["SCR004:3"]),
        ("echo make ARCH=s390 CROSS_COMPILE=riscv64-linux-gnu-", []),
        ("make ARCH=s390 CROSS_COMPILE=s390x-linux-gnu- rustdefconfig", ["SCR005:1"]),
        ("make ARCH=s390 CROSS_COMPILE=s390x-linux-gnu- defconfig rust.config zfcpdump_defconfig all", []),
        ("make ARCH=s390 -C tools/testing/selftests fooconfig", []),
        ("make ARCH=s390 --directory=tools/testing/selftests fooconfig", []),
        ("make -skC tools/testing/selftests ARCH=s390 fooconfig", []),
        ("make --file=other.mk ARCH=s390 fooconfig", []),
        ("make -kf other.mk ARCH=s390 fooconfig", []),
        ("make --no-print-directory -sj 4 -Otarget ARCH=s390 fooconfig", ["SCR005:1"]),
        ("make ARCH=s390 \"$1\"config", []),
    ])
    func `make for s390 has its own tools and targets that exist`(script: String, expected: [String]) async throws {
        #expect(try await verdicts("a.sh", script) == expected)
    }

    @Test(arguments: [
        ("make ARCH=s390 RUSTC='rustc +nightly' bzImage", ["SCR006:1"]),
        ("RUSTC=/opt/bin/rustc-nightly make ARCH=s390 bzImage", ["SCR006:1"]),
        ("make ARCH=s390 RUSTC='rustc +nightly-2026-05-19' bzImage", []),
        ("make ARCH=s390 RUSTC=rustc-1.97 bzImage", []),
    ])
    func `the compiler that make is given has a date, too`(script: String, expected: [String]) async throws {
        #expect(try await verdicts("a.sh", script) == expected)
    }

    @Test func `a target of a Makefile beside the script is no mistake`() async throws {
        let script = "make ARCH=s390 rustdefconfig"
        #expect(try await verdicts("a.sh", script, ["Makefile": "rustdefconfig:\n\ttrue\n"]) == [])
        #expect(try await verdicts("a.sh", script, ["Makefile": "other:\n\ttrue\n"]) == ["SCR005:1"])
    }

    @Test(arguments: [
        ("rustup toolchain install nightly --component rust-src", ["SCR006:1"]),
        ("rustup toolchain install nightly-2026-05-19 --component rust-src", []),
        ("rustup default nightly-x86_64-unknown-linux-gnu; rustup component add rust-src", ["SCR006:1"]),
        ("curl x | sh -s -- -y --default-toolchain nightly -c rust-src", ["SCR006:1"]),
        ("rustup toolchain install 1.96.1", ["SCR007:1"]),
        ("rustup toolchain install 1.96.1 -c rust-src", []),
        ("rustup toolchain install 1.96.1\nrustup component add rust-src rustfmt", []),
        ("rustup toolchain install 1.96.1 -c $COMPONENTS", []),
        ("cargo +nightly --version", ["SCR006:1"]),
        ("echo rustup toolchain install nightly", []),
        ("bindgen a.h -o a.rs", ["SCR008:1"]),
        ("bindgen a.h -o a.rs -- -Iinclude --target=s390x-linux-gnu", []),
        ("BINDGEN_EXTRA_CLANG_ARGS=--target=s390x-linux-gnu bindgen a.h", []),
        ("bindgen --version", []),
        ("bindgen a.h -- $CLANG_FLAGS", []),
    ])
    func `toolchains of a kernel build are pinned and whole`(script: String, expected: [String]) async throws {
        #expect(try await verdicts("a.sh", script + "\n" + build) == expected)
        #expect(try await verdicts("a.sh", script + "\nmake ARCH=x86\n") == [])
    }

    @Test func `a toolchain file is judged where a kernel is built below it`() async throws {
        let file = "[toolchain]\nchannel = \"nightly\" # new\ncomponents = [\n  \"rustfmt\",\n]\n"
        #expect(try await verdicts("rust-toolchain.toml", file, ["ci/a.sh": build]) == ["SCR006:2", "SCR007:2"])
        #expect(try await verdicts("rust-toolchain.toml", file) == [])
        let good = "[toolchain]\nchannel = \"1.96.1\"\ncomponents = [\n  \"rust-src\",\n]\n"
        #expect(try await verdicts("rust-toolchain.toml", good, ["ci/a.sh": build]) == [])
    }

    @Test func `a Makefile's variables reach its recipes`() async throws {
        let text = """
            ARCH := s390
            CROSS = riscv64-linux-gnu-
            # make ARCH=s390 CROSS_COMPILE=$(CROSS)
            all:
            \t@echo make ARCH=s390 CROSS_COMPILE=$(CROSS)
            \t+$(MAKE) ARCH=$(ARCH) \\
            \t  CROSS_COMPILE=$(CROSS) rustdefconfig
            KBUILD_RUSTFLAGS += --target=s390x-unknown-none-softfloat
            KBUILD_RUSTFLAGS += -Zpacked-stack -Ctarget-cpu=$(march-name-y)

            """
        #expect(
            try await verdicts("Makefile", text)
                == ["SCR004:6", "SCR005:7", "SCR002:8"].sorted { $0.suffix(1) < $1.suffix(1) })
    }

    @Test func `a Dockerfile's variables, images and continued lines are understood`() async throws {
        let text = """
            FROM rustlang/rust:nightly
            ARG CROSS=riscv64-linux-gnu-
            ENV ARCH=s390 CROSS_COMPILE=$CROSS
            RUN true && \\
              # make rustdefconfig
              make -j4 \\
              rustdefconfig
            RUN ["bindgen", "a.h"]
            RUN <<EOF
            rustup toolchain install nightly
            EOF

            """
        #expect(
            try await verdicts("Dockerfile", text) == [
                "SCR006:1", "SCR004:6", "SCR005:7", "SCR008:8", "SCR006:10", "SCR007:10",
            ])
        let pinned = "FROM rustlang/rust:nightly@sha256:0123\nENV ARCH s390\nRUN make defconfig\n"
        #expect(try await verdicts("Dockerfile", pinned) == [])
    }

    @Test func `a GitLab job has the variables of what it extends`() async throws {
        let text = """
            variables: {ARCH: s390}
            .base:
              variables:
                CROSS_COMPILE: riscv64-linux-gnu-
            build:
              extends: .base
              image: rust:nightly-slim
              script:
                - echo 'make rustdefconfig'
                - |
                  # make rustdefconfig
                  make \\
                    rustdefconfig
                - "make defconfig"
            other:
              variables: {ARCH: riscv}
              image: rust:nightly
              script: make CROSS_COMPILE=riscv64-linux-gnu- defconfig

            """
        #expect(
            try await verdicts(".gitlab-ci.yml", text) == ["SCR006:7", "SCR004:12", "SCR005:13", "SCR004:14"])
    }

    @Test func `a GitHub job is judged by itself`() async throws {
        let text = """
            env: {CROSS_COMPILE: riscv64-linux-gnu-}
            jobs:
              x86:
                runs-on: x
                steps:
                  - uses: dtolnay/rust-toolchain@nightly
              s390:
                container: rust:nightly
                steps:
                  - uses: dtolnay/rust-toolchain@nightly
                  - uses: dtolnay/rust-toolchain@master
                    with:
                      toolchain: nightly
                      components: rustfmt
                  - run: |
                      make ARCH=${{ matrix.arch }} rustdefconfig
                      make ARCH=s390 rustdefconfig
                    env:
                      CROSS_COMPILE: s390x-linux-gnu-
                  - run: make ARCH=s390 CROSS_COMPILE=${{ env.CROSS_COMPILE }}

            """
        #expect(
            try await verdicts(".github/workflows/a.yml", text) == [
                "SCR006:8", "SCR006:10", "SCR007:10", "SCR007:11", "SCR006:13", "SCR005:17", "SCR004:20",
            ])
        #expect(try await verdicts("docs/a.yml", text) == [])
    }

    @Test func `a Jenkinsfile's shell steps and environments are understood`() async throws {
        let text = """
            // sh 'make ARCH=s390 rustdefconfig'
            pipeline {
              agent { docker { image 'rust:nightly' } }
              environment {
                ARCH = 's390'
              }
              stages { stage('a') { steps {
                echo 'make rustdefconfig'
                sh "make rustdefconfig"
                sh(script: '''
                  make CROSS_COMPILE=riscv64-linux-gnu- \\
                    defconfig
                ''')
              } } }
            }

            """
        #expect(try await verdicts("Jenkinsfile", text) == ["SCR006:3", "SCR005:9", "SCR004:11"])
    }

    @Test func `a script is known by its first line`() async throws {
        #expect(try await verdicts("go", "#!/usr/bin/env -S bash -e\nmake ARCH=s390 rustdefconfig") == ["SCR005:2"])
        #expect(try await verdicts("rules", "#!/usr/bin/make -f\nx:\n\tmake ARCH=s390 rustdefconfig") == ["SCR005:3"])
        #expect(try await verdicts("go", "#!/usr/bin/python3\nmake ARCH=s390 rustdefconfig") == [])
    }
}
