use std::io;
use std::path::PathBuf;

/// Why an inventory cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InventoryError {
    #[error("cannot read the inventory `{}`", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error(
        "the inventory `{}` has an unknown file extension; use `.yaml`, `.yml`, `.json` or `.toml`",
        path.display()
    )]
    UnknownFormat { path: PathBuf },
    #[error("`{}`: {what}", path.display())]
    Faulty { path: PathBuf, what: String },
}
