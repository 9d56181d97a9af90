//! The users of a location, in the form that matching reads.

use project_deployer_core::accounts::UserList;

use crate::texts::StrColumn;

/// By their logins.
impl StrColumn for UserList {
    fn count(&self) -> usize {
        self.len()
    }

    fn at(&self, position: usize) -> &[u8] {
        self.login(position).as_bytes()
    }
}
