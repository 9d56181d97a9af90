//! The matcher: steps over UTF-16 units with a stack of what is to be tried or put back. Groups that an atom or
//! a look-around has set stay set when a later step fails, and a repeated group may come back with the
//! content of an earlier turn, as in Java.

use super::ast::Mode;
use super::program::{Id, Program, Step};
use super::search::{FRAMES, Stop};

/// What is to be done when the steps after it fail.
#[derive(Debug, Clone, Copy)]
pub(super) enum Frame {
    Try {
        step: Id,
        at: usize,
    },
    /// The other ways of a branch.
    Branch {
        step: Id,
        way: usize,
        at: usize,
    },
    /// Shorter matches of one character repeated, each one unit long.
    Shorter {
        next: Id,
        low: usize,
        at: usize,
    },
    /// One more turn of a lazy repetition.
    Lazy {
        step: Id,
        at: usize,
        count: u32,
    },
    /// One more turn of a lazy loop.
    LazyLoop {
        step: Id,
        at: usize,
    },
    /// One turn less of a group, whose content is then that of the turn.
    Turn {
        step: Id,
        begin: usize,
        end: usize,
    },
    Group {
        group: usize,
        content: Content,
    },
    Local {
        local: usize,
        value: usize,
    },
    /// Nothing; after a match the group has this content.
    Sets {
        group: usize,
        begin: usize,
        end: usize,
    },
}

/// Begin and end of a group.
pub(in super::super) type Content = Option<(usize, usize)>;

#[derive(Debug)]
pub(super) struct Machine<'a> {
    pub(super) program: &'a Program,
    pub(super) text: &'a [u16],
    pub(super) groups: Vec<Content>,
    locals: Vec<usize>,
    pub(super) stack: Vec<Frame>,
    steps: usize,
    /// Where a look-behind began.
    pub(super) behind: usize,
    /// Where the last match ended.
    pub(super) last_end: usize,
    /// Whether no letter has two units.
    pub(super) narrow: bool,
}

/// The code point at a place, and the place after it.
pub(super) fn code_at(text: &[u16], at: usize) -> Option<(u32, usize)> {
    let unit = *text.get(at)?;
    if let (0xD800..0xDC00, Some(low @ 0xDC00..0xE000)) = (unit, text.get(at + 1)) {
        let code = 0x1_0000 + ((u32::from(unit) - 0xD800) << 10) + (u32::from(*low) - 0xDC00);
        return Some((code, at + 2));
    }
    Some((u32::from(unit), at + 1))
}

/// The code point before a place, and where it begins.
pub(super) fn code_before(text: &[u16], at: usize) -> Option<(u32, usize)> {
    let begin = at.checked_sub(1)?;
    let wide = begin.checked_sub(1).and_then(|wider| Some((code_at(text, wider)?, wider)));
    match wide {
        Some(((code, end), wider)) if end == at && wider + 2 == at => Some((code, wider)),
        _ => code_at(text, begin).map(|(code, _)| (code, begin)),
    }
}

pub(super) enum Next {
    Go(Id, usize),
    Fail,
    Matched(usize),
}
use Next::{Fail, Go};

impl<'a> Machine<'a> {
    pub(super) fn new(program: &'a Program, text: &'a [u16], steps: usize) -> Self {
        Self {
            program,
            text,
            groups: vec![None; program.groups + 1],
            locals: vec![0; program.locals],
            stack: Vec::new(),
            steps,
            behind: 0,
            last_end: 0,
            narrow: !text.iter().any(|unit| (0xD800..0xE000).contains(unit)),
        }
    }

    /// Where a match that begins with this step ends, if it matches. What it has set stays set.
    pub(super) fn run(&mut self, step: Id, at: usize) -> Result<Option<usize>, Stop> {
        let base = self.stack.len();
        let mut next = Go(step, at);
        loop {
            next = match next {
                Go(step, at) => self.step(step, at)?,
                Fail if self.stack.len() > base => self.back()?,
                Fail => return Ok(None),
                Next::Matched(end) => {
                    self.commit(base);
                    return Ok(Some(end));
                }
            };
        }
    }

    /// Leaves out what is still to be tried.
    pub(super) fn commit(&mut self, base: usize) {
        for frame in self.stack.drain(base..).rev() {
            if let Frame::Sets { group, begin, end } = frame
                && let Some(content) = self.groups.get_mut(group)
            {
                *content = Some((begin, end));
            }
        }
    }

    pub(super) fn spend(&mut self, steps: usize) -> Result<(), Stop> {
        self.steps = self.steps.checked_sub(steps).ok_or(Stop::Steps)?;
        if self.stack.len() > FRAMES { Err(Stop::Steps) } else { Ok(()) }
    }

    pub(super) fn content(&self, group: usize) -> Content {
        self.groups.get(group).copied().flatten()
    }

    pub(super) fn set_group(&mut self, group: usize, content: Content) {
        if let Some(place) = self.groups.get_mut(group) {
            *place = content;
        }
    }

