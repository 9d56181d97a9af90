use std::io;
use std::path::PathBuf;

/// An inventory that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InventoryError {
    #[error("`{}` cannot be read", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error(
        "`{}` has no ending that tells its format; call it `.yaml`, `.yml`, `.json` or `.toml`",
        path.display()
    )]
    UnknownFormat { path: PathBuf },
    #[error("`{}`: {what}", path.display())]
    Faulty { path: PathBuf, what: String },
}
