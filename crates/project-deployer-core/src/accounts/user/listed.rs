use std::borrow::Cow;

use crate::accounts::{SourceType, UserList};
use crate::identifier::Login;
use crate::tokens::{Names, Stopped, Tokens};

/// How deep a value may nest that is passed over: about as deep as serde_json would pass.
const PASSED_DEPTH: usize = 120;

/// What a [`UserList`] keeps of a user, with its numbers of the source and of the set of groups.
pub(crate) struct Listed<'t> {
    pub(crate) login: Cow<'t, str>,
    pub(crate) source: u32,
    pub(crate) enabled: bool,
    pub(crate) groups: u32,
}

/// What a field of a user is for a list.
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
    /// Reads a user for a list. What is odd in a field that is read stops it, as for a
    /// [`PlainUser`](super::PlainUser); the others are passed over.
    ///
    /// Of a field that stands twice the last one counts, as in a `Value`.
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

/// Reads the names of groups; the number of their set.
fn read_groups(tokens: &mut Tokens<'_>, list: &mut UserList) -> Result<u32, Stopped> {
    list.groups_mut().set_of(|known, groups| {
        tokens.items(|tokens| {
            groups.push(known.number(&tokens.text()?).map_err(|_| Stopped::Unexpected)?);
            Ok(())
        })
    })
}
