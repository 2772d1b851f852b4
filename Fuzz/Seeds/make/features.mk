# comment \
  goes on
export ARCH := s390
CROSS ?= $(if $(filter s390,$(ARCH)),s390x-linux-gnu-,$(error no $(ARCH)))
override A += $(patsubst %.c,%.o,$(wildcard *.c)) $(subst a,b,$(strip x $(A)))
B != uname -m
include config.mk
-include $(A:.o=.d)
define rule
$(1): $(2)
	$$(MAKE) -C $$@ ARCH=$(1) CROSS_COMPILE=$(CROSS)
endef
$(foreach a,s390 arm64,$(eval $(call rule,$(a),x)))
ifeq ($(ARCH),s390)
T := $(shell echo $$HOME; make ARCH=s390)
else ifdef X
unexport B
else
undefine A
endif
.PHONY: all clean
.ONESHELL:
all clean &:: CFLAGS = -O2
%.o: %.c | dir ; @echo $< $^ $(@D) ${B} $(word 2,$(A)) $(origin A)
all: vmlinux
	@for a in s390; do \
	  $(MAKE) ARCH=$$a rustdefconfig; \
	done
	-rustup toolchain install nightly
.RECIPEPREFIX = >
clean:
> +rm -f $(firstword $(sort $(A)))
KBUILD_RUSTFLAGS += $(call rust-option,-Zpacked-stack)
obj-$(CONFIG_X) += a.o
