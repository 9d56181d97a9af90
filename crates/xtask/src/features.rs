//! Each published crate builds without its features, by itself: built together, one crate would switch on what another
//! forgot.

use crate::process::{cargo, run};
use crate::published;

pub(crate) fn features() -> Result<(), String> {
    for name in published::crates()? {
        println!("{name} without features");
        let lean = ["clippy", "--quiet", "--no-default-features", "--package", &name];
        run(cargo(&[&lean[..], &["--", "--deny", "warnings"]].concat()))?;
    }
    Ok(())
}
