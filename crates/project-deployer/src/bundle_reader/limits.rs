/// Limits of the reader for archives. [`Default`] suits bundles of the product with a wide margin.
///
/// ```
/// use project_deployer::bundle_reader::BundleLimits;
/// let limits = BundleLimits::default().with_max_entries(5_000);
/// assert_eq!(limits.max_name_bytes, 1024);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BundleLimits {
    /// Bytes of the archive; 16 GiB.
    pub max_archive_bytes: u64,
    /// Files and directories in it; 100 000.
    pub max_entries: u64,
    /// Bytes of its directory, including all names and comments of entries, and the same number of
    /// bytes again for the local headers; 16 MiB.
    pub max_directory_bytes: u64,
    /// Bytes of one name; 1024.
    pub max_name_bytes: usize,
    /// How many times a document may grow when it is expanded; 1000. The format itself reaches
    /// about 1030.
    pub max_expansion_ratio: u64,
    /// Expanded bytes of all entries, read or not; 64 GiB. Each is expanded to its end, so this
    /// limits the time as well: about a second for 300 MiB.
    pub max_expanded_bytes: u64,
    /// How many times larger than the archive all expanded entries together may be, if that is more
    /// than 1 GiB; 100. So a small archive cannot cause long work.
    pub max_archive_ratio: u64,
    /// Expanded bytes of one document that is read; 16 MiB.
    pub max_document_bytes: u64,
    /// Expanded bytes of all documents that are read; 256 MiB.
    pub max_read_bytes: u64,
    /// JSON values in one document, where an object counts as ten; 250 000. A short text can
    /// produce large values.
    pub max_values: usize,
    /// Connections, code environments, plugins, scenarios and permissions, each; 10 000.
    pub max_listed: usize,
    /// Bytes of all these together in memory; 32 MiB. Besides them, the contents have one text of
    /// at most a million characters and a few names, so they stay below 64 MiB.
    pub max_listed_bytes: u64,
}

impl Default for BundleLimits {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        Self {
            max_archive_bytes: 16 * 1024 * MIB,
            max_entries: 100_000,
            max_directory_bytes: 16 * MIB,
            max_name_bytes: 1024,
            max_expansion_ratio: 1000,
            max_expanded_bytes: 64 * 1024 * MIB,
            max_archive_ratio: 100,
            max_document_bytes: 16 * MIB,
            max_read_bytes: 256 * MIB,
            max_values: 250_000,
            max_listed: 10_000,
            max_listed_bytes: 32 * MIB,
        }
    }
}

project_deployer_core::setters!(BundleLimits {
    with_max_archive_bytes(max_archive_bytes: u64),
    with_max_entries(max_entries: u64),
    with_max_directory_bytes(max_directory_bytes: u64),
    with_max_name_bytes(max_name_bytes: usize),
    with_max_expansion_ratio(max_expansion_ratio: u64),
    with_max_expanded_bytes(max_expanded_bytes: u64),
    with_max_archive_ratio(max_archive_ratio: u64),
    with_max_document_bytes(max_document_bytes: u64),
    with_max_read_bytes(max_read_bytes: u64),
    with_max_values(max_values: usize),
    with_max_listed(max_listed: usize),
    with_max_listed_bytes(max_listed_bytes: u64),
});
