use serde::de::{DeserializeSeed as _, Error as _};
use serde_json::Deserializer;
use serde_json::de::StrRead;

use crate::accounts::user::{PlainListed, PlainUser, UserScratch};
use crate::accounts::user_list::StandingKey;
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
}

type Json<'a, 'de> = &'a mut Deserializer<StrRead<'de>>;

/// Memory that each user uses again.
#[derive(Debug, Default)]
pub struct Scratch {
    user: UserScratch,
    key: StandingKey,
}

impl Plain for Vec<User> {
    fn take_plain(&mut self, scratch: &mut Scratch, json: Json<'_, '_>) -> serde_json::Result<()> {
        self.push(PlainUser(&mut scratch.user).deserialize(json)?);
        Ok(())
    }
}

impl Plain for UserList {
    fn take_plain(&mut self, scratch: &mut Scratch, json: Json<'_, '_>) -> serde_json::Result<()> {
        let login = PlainListed(&mut scratch.key).deserialize(json)?;
        self.push_plain(&login.0, &scratch.key).map_err(serde_json::Error::custom)
    }
}
