use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use crate::accounts::SourceType;
use crate::accounts::user_list::GroupSets;
use crate::identifier::Login;
use crate::unknown_fields::JsonText;

/// Reads of a user, straight from JSON, what a [`UserList`](crate::accounts::UserList) keeps. What is odd
/// in a field that is read is an error, as for a [`PlainUser`](super::PlainUser); the others are passed
/// over.
pub(crate) struct PlainListed<'l> {
    /// The groups of the list.
    pub(crate) groups: &'l mut GroupSets,
    /// Takes the numbers of the groups of the user.
    pub(crate) numbers: &'l mut Vec<u32>,
}

/// What was read beside the groups.
pub(crate) struct Listed<'de> {
    pub(crate) login: JsonText<'de>,
    pub(crate) source: SourceType,
    pub(crate) enabled: bool,
}

impl<'de> DeserializeSeed<'de> for PlainListed<'_> {
    type Value = Listed<'de>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for PlainListed<'_> {
    type Value = Listed<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a user")
    }

    /// Of a field that stands twice the last one counts, as in a `Value`.
    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let mut login: Option<JsonText<'de>> = None;
        let mut source: Option<JsonText<'de>> = None;
        let mut enabled: Option<bool> = None;
        let Self { groups, numbers } = self;
        numbers.clear();
        while let Some(field) = fields.next_key()? {
            match field {
                Field::Login => login = fields.next_value()?,
                Field::Groups => fields.next_value_seed(Groups { known: groups, numbers })?,
                Field::Source => source = fields.next_value()?,
                Field::Enabled => enabled = fields.next_value()?,
                Field::Other => {
                    fields.next_value::<IgnoredAny>()?;
                }
            }
        }
        let login = login.ok_or_else(|| A::Error::missing_field("login"))?;
        Login::check(&login.0).map_err(A::Error::custom)?;
        let source = source.map(|word| SourceType::from(&*word.0)).unwrap_or_default();
        Ok(Listed { login, source, enabled: enabled.unwrap_or(true) })
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
struct Groups<'l> {
    known: &'l mut GroupSets,
    numbers: &'l mut Vec<u32>,
}

impl<'de> DeserializeSeed<'de> for Groups<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        self.numbers.clear();
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
            self.numbers.push(self.known.number(&name.0).map_err(A::Error::custom)?);
        }
        Ok(())
    }
}
