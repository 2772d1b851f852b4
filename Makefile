# SPDX-License-Identifier: Apache-2.0
KERNEL ?= 6.12
LOCK ?= Locks/standard.lock.json
WAIVERS ?= $(wildcard Waivers/$(KERNEL)*.json)
BESSEMER := .build/release/bessemer
SOURCES := Package.swift $(shell find Sources -type f)
# Tests at once: where all begin together they wait for each other's memory and files.
WIDTH := --experimental-maximum-parallelization-width $(shell echo $$(($$(nproc) + 1)))

.PHONY: setup build pilot drill unit test hostile check lint fmt bench crosscheck remote planted mutants auditor machines campaign nautobot site fuzz docs install clean

pilot: build ## The pilot on a real kernel: sandbox, build, boot, report
	$(BESSEMER) pilot --kernel $(KERNEL) --lock $(LOCK) --or-anew $(addprefix --waivers ,$(WAIVERS))

drill: build ## The rollback drilled: the last pilot's kernels on a disk, tried, broken, and brought back
	$(BESSEMER) rollback drill

unit: setup ## The tests that need no sandbox, no network and no kernel
	swift build --build-tests
	BESSEMER_TESTS=unit swift test --skip-build $(WIDTH)

test: setup ## Every test
	swift build --build-tests
	.build/debug/bessemer sandbox create --lock $(LOCK) --or-anew
	BESSEMER_TESTS=all swift test --skip-build $(WIDTH)

hostile: setup ## Every attack on the host that a tree, a file or a setting could make, a line each
	swift build --build-tests
	.build/debug/bessemer sandbox create --lock $(LOCK) --or-anew
	Tools/hostile

check: lint test pilot ## What has to be green before a change lands

setup: ## Installs what this host lacks
	@Tools/setup

build: setup $(BESSEMER)

# With the Swift libraries in it: it starts sooner, and runs where no Swift is installed.
$(BESSEMER): $(SOURCES)
	swift build -c release --product bessemer --static-swift-stdlib
	Tools/strip $@
	@touch $@

lint: setup
	swift format lint --strict --recursive --parallel Package.swift Sources Tests Fuzz/Package.swift Fuzz/Sources/fuzz
	shellcheck --norc --shell=sh --external-sources --source-path=SCRIPTDIR Sources/*/Resources/*.sh

fmt:
	swift format --in-place --recursive --parallel Package.swift Sources Tests Fuzz/Package.swift Fuzz/Sources/fuzz

bench: build ## Bessemer beside its peers
	Benchmarks/kernel-build $(KERNEL) $(LOCK)
	Benchmarks/audit $(BESSEMER) $(LOCK)
	Benchmarks/evidence $(addprefix --schemas ,$(SCHEMAS)) $(BESSEMER)

crosscheck: build ## Every record of FILE, a kernel or an object, beside pahole's
	BESSEMER_CROSSCHECK=$(abspath $(FILE)) swift test --filter LayoutsAgainstPaholeTests

remote: build ## Both kernels of the last pilot on a machine that is reached over ssh and starts them by kexec
	Tools/remote $(BESSEMER) $(LOCK)

planted: build ## A planted failure of Rust code, told from one that both kernels of the last pilot have
	Tools/planted $(BESSEMER) --lock $(LOCK)

mutants: build ## Kernels whose glue is wrong on purpose: the right self-test goes red, the right rule fires
	Tools/mutants $(BESSEMER) --lock $(LOCK)

auditor: build ## The newest run's bundle checked in a fresh Debian without Bessemer and network, tampered with, and beside each validator; SCHEMAS is a folder of the standards' schema files
	Tools/auditor --bessemer $(BESSEMER) $(addprefix --schemas ,$(SCHEMAS))

machines: build ## 50 machines that sshd plays in a network namespace, some of them wrong in every way, looked at over ssh
	Tools/machines $(BESSEMER)

campaign: build ## 12 real cells, killed and resumed; 1,000 simulated ones; searches for what was planted; the same on Slurm
	Tools/campaign $(BESSEMER)

NAUTOBOT ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/bessemer/nautobot

nautobot: build ## A Nautobot on this machine (in the folder NAUTOBOT), and `bessemer cmdb` tried on it: killed, with the server gone, resumed
	Tools/nautobot start $(NAUTOBOT)
	Tools/nautobot_check.py $(NAUTOBOT) $(BESSEMER)
	Tools/nautobot stop $(NAUTOBOT)

site: build ## The user's store as a folder of pages, checked by Chromium with axe-core, the Nu HTML checker and lynx
	Tools/site $(BESSEMER)

fuzz: setup ## Damaged bytes for the decoders, the audit and the readers of text, FUZZ_SECONDS (600) for each target
	Fuzz/run

PREFIX ?= /usr/local
DATA := $(DESTDIR)$(PREFIX)/share/bessemer

install: build docs ## The program, what it takes from its folder, man pages and completions, below PREFIX (/usr/local)
	install -D -m 755 $(BESSEMER) $(DESTDIR)$(PREFIX)/bin/bessemer
	mkdir -p $(DATA)/Kernel
	cp -R Kernel/Glue Kernel/SelfTest $(DATA)/Kernel/
	mkdir -p $(DATA)/Locks
	install -m 644 -t $(DATA)/Locks Locks/*.yaml Locks/*.lock.json
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man1 .build/docs/man/*.1
	install -D -m 644 .build/docs/completions/bessemer.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/bessemer
	install -D -m 644 .build/docs/completions/_bessemer $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_bessemer
	install -D -m 644 .build/docs/completions/bessemer.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/bessemer.fish

docs: build ## Man page and shell completions
	Tools/docs $(BESSEMER)

clean:
	rm -rf .build Fuzz/.build
