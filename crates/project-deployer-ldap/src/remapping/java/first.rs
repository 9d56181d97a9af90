//! With what a match may begin, so that a search can leave places out.

use super::ast::{Assertion, Ast};

/// The ASCII characters with which a match may begin. None if it may be empty, or begin with anything.
pub(super) fn of(root: &Ast) -> Option<u128> {
    let mut first = 0;
    (!may_be_empty(root, &mut first)).then_some(first)
}

/// Whether a match begins at the begin of the text only.
pub(super) fn is_anchored(root: &Ast) -> bool {
    match root {
        Ast::Assertion(Assertion::Start) => true,
        Ast::Sequence(parts) => parts.first().is_some_and(is_anchored),
        Ast::Group(_, content) => is_anchored(content),
        Ast::Alternatives(all) => all.iter().all(is_anchored),
        _ => false,
    }
}

/// Adds with what a part may begin. Whether it may match nothing.
fn may_be_empty(part: &Ast, first: &mut u128) -> bool {
    match part {
        Ast::Set(set) => {
            *first |= set.ascii();
            false
        }
        Ast::Run(run) => {
            *first |= run.first().map_or(0, |set| set.ascii());
            run.is_empty()
        }
        Ast::Sequence(parts) => parts.iter().all(|part| may_be_empty(part, first)),
        Ast::Group(_, content) => may_be_empty(content, first),
        // What an atom or a repetition captures stays where the match fails, and counts in a match that
        // begins later.
        Ast::Atomic(content) if !captures(content) => may_be_empty(content, first),
        Ast::Atomic(content) => {
            *first = u128::MAX;
            may_be_empty(content, first)
        }
        // Each of them is looked at.
        Ast::Alternatives(all) => {
            let mut empty = false;
            all.iter().for_each(|one| empty |= may_be_empty(one, first));
            empty
        }
        Ast::Repeat(repeat) => {
            if captures(&repeat.atom) {
                *first = u128::MAX;
            }
            may_be_empty(&repeat.atom, first) || repeat.bounds.min == 0
        }
        Ast::Assertion(_) => true,
        // What a look-around captures stays where the match fails.
        Ast::Look(_, content) if !captures(content) => true,
        Ast::Look(..) | Ast::Back(..) => {
            *first = u128::MAX;
            true
        }
        Ast::LineBreak => {
            *first |= 0x3C00;
            false
        }
    }
}

fn captures(part: &Ast) -> bool {
    match part {
        Ast::Group(Some(_), _) => true,
        Ast::Group(None, content) | Ast::Atomic(content) | Ast::Look(_, content) => {
            captures(content)
        }
        Ast::Sequence(parts) | Ast::Alternatives(parts) => parts.iter().any(captures),
        Ast::Repeat(repeat) => captures(&repeat.atom),
        Ast::Set(_) | Ast::Run(_) | Ast::Assertion(_) | Ast::Back(..) | Ast::LineBreak => false,
    }
}
