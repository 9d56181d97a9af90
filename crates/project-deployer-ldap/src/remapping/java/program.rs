//! A pattern as steps, each of which names the next.

use super::ast::{Assertion, Ast, Bounds, Look, Mode, Repeat};
use super::folding::Fold;
use super::lengths::{self, Kind};
use super::refusal::Refusal;
use super::set::Set;

/// The number of a step.
pub(super) type Id = usize;

/// The most that a look-behind may match.
const BEHIND_LIMIT: u64 = 10_000;

#[derive(Debug, Clone)]
pub(super) enum Step {
    /// The pattern, a look-around or an atom has matched.
    Accept,
    /// The same where the look-behind began.
    AcceptBehind,
    Unit(u16, Id),
    Set(usize, Id),
    Assertion(Assertion, Id),
    LineBreak(Id),
    Back(usize, Fold, Id),
    /// A group begins; its begin is kept in the local.
    Open {
        local: usize,
        next: Id,
    },
    /// A group ends.
    Close {
        local: usize,
        group: usize,
        next: Id,
    },
    Branch(Vec<Id>),
    Look {
        look: Look,
        lengths: (usize, usize),
        content: Id,
        next: Id,
    },
    Atomic {
        content: Id,
        next: Id,
    },
    /// Many of one character.
    Many {
        set: usize,
        bounds: Bounds,
        next: Id,
    },
    Repeat {
        atom: Id,
        bounds: Bounds,
        next: Id,
    },
    Turns {
        atom: Id,
        bounds: Bounds,
        group: Option<usize>,
        next: Id,
    },
    /// A loop begins; its turns are counted by this step.
    Enter(Id),
    Again {
        counter: usize,
        begin: usize,
        bounds: Bounds,
        body: Id,
        next: Id,
    },
}

#[derive(Debug, Clone)]
pub(super) struct Program {
    pub(super) steps: Vec<Step>,
    pub(super) sets: Vec<Set>,
    pub(super) start: Id,
    pub(super) groups: usize,
    pub(super) locals: usize,
    /// The ASCII characters with which a match may begin; every other character may, too. None if a match may
    /// be empty.
    pub(super) first: Option<u128>,
    /// Whether a match begins at the begin of the text.
    pub(super) anchored: bool,
    /// Whether it looks behind.
    pub(super) behind: bool,
}

impl Program {
    pub(super) fn of(root: &Ast, groups: usize) -> Result<Self, Refusal> {
        let mut program = Self {
            steps: vec![Step::Accept],
            sets: Vec::new(),
            start: 0,
            groups,
            locals: 0,
            first: super::first::of(root),
            anchored: super::first::is_anchored(root),
            behind: false,
        };
        program.start = program.part(root, 0)?;
        Ok(program)
    }

    fn step(&mut self, step: Step) -> Id {
        self.steps.push(step);
        self.steps.len() - 1
    }

    fn local(&mut self) -> usize {
        self.locals += 1;
        self.locals - 1
    }

    fn set(&mut self, set: &Set) -> usize {
        let known = self.sets.iter().position(|known| known == set);
        known.unwrap_or_else(|| {
            self.sets.push(set.clone());
            self.sets.len() - 1
        })
    }

    fn one(&mut self, set: &Set, next: Id) -> Id {
        match set.single().and_then(|code| u16::try_from(code).ok()) {
            Some(unit) => self.step(Step::Unit(unit, next)),
            None => {
                let set = self.set(set);
                self.step(Step::Set(set, next))
            }
        }
    }

    /// A part before the step that follows it.
    fn part(&mut self, part: &Ast, next: Id) -> Result<Id, Refusal> {
        Ok(match part {
            Ast::Set(set) => self.one(set, next),
            Ast::Run(run) => run.iter().rev().fold(next, |next, set| self.one(set, next)),
            Ast::Sequence(parts) => {
                parts.iter().rev().try_fold(next, |next, part| self.part(part, next))?
            }
            Ast::Group(None, content) => self.part(content, next)?,
            Ast::Group(Some(group), content) => {
                let local = self.local();
                let close = self.step(Step::Close { local, group: *group, next });
                let content = self.part(content, close)?;
                self.step(Step::Open { local, next: content })
            }
            Ast::Alternatives(all) => {
                let all = all.iter().map(|one| self.part(one, next)).collect::<Result<_, _>>()?;
                self.step(Step::Branch(all))
            }
            Ast::Repeat(repeat) => self.repeat(repeat, next)?,
            Ast::Atomic(content) => {
                let content = self.part(content, 0)?;
                self.step(Step::Atomic { content, next })
            }
            Ast::Look(look, content) => self.look(*look, content, next)?,
            Ast::Assertion(assertion) => self.step(Step::Assertion(*assertion, next)),
            Ast::Back(group, fold) => self.step(Step::Back(*group, *fold, next)),
            Ast::LineBreak => self.step(Step::LineBreak(next)),
        })
    }

    fn look(&mut self, look: Look, content: &Ast, next: Id) -> Result<Id, Refusal> {
        if !look.behind {
            let content = self.part(content, 0)?;
            return Ok(self.step(Step::Look { look, lengths: (0, 0), content, next }));
        }
        self.behind = true;
        let lengths = lengths::of(content);
        let most = lengths.max.filter(|max| *max <= BEHIND_LIMIT);
        let bounded = most
            .and_then(|max| Some((usize::try_from(lengths.min).ok()?, usize::try_from(max).ok()?)));
        let Some(lengths) = bounded else {
            let what = "a look-behind that has no longest match";
            return Err(Refusal::unsupported(
                what,
                look.at,
                "bounds such as `{1,20}` in place of `+` and `*`, without repeated groups and back references",
            ));
        };
        let accept = self.step(Step::AcceptBehind);
        let content = self.part(content, accept)?;
        Ok(self.step(Step::Look { look, lengths, content, next }))
    }

    fn repeat(&mut self, repeat: &Repeat, next: Id) -> Result<Id, Refusal> {
        let Repeat { atom, bounds } = repeat;
        let bounds = *bounds;
        let (group, content) = match atom {
            Ast::Group(group, content) => (*group, &**content),
            other => (None, other),
        };
        Ok(match lengths::kind(repeat) {
            Kind::Atoms => {
                if let Ast::Set(set) = atom {
                    let set = self.set(set);
                    return Ok(self.step(Step::Many { set, bounds, next }));
                }
                let atom = self.part(atom, 0)?;
                self.step(Step::Repeat { atom, bounds, next })
            }
            Kind::Turns => {
                let atom = self.part(content, 0)?;
                self.step(Step::Turns { atom, bounds, group, next })
            }
            Kind::Option => {
                let taken = self.part(atom, next)?;
                let lazy = bounds.mode == Mode::Lazy;
                let ways = if lazy { vec![next, taken] } else { vec![taken, next] };
                self.step(Step::Branch(ways))
            }
            Kind::Loop => {
                let (counter, begin) = (self.local(), self.local());
                let again = self.step(Step::Accept);
                let close = match group {
                    Some(group) => self.step(Step::Close { local: begin, group, next: again }),
                    None => again,
                };
                let content = self.part(content, close)?;
                let body = self.step(Step::Open { local: begin, next: content });
                if let Some(step) = self.steps.get_mut(again) {
                    *step = Step::Again { counter, begin, bounds, body, next };
                }
                self.step(Step::Enter(again))
            }
        })
    }
}
