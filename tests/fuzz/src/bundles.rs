//! Archives that come from anybody, and the documents in them.

pub(crate) mod arriving;
pub(crate) mod documents;
pub(crate) mod reader;

use std::io::Cursor;

use project_deployer::bundle_reader::{BundleError, BundleLimits, read_bundle};
use project_deployer_core::bundle::BundleContents;

use crate::shown::assert_fit_to_show;

/// Reads an archive. What it holds can be kept and read again; what is wrong with it can be shown.
fn read(archive: &[u8]) -> Result<BundleContents, BundleError> {
    let read = read_bundle(Cursor::new(archive), &BundleLimits::default());
    match &read {
        Ok(contents) => {
            let kept = serde_json::to_string(contents).unwrap();
            assert_eq!(&serde_json::from_str::<BundleContents>(&kept).unwrap(), contents);
        }
        Err(error) => assert_fit_to_show(error, 1_500),
    }
    read
}
