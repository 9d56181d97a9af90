use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::User;
use crate::accounts::SourceType;
use crate::document::MAX_DEPTH;
use crate::identifier::{GroupName, Login};
use crate::unknown_fields::{GatheredFields, JsonText};

/// A value inside a user is inside a list of users.
const DEPTH: usize = MAX_DEPTH - 2;

/// Reads a user straight from JSON, several times as fast as through a [`serde_json::Value`].
///
/// Any malformed value is an error without details. The caller then reads the user with
/// [`User::from_document`], which reports every problem.
pub(crate) struct PlainUser<'s>(pub(crate) &'s mut UserScratch);

/// Buffers that are reused for each user of a list.
#[derive(Debug, Default)]
pub struct UserScratch {
    extra: GatheredFields,
    groups: KnownGroups,
}

/// Groups that were read before, so that users share their names.
#[derive(Debug, Default)]
struct KnownGroups {
    known: HashSet<GroupName>,
    /// The groups of the current user.
    read: Vec<GroupName>,
}

impl<'de> DeserializeSeed<'de> for PlainUser<'_> {
    type Value = User;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<User, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for PlainUser<'_> {
    type Value = User;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a user")
    }

    /// The last value of a repeated field counts, as in a `Value`.
    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<User, A::Error> {
        let mut login: Option<Login> = None;
        let (mut display_name, mut email, mut user_profile) = (None, None, None);
        let mut source_type: Option<JsonText<'de>> = None;
        let mut enabled: Option<bool> = None;
        let Self(UserScratch { extra, groups }) = self;
        extra.start();
        groups.read.clear();
        while let Some(name) = fields.next_key::<JsonText<'de>>()? {
            match name.0.as_ref() {
                "login" => login = fields.next_value()?,
                "displayName" => display_name = fields.next_value()?,
                "email" => email = fields.next_value()?,
                "groups" => fields.next_value_seed(&mut *groups)?,
                "sourceType" => source_type = fields.next_value()?,
                "userProfile" => user_profile = fields.next_value()?,
                "enabled" => enabled = fields.next_value()?,
                _ => extra.take(&name, &mut fields, DEPTH)?,
            }
        }
        Ok(User {
            login: login.ok_or_else(|| A::Error::missing_field("login"))?,
            display_name: display_name.unwrap_or_default(),
            email,
            groups: groups.read.as_slice().to_vec(),
            source_type: source_type.map(|word| SourceType::from(&*word.0)).unwrap_or_default(),
            user_profile,
            enabled: enabled.unwrap_or(true),
            extra: extra.end(),
        })
    }
}

impl<'de> DeserializeSeed<'de> for &mut KnownGroups {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.read.clear();
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut KnownGroups {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of groups, or null")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<(), A::Error> {
        while let Some(name) = names.next_element::<JsonText<'de>>()? {
            let group = match self.known.get(&*name.0) {
                Some(known) => known.clone(),
                None => {
                    let fresh: GroupName = name.0.parse().map_err(A::Error::custom)?;
                    self.known.insert(fresh.clone());
                    fresh
                }
            };
            self.read.push(group);
        }
        Ok(())
    }
}
