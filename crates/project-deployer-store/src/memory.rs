//! State in memory, for tests, examples and Deployers without persistent state.

mod archive;
mod maintenance;
mod state;
mod store;

pub use self::archive::MemoryArchive;
pub use self::store::MemoryStore;