    pub(super) fn keep_group(&mut self, group: usize) {
        let content = self.content(group);
        self.stack.push(Frame::Group { group, content });
    }

    pub(super) fn local(&self, local: usize) -> usize {
        self.locals.get(local).copied().unwrap_or_default()
    }

    pub(super) fn set_local(&mut self, local: usize, value: usize) {
        let old = self.local(local);
        self.stack.push(Frame::Local { local, value: old });
        self.put_local(local, value);
    }

    pub(super) fn put_local(&mut self, local: usize, value: usize) {
        if let Some(place) = self.locals.get_mut(local) {
            *place = value;
        }
    }

    pub(super) fn step(&mut self, id: Id, at: usize) -> Result<Next, Stop> {
        self.spend(1)?;
        let program = self.program;
        let Some(step) = program.steps.get(id) else { return Ok(Fail) };
        Ok(match step {
            Step::Accept => Next::Matched(at),
            Step::AcceptBehind if at == self.behind => Next::Matched(at),
            Step::AcceptBehind => Fail,
            Step::Unit(unit, next) if self.is_unit(at, *unit) => Go(*next, at + 1),
            Step::Unit(..) => Fail,
            Step::Set(set, next) => self.one(*set, at).map_or(Fail, |end| Go(*next, end)),
            Step::Assertion(assertion, next) => {
                if self.holds(*assertion, at)? {
                    Go(*next, at)
                } else {
                    Fail
                }
            }
            Step::LineBreak(next) => self.line_break(*next, at),
            Step::Back(group, fold, next) => {
                self.same(*group, *fold, at).map_or(Fail, |end| Go(*next, end))
            }
            Step::Open { local, next } => {
                self.set_local(*local, at);
                Go(*next, at)
            }
            Step::Close { local, group, next } => {
                self.keep_group(*group);
                self.set_group(*group, Some((self.local(*local), at)));
                Go(*next, at)
            }
            Step::Branch(_) => self.branch(id, 0, at),
            Step::Look { look, lengths, content, next } => {
                let holds = self.look(*look, *lengths, *content, at)?;
                if holds == look.negative { Fail } else { Go(*next, at) }
            }
            Step::Atomic { content, next } => {
                self.run(*content, at)?.map_or(Fail, |end| Go(*next, end))
            }
            Step::Many { set, bounds, next } if bounds.mode != Mode::Lazy && self.narrow => {
                self.many(*set, *bounds, *next, at)?
            }
            Step::Many { bounds, next, .. } | Step::Repeat { bounds, next, .. } => {
                self.repeat(id, *bounds, *next, at)?
            }
            Step::Turns { bounds, group, next, .. } => {
                self.turns(id, *bounds, *group, *next, at)?
            }
            Step::Enter(again) => self.enter(*again, at),
            Step::Again { .. } => self.again(id, at),
        })
    }

    pub(super) fn is_unit(&self, at: usize, unit: u16) -> bool {
        self.text.get(at) == Some(&unit)
    }

    /// The end of one character of a set.
    pub(super) fn one(&self, set: usize, at: usize) -> Option<usize> {
        let set = self.program.sets.get(set)?;
        code_at(self.text, at).filter(|(code, _)| set.contains(*code)).map(|(_, end)| end)
    }

    pub(super) fn branch(&mut self, id: Id, way: usize, at: usize) -> Next {
        let Some(Step::Branch(ways)) = self.program.steps.get(id) else { return Fail };
        let Some(step) = ways.get(way) else { return Fail };
        if way + 1 < ways.len() {
            self.stack.push(Frame::Branch { step: id, way: way + 1, at });
        }
        Go(*step, at)
    }

    /// Takes the last frame up.
    pub(super) fn back(&mut self) -> Result<Next, Stop> {
        let Some(frame) = self.stack.pop() else { return Ok(Fail) };
        Ok(match frame {
            Frame::Try { step, at } => Go(step, at),
            Frame::Branch { step, way, at } => self.branch(step, way, at),
            Frame::Shorter { next, low, at } => {
                if at - 1 > low {
                    self.stack.push(Frame::Shorter { next, low, at: at - 1 });
                }
                Go(next, at - 1)
            }
            Frame::Lazy { step, at, count } => self.lazy(step, at, count)?,
            Frame::LazyLoop { step, at } => self.lazy_loop(step, at),
            Frame::Turn { step, begin, end } => {
                let Some(Step::Turns { group: Some(group), next, .. }) =
                    self.program.steps.get(step)
                else {
                    return Ok(Fail);
                };
                self.set_group(*group, Some((begin, end)));
                self.stack.push(Frame::Sets { group: *group, begin, end });
                Go(*next, end)
            }
            Frame::Group { group, content } => {
                self.set_group(group, content);
                Fail
            }
            Frame::Local { local, value } => {
                self.put_local(local, value);
                Fail
            }
            Frame::Sets { .. } => Fail,
        })
    }
}
