//! State in memory: for tests, examples and Deployers that may forget.

mod archive;
mod store;

pub use self::archive::MemoryArchive;
pub use self::store::MemoryStore;
