use crate::accounts::user::{Listed, ListedField, PlainUser, UserScratch};
use crate::accounts::{User, UserList};
use crate::tokens::{Names, Stopped, Tokens};

/// What the users of a node are collected into while they arrive: a [`Vec`] keeps them whole, a
/// [`UserList`] what comparing logins needs.
///
/// Where only a list is wanted, an odd value in a field that it does not keep is passed over.
pub trait UserCollection: Plain + Default + Extend<User> + Send + 'static {}

impl UserCollection for Vec<User> {}

impl UserCollection for UserList {}

/// Nobody else collects users: what an entry is must stay the same for all.
pub trait Plain {
    /// Takes the user who comes next. Where it stops, no user was taken.
    fn take_plain(
        &mut self,
        tokens: &mut Tokens<'_>,
        scratch: &mut UserScratch,
        before: &mut Names<ListedField>,
    ) -> Result<(), Stopped>;

    /// There are no more.
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
