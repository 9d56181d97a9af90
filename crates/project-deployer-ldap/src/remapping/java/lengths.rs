//! How much a part of a pattern can match, and whether Java holds that it can match in one way only. Java
//! repeats a group in another way where it does, and looks behind only where there is a longest match.

use super::ast::{Ast, Mode, Repeat};

#[derive(Debug, Clone, Copy)]
pub(super) struct Lengths {
    pub(super) min: u64,
    /// None without a bound.
    pub(super) max: Option<u64>,
    pub(super) one_way: bool,
}

const NOTHING: Lengths = Lengths { min: 0, max: Some(0), one_way: true };

/// How Java repeats a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Each turn on its own; the first way that it matches stands.
    Atoms,
    /// The same for a group; the last turn is the content of the group.
    Turns,
    /// A group or nothing.
    Option,
    /// A group each turn of which may match in other ways.
    Loop,
}

/// How Java repeats this.
pub(super) fn kind(repeat: &Repeat) -> Kind {
    match &repeat.atom {
        Ast::Group(..) if repeat.bounds.mode == Mode::Possessive => Kind::Atoms,
        Ast::Group(..) if repeat.bounds.optional => Kind::Option,
        Ast::Group(_, content) if of(content).one_way => Kind::Turns,
        Ast::Group(..) => Kind::Loop,
        _ => Kind::Atoms,
    }
}

pub(super) fn of(part: &Ast) -> Lengths {
    let mut lengths = NOTHING;
    add(part, &mut lengths);
    lengths
}

fn fixed(lengths: &mut Lengths, min: u64, max: u64) {
    lengths.min = lengths.min.saturating_add(min);
    lengths.max = lengths.max.map(|so_far| so_far.saturating_add(max));
}

fn add(part: &Ast, lengths: &mut Lengths) {
    match part {
        Ast::Set(_) => fixed(lengths, 1, 1),
        Ast::Run(run) => {
            let length = u64::try_from(run.len()).unwrap_or(u64::MAX);
            fixed(lengths, length, length);
        }
        Ast::Sequence(parts) => parts.iter().for_each(|part| add(part, lengths)),
        Ast::Group(_, content) | Ast::Atomic(content) => add(content, lengths),
        Ast::Alternatives(all) => {
            let each = || all.iter().map(of);
            let min = each().map(|one| one.min).min().unwrap_or(0);
            let longest = each().map(|one| one.max).collect::<Option<Vec<_>>>();
            match longest.and_then(|all| all.into_iter().max()) {
                Some(max) => fixed(lengths, min, max),
                None => lengths.max = None,
            }
            lengths.one_way = false;
        }
        Ast::Repeat(repeat) => add_repeated(repeat, lengths),
        Ast::Look(..) | Ast::Assertion(_) => {}
        Ast::Back(..) => lengths.max = None,
        Ast::LineBreak => fixed(lengths, 1, 2),
    }
}

fn add_repeated(repeat: &Repeat, lengths: &mut Lengths) {
    let atom = of(&repeat.atom);
    if kind(repeat) == Kind::Loop {
        *lengths = Lengths { min: lengths.min, max: None, one_way: false };
        return;
    }
    let bounds = repeat.bounds;
    let max = if bounds.max == u32::MAX { None } else { atom.max };
    match max {
        Some(max) => fixed(
            lengths,
            atom.min.saturating_mul(bounds.min.into()),
            max.saturating_mul(bounds.max.into()),
        ),
        None => lengths.max = None,
    }
    let fixed_count = bounds.min == bounds.max && !bounds.optional;
    lengths.one_way &= atom.one_way && fixed_count;
}
