//! A template as a rule for many users with one search: which entries it can find for any user, and which
//! parts decide for one user.

use crate::attribute::{AttributeName, AttributeValue};
use crate::dn::Dn;
use crate::entry::Entry;
use crate::filter::{Comparison, ExtensibleMatch, Filter, Truth, all_of, any_of};

use super::{FilterTemplate, TemplateValue};

/// Why a template cannot be judged from lists of entries, but only by one search per user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UndecidableTemplate {
    /// It finds the same entries for every user.
    #[error(
        "it has no placeholder, so it finds the same entries for every user; write `{{USERNAME}}`"
    )]
    NoPlaceholder,
    /// A placeholder at a place that cannot be evaluated from a list of entries.
    #[error(
        "a placeholder is {place}; write it as `(attribute={{USERNAME}})`, joined by `&` to the rest"
    )]
    Placement {
        /// The place.
        place: &'static str,
    },
}

/// The parts of a template that depend on the user (its slots), and how they are joined.
#[derive(Debug)]
pub(crate) struct Selector {
    slots: Vec<Slot>,
    check: Check,
    reach: Filter,
}

/// `(attribute=… {PLACEHOLDER} …)`.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    pub(crate) attribute: AttributeName,
    pub(crate) value: TemplateValue,
    /// Whether it compares by equality, with an attribute that is written by its plain name.
    is_plain: bool,
}

#[derive(Debug)]
enum Check {
    Slot(usize),
    And(Vec<Self>),
    Or(Vec<Self>),
    /// Does not depend on the user. The directory has evaluated it, if it had to match.
    Given(Filter),
}

impl Selector {
    pub(crate) fn of(template: &FilterTemplate) -> Result<Self, UndecidableTemplate> {
        let mut slots = Vec::new();
        let check = check(template.filter(), &mut slots)?;
        if slots.is_empty() {
            return Err(UndecidableTemplate::NoPlaceholder);
        }
        let reach = reach(&check, &slots);
        Ok(Self { slots, check, reach })
    }

    /// Finds every entry that the template finds for any user.
    pub(crate) fn reach(&self) -> &Filter {
        &self.reach
    }

    pub(crate) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// The same, where every server finds with the template what a listing shows.
    ///
    /// # Errors
    ///
    /// A placeholder is compared in another way than [`Self::is_plain`] says.
    pub(crate) fn plain(template: &FilterTemplate) -> Result<Self, UndecidableTemplate> {
        let selector = Self::of(template)?;
        if selector.is_plain() {
            return Ok(selector);
        }
        Err(misplaced("in a branch of `|`, or compared by another rule than plain equality"))
    }

    /// Whether every server finds with this template what a listing shows: plain equalities, joined by `&` to
    /// parts that the server itself evaluates.
    pub(crate) fn is_plain(&self) -> bool {
        self.slots.iter().all(|slot| slot.is_plain) && self.check.has_no_choice()
    }

    /// Whether a listing shows every text that finds somebody, up to its spelling.
    pub(crate) fn shows_usernames(&self) -> bool {
        self.slots.iter().all(|slot| slot.is_plain && slot.shows_username())
    }

    /// Whether it requires more than one of its slots, so that an entry with the login may be left out.
    pub(crate) fn has_conditions(&self) -> bool {
        !self.check.is_any_slot()
    }

    /// The parts that do not depend on the user.
    pub(crate) fn given(&self) -> Vec<&Filter> {
        let mut parts = Vec::new();
        self.check.given(&mut parts);
        parts
    }

    /// Whether the template finds an entry that `reach` found, if exactly these slots match. The entry itself
    /// is evaluated only if `reach` has not decided it.
    pub(super) fn decide(&self, entry: &dyn Fn() -> Entry, holds: &dyn Fn(usize) -> bool) -> Truth {
        self.check.truth(entry, holds, true)
    }

    /// The attributes to read.
    pub(crate) fn attributes(&self) -> Vec<AttributeName> {
        let mut names = Vec::new();
        self.reach.attributes(&mut names);
        names.into_iter().cloned().collect()
    }
}

impl Check {
    fn has_no_choice(&self) -> bool {
        match self {
            Self::Slot(_) | Self::Given(_) => true,
            Self::And(parts) => parts.iter().all(Self::has_no_choice),
            Self::Or(_) => false,
        }
    }

    /// Whether one slot is enough.
    fn is_any_slot(&self) -> bool {
        match self {
            Self::Slot(_) => true,
            Self::Or(parts) => parts.iter().all(Self::is_any_slot),
            Self::And(parts) => {
                let mut deciding = parts.iter().filter(|part| !part.always_holds());
                deciding.next().is_some_and(Self::is_any_slot) && deciding.next().is_none()
            }
            Self::Given(_) => false,
        }
    }

