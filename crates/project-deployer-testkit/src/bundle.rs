//! Bundles: how the mock writes and reads them. The layout is that of published archives
//! (wire-facts 9.1), or the older one of this project; the crate's README describes both.

mod builder;
mod contents;
mod export;
mod layout;
mod manifest;
mod reader;
mod scenario;

pub use builder::BundleBuilder;
pub(crate) use contents::BundleContents;
pub(crate) use export::Exported;
pub use layout::BundleLayout;
pub(crate) use reader::read;
pub use scenario::BundleScenario;

/// Why a bundle could not be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The archive is no zip, or cannot be written as one.
    #[error("the archive is not a zip that can be used; hand in what `BundleBuilder` makes")]
    Zip(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A file cannot be written or read.
    #[error("the archive cannot be written or read; look at the path and the space there")]
    Io(#[from] std::io::Error),
    /// A file in the archive is no JSON, or not the one that belongs there.
    #[error("`{file}` in the archive is not the JSON that belongs there")]
    Json {
        /// The file in the archive.
        file: String,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// A file, or a field of the manifest, is missing.
    #[error("the archive has no `{0}`; it is no bundle")]
    Missing(&'static str),
    /// The manifest has two values for one field under two names.
    #[error("`{}` and `{}` in the manifest have different values; leave one of them out", .0[0], .0[1])]
    TwoValues([&'static str; 2]),
    /// A file is too large to be read.
    #[error("`{0}` in the archive is larger than the mock reads")]
    TooLarge(String),
}

impl BundleError {
    fn zip(error: zip::result::ZipError) -> Self {
        Self::Zip(error.into())
    }
}

#[cfg(test)]
mod tests;
