//! Builds each published crate without its features, by itself. A common build would hide a feature that one crate
//! needs and another enables.

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
