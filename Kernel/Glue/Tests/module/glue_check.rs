// SPDX-License-Identifier: GPL-2.0-only

//! Warns on purpose, and patches static branches, for a look at the console.

use kernel::bug::{warn_on, warn_on_once};
use kernel::jump_label::{static_branch_likely, static_branch_unlikely};
use kernel::jump_label::{StaticKeyFalse, StaticKeyTrue};
use kernel::prelude::*;

module! {
    type: GlueCheck,
    name: "glue_check",
    author: "Bessemer",
    description: "Warnings and static branches of Rust code on s390",
    license: "GPL v2",
}

static OFF: StaticKeyFalse = StaticKeyFalse::new();
static ON: StaticKeyTrue = StaticKeyTrue::new();

#[inline(never)]
fn off() -> bool {
    static_branch_unlikely!(OFF)
}

#[inline(never)]
fn on() -> bool {
    static_branch_likely!(ON)
}

#[inline(never)]
fn warn(count: usize) -> bool {
    warn_on!(count == 3)
}

#[inline(never)]
fn warn_once(count: usize) -> bool {
    warn_on_once!(count > 1)
}

struct GlueCheck;

impl kernel::Module for GlueCheck {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let warned = (0..5).filter(|&count| warn(count)).count();
        let once = (0..5).filter(|&count| warn_once(count)).count();
        pr_info!(
            "warnings: {} of 1, {} of 3 true once-warnings\n",
            warned,
            once
        );

        pr_info!("keys at first: {} {}\n", off(), on());
        OFF.enable();
        ON.disable();
        pr_info!("keys changed: {} {}\n", off(), on());
        OFF.disable();
        ON.enable();
        pr_info!("keys changed back: {} {}\n", off(), on());
        Ok(GlueCheck)
    }
}
