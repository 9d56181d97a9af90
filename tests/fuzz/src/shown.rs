//! What people get to read.

use std::fmt::{Debug, Display};

/// Asserts that an error can be put into a log line: short, whatever it is about, and without control
/// characters. Lists of problems have several lines.
#[track_caller]
pub(crate) fn assert_fit_to_show(error: &(impl Debug + Display), most: usize) {
    let text = error.to_string();
    assert!(!text.is_empty(), "{error:?}");
    assert!(text.len() <= most, "{} bytes: {text}", text.len());
    assert!(!text.lines().any(|line| line.contains(char::is_control)), "{text:?}");
}
