use serde::de::DeserializeSeed as _;
use serde_json::Deserializer;
use serde_json::de::StrRead;

use crate::accounts::user::{Listed, PlainListed, PlainUser, UserScratch};
use crate::accounts::{User, UserList};

/// What the users of a node are collected into while they arrive: a [`Vec`] keeps them whole, a
/// [`UserList`] what comparing logins needs.
///
/// Where only a list is wanted, an odd value in a field that it does not keep is passed over.
pub trait UserCollection: Plain + Default + Extend<User> + Send + 'static {}

impl UserCollection for Vec<User> {}

impl UserCollection for UserList {}

/// Nobody else collects users: what an entry is must stay the same for all.
pub trait Plain {
    /// Takes the next user of the text.
    ///
    /// # Errors
    ///
    /// It is not all there, or there is something odd in it. Nothing was taken.
    fn take_plain(&mut self, scratch: &mut Scratch, json: Json<'_, '_>) -> serde_json::Result<()>;

    /// There are no more.
    fn end(&mut self) {}
}

type Json<'a, 'de> = &'a mut Deserializer<StrRead<'de>>;

/// Memory that each user uses again.
#[derive(Debug, Default)]
pub struct Scratch {
    user: UserScratch,
    /// The numbers of the groups of the user who is read.
    groups: Vec<u32>,
}

impl Plain for Vec<User> {
    fn take_plain(&mut self, scratch: &mut Scratch, json: Json<'_, '_>) -> serde_json::Result<()> {
        self.push(PlainUser(&mut scratch.user).deserialize(json)?);
        Ok(())
    }
}

impl Plain for UserList {
    fn take_plain(&mut self, scratch: &mut Scratch, json: Json<'_, '_>) -> serde_json::Result<()> {
        let numbers = &mut scratch.groups;
        let Listed { login, source, enabled } =
            PlainListed { groups: self.groups_mut(), numbers }.deserialize(json)?;
        self.push_known(&login.0, &source, enabled, numbers);
        Ok(())
    }

    fn end(&mut self) {
        self.shrink_to_fit();
    }
}