    /// Whether it holds for every entry: all have a class.
    fn always_holds(&self) -> bool {
        match self {
            Self::Given(Filter::Present(name)) => *name == AttributeName::known("objectClass"),
            Self::Slot(_) | Self::Given(_) | Self::And(_) | Self::Or(_) => false,
        }
    }

    fn given<'c>(&'c self, into: &mut Vec<&'c Filter>) {
        match self {
            Self::Slot(_) => {}
            Self::Given(filter) => into.push(filter),
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.given(into)),
        }
    }

    /// `given`: the directory found the entry by this part, so the parts that do not depend on the user match.
    fn truth(
        &self,
        entry: &dyn Fn() -> Entry,
        holds: &dyn Fn(usize) -> bool,
        given: bool,
    ) -> Truth {
        match self {
            Self::Slot(index) if holds(*index) => Truth::True,
            Self::Slot(_) => Truth::False,
            Self::And(parts) => all_of(parts.iter().map(|part| part.truth(entry, holds, given))),
            Self::Or(parts) => any_of(parts.iter().map(|part| part.truth(entry, holds, false))),
            Self::Given(_) if given => Truth::True,
            Self::Given(filter) => filter.evaluate(&entry()),
        }
    }
}

fn check(
    filter: &Filter<TemplateValue>,
    slots: &mut Vec<Slot>,
) -> Result<Check, UndecidableTemplate> {
    if !has_places(filter) {
        return Ok(Check::Given(literal(filter)));
    }
    match filter {
        Filter::And(parts) => {
            let parts = parts.iter().map(|part| check(part, slots));
            Ok(Check::And(parts.collect::<Result<_, _>>()?))
        }
        Filter::Or(parts) if parts.iter().all(has_places) => {
            let parts = parts.iter().map(|part| check(part, slots));
            Ok(Check::Or(parts.collect::<Result<_, _>>()?))
        }
        Filter::Or(_) => Err(misplaced("in one branch of `|` and not in another")),
        Filter::Not(_) => Err(misplaced("under `!`")),
        Filter::Compare {
            attribute,
            comparison: comparison @ (Comparison::Equal | Comparison::Approximate),
            value,
        } => {
            let is_plain = *comparison == Comparison::Equal && attribute.is_plain();
            Ok(slot(slots, Slot { is_plain, ..Slot::new(attribute, value) }))
        }
        Filter::Extensible(matching) => extensible(matching, slots),
        Filter::Compare { .. } => Err(misplaced("after `<=` or `>=`")),
        Filter::Substrings { .. } => Err(misplaced("beside a `*`")),
        Filter::Present(_) => Err(misplaced("in no value")),
    }
}

fn extensible(
    matching: &ExtensibleMatch<TemplateValue>,
    slots: &mut Vec<Slot>,
) -> Result<Check, UndecidableTemplate> {
    match (&matching.attribute, matching.dn_parts, &matching.rule) {
        (Some(attribute), false, None) => Ok(slot(slots, Slot::new(attribute, &matching.value))),
        _ => Err(misplaced("under a matching rule that only the directory knows")),
    }
}

impl Slot {
    /// Whether it compares by equality, with an attribute that is written by its plain name.
    pub(crate) fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// Whether a value shows the login with which it was filled.
    pub(crate) fn shows_username(&self) -> bool {
        let filled = self.value.fill("x", &Dn::root());
        filled.as_text().and_then(|filled| self.value.username_in(filled)) == Some("x")
    }

    fn new(attribute: &AttributeName, value: &TemplateValue) -> Self {
        let (attribute, value) = (attribute.clone(), value.clone());
        Self { attribute, value, is_plain: false }
    }
}

fn slot(slots: &mut Vec<Slot>, slot: Slot) -> Check {
    slots.push(slot);
    Check::Slot(slots.len() - 1)
}

fn misplaced(place: &'static str) -> UndecidableTemplate {
    UndecidableTemplate::Placement { place }
}

/// The check with every slot widened to "has some value". No slot is negated, so no entry is lost.
fn reach(check: &Check, slots: &[Slot]) -> Filter {
    match check {
        Check::Slot(index) => slots
            .get(*index)
            .map_or(Filter::And(Vec::new()), |slot| Filter::Present(slot.attribute.clone())),
        Check::And(parts) => Filter::And(parts.iter().map(|part| reach(part, slots)).collect()),
        Check::Or(parts) => Filter::Or(parts.iter().map(|part| reach(part, slots)).collect()),
        Check::Given(filter) => filter.clone(),
    }
}

fn has_places(filter: &Filter<TemplateValue>) -> bool {
    let mut found = false;
    let _ = filter.map(&mut |value| found |= value.has_places());
    found
}

fn literal(filter: &Filter<TemplateValue>) -> Filter {
    filter.map(&mut |value| -> AttributeValue { value.fill("", &Dn::root()) })
}
