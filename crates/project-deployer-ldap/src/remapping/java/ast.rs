use super::folding::Fold;
use super::set::Set;

/// A part of a pattern.
#[derive(Debug, Clone)]
pub(super) enum Ast {
    /// One character.
    Set(Set),
    /// Literals in a row; there may be none.
    Run(Vec<Set>),
    Sequence(Vec<Self>),
    /// A group without effect on how its content matches, with the number of a capturing one.
    Group(Option<usize>, Box<Self>),
    Alternatives(Vec<Self>),
    Repeat(Box<Repeat>),
    /// `(?>…)`
    Atomic(Box<Self>),
    Look(Look, Box<Self>),
    Assertion(Assertion),
    /// A back reference.
    Back(usize, Fold),
    /// `\R`
    LineBreak,
}

#[derive(Debug, Clone)]
pub(super) struct Repeat {
    pub(super) atom: Ast,
    pub(super) bounds: Bounds,
}

/// How often something is repeated, and which number is tried first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) min: u32,
    /// `u32::MAX` without a bound.
    pub(super) max: u32,
    pub(super) mode: Mode,
    /// `?`, which is not `{0,2}` with another number.
    pub(super) optional: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Greedy,
    Lazy,
    Possessive,
}

/// A look-around.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) behind: bool,
    pub(super) negative: bool,
    /// The place of the group in the text.
    pub(super) at: usize,
}

/// What holds at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Assertion {
    /// `\A`, and `^` without `(?m)`
    Start,
    /// `\z`
    End,
    /// `^` with `(?m)`
    LineStart { unix: bool },
    /// `$` and `\Z`
    LineEnd { unix: bool, multiline: bool },
    /// `\b`, and `\B`
    Word { negative: bool, unicode: bool },
    /// `\G`
    LastMatch,
}
