use crate::accounts::user::{Listed, ListedField, PlainUser, UserScratch};
use crate::accounts::{User, UserList};
use crate::tokens::{Names, Stopped, Tokens};

/// A collection of the users of a node while they arrive. A [`Vec`] keeps whole users, a [`UserList`] the
/// fields that login matching needs.
///
/// A [`UserList`] ignores malformed values in fields that it does not keep. This trait is sealed.
pub trait UserCollection: Plain + Default + Extend<User> + Send + 'static {}

impl UserCollection for Vec<User> {}

impl UserCollection for UserList {}

/// Sealed: the meaning of an entry must be the same for all collections.
pub trait Plain {
    /// Takes the next user. After an error, no user was taken.
    fn take_plain(
        &mut self,
        tokens: &mut Tokens<'_>,
        scratch: &mut UserScratch,
        before: &mut Names<ListedField>,
    ) -> Result<(), Stopped>;

    /// Ends the collection.
    fn end(&mut self) {}
}

impl Plain for Vec<User> {
    fn take_plain(
        &mut self,
        tokens: &mut Tokens<'_>,
        scratch: &mut UserScratch,
        _: &mut Names<ListedField>,
    ) -> Result<(), Stopped> {
        self.push(tokens.left_to(PlainUser(scratch))?);
        Ok(())
    }
}

impl Plain for UserList {
    fn take_plain(
        &mut self,
        tokens: &mut Tokens<'_>,
        _: &mut UserScratch,
        before: &mut Names<ListedField>,
    ) -> Result<(), Stopped> {
        let Listed { login, source, enabled, groups } = Listed::read(tokens, before, self)?;
        self.push_numbers(&login, source, enabled, groups);
        Ok(())
    }

    fn end(&mut self) {
        self.shrink_to_fit();
    }
}
