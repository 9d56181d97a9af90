use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use crate::accounts::SourceType;
use crate::accounts::user_list::StandingKey;
use crate::identifier::Login;
use crate::unknown_fields::JsonText;

/// Reads of a user, straight from JSON, what a [`UserList`](crate::accounts::UserList) keeps: the login,
/// and all else into the key. What is odd in a field that is read is an error, as for a
/// [`PlainUser`](super::PlainUser); the others are passed over.
pub(crate) struct PlainListed<'k>(pub(crate) &'k mut StandingKey);

impl<'de> DeserializeSeed<'de> for PlainListed<'_> {
    type Value = JsonText<'de>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for PlainListed<'_> {
    type Value = JsonText<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a user")
    }

    /// Of a field that stands twice the last one counts, as in a `Value`.
    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let mut login: Option<JsonText<'de>> = None;
        let mut source: Option<JsonText<'de>> = None;
        let mut enabled: Option<bool> = None;
        let Self(key) = self;
        key.start();
        while let Some(field) = fields.next_key()? {
            match field {
                Field::Login => login = fields.next_value()?,
                Field::Groups => fields.next_value_seed(Groups(key))?,
                Field::Source => source = fields.next_value()?,
                Field::Enabled => enabled = fields.next_value()?,
                Field::Other => {
                    fields.next_value::<IgnoredAny>()?;
                }
            }
        }
        let source = source.as_ref().map_or(SourceType::Local.as_str(), |source| &source.0);
        key.end(source, enabled.unwrap_or(true));
        let login = login.ok_or_else(|| A::Error::missing_field("login"))?;
        Login::check(&login.0).map_err(A::Error::custom)?;
        Ok(login)
    }
}

/// The fields of a user that are read.
enum Field {
    Login,
    Groups,
    Source,
    Enabled,
    Other,
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct Name;
        impl Visitor<'_> for Name {
            type Value = Field;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a field")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Field, E> {
                Ok(match name {
                    "login" => Field::Login,
                    "groups" => Field::Groups,
                    "sourceType" => Field::Source,
                    "enabled" => Field::Enabled,
                    _ => Field::Other,
                })
            }
        }
        json.deserialize_identifier(Name)
    }
}

/// The names of groups, or null.
struct Groups<'k>(&'k mut StandingKey);

impl<'de> DeserializeSeed<'de> for Groups<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        self.0.start();
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Groups<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of groups")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<(), A::Error> {
        while let Some(name) = names.next_element::<JsonText<'de>>()? {
            self.0.group(&name.0);
        }
        Ok(())
    }
}
