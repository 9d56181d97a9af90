use std::borrow::Cow;

use crate::accounts::{SourceType, UserList};
use crate::identifier::Login;
use crate::tokens::{Names, Stopped, Tokens};

/// The maximum nesting of a skipped value, similar to that of serde_json.
const PASSED_DEPTH: usize = 120;

/// The part of a user that a [`UserList`] keeps, with the numbers of its source and of its set of groups.
pub(crate) struct Listed<'t> {
    pub(crate) login: Cow<'t, str>,
    pub(crate) source: u32,
    pub(crate) enabled: bool,
    pub(crate) groups: u32,
}

/// The fields of a user that a list reads.
#[derive(Debug, Clone, Copy)]
pub enum ListedField {
    Login,
    Groups,
    Source,
    Enabled,
    Other,
}

impl ListedField {
    fn named(name: &str) -> Self {
        match name {
            "login" => Self::Login,
            "groups" => Self::Groups,
            "sourceType" => Self::Source,
            "enabled" => Self::Enabled,
            _ => Self::Other,
        }
    }
}

impl<'t> Listed<'t> {
    /// Reads a user for a list. A malformed value in a field of the list is an error, as for a
    /// [`PlainUser`](super::PlainUser). Other fields are skipped.
    ///
    /// The last value of a repeated field counts, as in a `Value`.
    #[inline]
    pub(crate) fn read(
        tokens: &mut Tokens<'t>,
        before: &mut Names<ListedField>,
        list: &mut UserList,
    ) -> Result<Self, Stopped> {
        let (mut login, mut source, mut enabled, mut groups) = (None, None, None, None);
        tokens.fields(before, ListedField::named, |tokens, field| {
            match field {
                ListedField::Login => login = tokens.unless_null(Tokens::text)?,
                ListedField::Groups => {
                    groups = tokens.unless_null(|tokens| read_groups(tokens, list))?;
                }
                ListedField::Source => source = tokens.unless_null(Tokens::text)?,
                ListedField::Enabled => enabled = tokens.unless_null(Tokens::flag)?,
                ListedField::Other => tokens.pass(PASSED_DEPTH)?,
            }
            Ok(())
        })?;
        let login = login.ok_or(Stopped::Unexpected)?;
        Login::check(&login).map_err(|_| Stopped::Unexpected)?;
        let source = source.map(|word| SourceType::from(&*word)).unwrap_or_default();
        Ok(Listed {
            login,
            source: list.source_number(&source),
            enabled: enabled.unwrap_or(true),
            groups: groups.unwrap_or_else(|| list.groups_mut().set(&[])),
        })
    }
}

/// Reads group names and returns the number of their set.
fn read_groups(tokens: &mut Tokens<'_>, list: &mut UserList) -> Result<u32, Stopped> {
    list.groups_mut().set_of(|known, groups| {
        tokens.items(|tokens| {
            groups.push(known.number(&tokens.text()?).map_err(|_| Stopped::Unexpected)?);
            Ok(())
        })
    })
}
