//! The matcher: steps over UTF-16 units with a stack of what is to be tried or put back. Groups that an atom or
//! a look-around has set stay set when a later step fails, and a repeated group may come back with the
//! content of an earlier turn, as in Java.

use super::ast::{Assertion, Look, Mode};
use super::folding::{Fold, ascii_lower, folded, upper};
use super::program::{Bounds, Id, Program, Step};
use super::search::Stop;
use super::words;

/// The most frames at a time.
const FRAMES: usize = 100_000;

/// What is to be done when the steps after it fail.
#[derive(Debug, Clone, Copy)]
enum Frame {
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
    program: &'a Program,
    text: &'a [u16],
    pub(super) groups: Vec<Content>,
    locals: Vec<usize>,
    stack: Vec<Frame>,
    steps: usize,
    /// Where a look-behind began.
    behind: usize,
    /// Where the last match ended.
    pub(super) last_end: usize,
    /// Whether no letter has two units.
    narrow: bool,
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

enum Next {
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
    fn commit(&mut self, base: usize) {
        for frame in self.stack.drain(base..).rev() {
            if let Frame::Sets { group, begin, end } = frame
                && let Some(content) = self.groups.get_mut(group)
            {
                *content = Some((begin, end));
            }
        }
    }

    fn spend(&mut self, steps: usize) -> Result<(), Stop> {
        self.steps = self.steps.checked_sub(steps).ok_or(Stop::Steps)?;
        if self.stack.len() > FRAMES { Err(Stop::Steps) } else { Ok(()) }
    }

    fn content(&self, group: usize) -> Content {
        self.groups.get(group).copied().flatten()
    }

    fn set_group(&mut self, group: usize, content: Content) {
        if let Some(place) = self.groups.get_mut(group) {
            *place = content;
        }
    }

    fn keep_group(&mut self, group: usize) {
        let content = self.content(group);
        self.stack.push(Frame::Group { group, content });
    }

    fn local(&self, local: usize) -> usize {
        self.locals.get(local).copied().unwrap_or_default()
    }

    fn set_local(&mut self, local: usize, value: usize) {
        let old = self.local(local);
        self.stack.push(Frame::Local { local, value: old });
        self.put_local(local, value);
    }

    fn put_local(&mut self, local: usize, value: usize) {
        if let Some(place) = self.locals.get_mut(local) {
            *place = value;
        }
    }

    fn step(&mut self, id: Id, at: usize) -> Result<Next, Stop> {
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

    fn is_unit(&self, at: usize, unit: u16) -> bool {
        self.text.get(at) == Some(&unit)
    }

    /// The end of one character of a set.
    fn one(&self, set: usize, at: usize) -> Option<usize> {
        let set = self.program.sets.get(set)?;
        code_at(self.text, at).filter(|(code, _)| set.contains(*code)).map(|(_, end)| end)
    }

    fn branch(&mut self, id: Id, way: usize, at: usize) -> Next {
        let Some(Step::Branch(ways)) = self.program.steps.get(id) else { return Fail };
        let Some(step) = ways.get(way) else { return Fail };
        if way + 1 < ways.len() {
            self.stack.push(Frame::Branch { step: id, way: way + 1, at });
        }
        Go(*step, at)
    }

    /// `\r\n` or, when what follows fails, its `\r` alone.
    fn line_break(&mut self, next: Id, at: usize) -> Next {
        match self.text.get(at) {
            Some(0xA..=0xC | 0x85 | 0x2028 | 0x2029) => Go(next, at + 1),
            Some(0xD) if self.is_unit(at + 1, 0xA) => {
                self.stack.push(Frame::Try { step: next, at: at + 1 });
                Go(next, at + 2)
            }
            Some(0xD) => Go(next, at + 1),
            _ => Fail,
        }
    }

    /// The end of what a group holds, once more.
    fn same(&self, group: usize, fold: Fold, at: usize) -> Option<usize> {
        let (begin, end) = self.content(group)?;
        let last = at.checked_add(end.checked_sub(begin)?)?;
        let there = self.text.get(at..last)?;
        let held = self.text.get(begin..end)?;
        if fold == Fold::None {
            return (there == held).then_some(last);
        }
        let (mut one, mut other) = (at, begin);
        while other < end {
            let ((here, next), (there, after)) =
                (code_at(self.text, one)?, code_at(self.text, other)?);
            let same = match fold {
                Fold::None | Fold::Ascii => ascii_lower(here) == ascii_lower(there),
                Fold::Unicode => upper(here) == upper(there) || folded(here) == folded(there),
            };
            if here != there && !same {
                return None;
            }
            (one, other) = (next, after);
        }
        Some(last)
    }

    fn holds(&mut self, assertion: Assertion, at: usize) -> Result<bool, Stop> {
        Ok(match assertion {
            Assertion::Start => at == 0,
            Assertion::End => at == self.text.len(),
            Assertion::LastMatch => at == self.last_end,
            Assertion::LineStart { unix } => self.is_line_start(at, unix),
            Assertion::LineEnd { unix, multiline } => self.is_line_end(at, unix, multiline),
            Assertion::Word { negative, unicode } => {
                let border = words::is_border(self.text, at, unicode).ok_or(Stop::Version)?;
                border != negative
            }
        })
    }

    fn ends_line(&self, at: usize, unix: bool) -> bool {
        match self.text.get(at) {
            Some(0xA) => true,
            Some(0xD | 0x85 | 0x2028 | 0x2029) => !unix,
            _ => false,
        }
    }

    /// Not at the end of the text, and not within `\r\n`.
    fn is_line_start(&self, at: usize, unix: bool) -> bool {
        if at == self.text.len() {
            return false;
        }
        let Some(before) = at.checked_sub(1) else { return true };
        self.ends_line(before, unix) && !(self.is_unit(before, 0xD) && self.is_unit(at, 0xA))
    }

    /// At the end of the text, before the line end that ends it, and with `(?m)` before each one.
    fn is_line_end(&self, at: usize, unix: bool, multiline: bool) -> bool {
        let length = self.text.len();
        if at == length {
            return true;
        }
        let within = !unix && at > 0 && self.is_unit(at - 1, 0xD) && self.is_unit(at, 0xA);
        if !self.ends_line(at, unix) || within {
            return false;
        }
        let pair = !unix && self.is_unit(at, 0xD) && self.is_unit(at + 1, 0xA);
        multiline || at + 1 + usize::from(pair) == length
    }

    fn look(
        &mut self,
        look: Look,
        lengths: (usize, usize),
        content: Id,
        at: usize,
    ) -> Result<bool, Stop> {
        if !look.behind {
            return Ok(self.run(content, at)?.is_some());
        }
        let before = std::mem::replace(&mut self.behind, at);
        let (min, max) = lengths;
        let mut holds = false;
        if let Some(nearest) = at.checked_sub(min) {
            for begin in (at.saturating_sub(max)..=nearest).rev() {
                if self.run(content, begin)?.is_some() {
                    holds = true;
                    break;
                }
            }
        }
        self.behind = before;
        Ok(holds)
    }

    fn many(&mut self, set: usize, bounds: Bounds, next: Id, at: usize) -> Result<Next, Stop> {
        let Some(set) = self.program.sets.get(set) else { return Ok(Fail) };
        let most = usize::try_from(bounds.max).unwrap_or(usize::MAX);
        let least = usize::try_from(bounds.min).unwrap_or(usize::MAX);
        let rest = self.text.get(at..).unwrap_or_default();
        let count =
            rest.iter().take(most).take_while(|unit| set.contains(u32::from(**unit))).count();
        self.spend(count)?;
        if count < least {
            return Ok(Fail);
        }
        if bounds.mode == Mode::Greedy && count > least {
            self.stack.push(Frame::Shorter { next, low: at + least, at: at + count });
        }
        Ok(Go(next, at + count))
    }

    /// One turn of a repetition.
    fn turn(&mut self, id: Id, at: usize) -> Result<Option<usize>, Stop> {
        match self.program.steps.get(id) {
            Some(Step::Many { set, .. }) => {
                self.spend(1)?;
                Ok(self.one(*set, at))
            }
            Some(Step::Repeat { atom, .. } | Step::Turns { atom, .. }) => self.run(*atom, at),
            _ => Ok(None),
        }
    }

    fn repeat(&mut self, id: Id, bounds: Bounds, next: Id, at: usize) -> Result<Next, Stop> {
        let mut at = at;
        let mut count = 0;
        while count < bounds.min {
            match self.turn(id, at)? {
                // As often as one likes.
                Some(end) if end == at => count = bounds.min,
                Some(end) => (at, count) = (end, count + 1),
                None => return Ok(Fail),
            }
        }
        if bounds.mode == Mode::Lazy {
            self.stack.push(Frame::Lazy { step: id, at, count });
            return Ok(Go(next, at));
        }
        while count < bounds.max {
            let Some(end) = self.turn(id, at)? else { break };
            if end == at {
                break;
            }
            if bounds.mode == Mode::Greedy {
                self.stack.push(Frame::Try { step: next, at });
            }
            (at, count) = (end, count + 1);
        }
        Ok(Go(next, at))
    }

    /// Turns of a group that match in one way.
    fn turns(
        &mut self,
        id: Id,
        bounds: Bounds,
        group: Option<usize>,
        next: Id,
        at: usize,
    ) -> Result<Next, Stop> {
        let Some(number) = group else { return self.repeat(id, bounds, next, at) };
        self.keep_group(number);
        let mut at = at;
        let mut count = 0;
        while count < bounds.min {
            let Some(end) = self.turn(id, at)? else { return Ok(Fail) };
            self.set_group(number, Some((at, end)));
            count = if end == at { bounds.min } else { count + 1 };
            at = end;
        }
        match bounds.mode {
            Mode::Lazy => self.stack.push(Frame::Lazy { step: id, at, count }),
            Mode::Possessive => {}
            Mode::Greedy => {
                self.stack.push(Frame::Try { step: next, at });
                self.keep_group(number);
                while count < bounds.max {
                    let Some(end) = self.turn(id, at)?.filter(|end| *end > at) else { break };
                    self.stack.push(Frame::Turn { step: id, begin: at, end });
                    (at, count) = (end, count + 1);
                }
                return Ok(Fail);
            }
        }
        Ok(Go(next, at))
    }

    fn enter(&mut self, id: Id, at: usize) -> Next {
        let Some(Step::Again { counter, bounds, body, next, .. }) = self.program.steps.get(id)
        else {
            return Fail;
        };
        if bounds.max == 0 {
            return Go(*next, at);
        }
        if bounds.min == 0 && bounds.mode == Mode::Lazy {
            self.set_local(*counter, 0);
            self.stack.push(Frame::LazyLoop { step: id, at });
            return Go(*next, at);
        }
        if bounds.min == 0 {
            self.stack.push(Frame::Try { step: *next, at });
        }
        self.set_local(*counter, 1);
        Go(*body, at)
    }

    /// After a turn of a loop. A turn that has matched nothing is the last.
    fn again(&mut self, id: Id, at: usize) -> Next {
        let Some(Step::Again { counter, begin, bounds, body, next }) = self.program.steps.get(id)
        else {
            return Fail;
        };
        let count = self.local(*counter);
        let below = |bound: u32| u32::try_from(count).is_ok_and(|count| count < bound);
        if at <= self.local(*begin) || !below(bounds.max) {
            return Go(*next, at);
        }
        if !below(bounds.min) {
            if bounds.mode == Mode::Lazy {
                self.stack.push(Frame::LazyLoop { step: id, at });
                return Go(*next, at);
            }
            self.stack.push(Frame::Try { step: *next, at });
        }
        self.set_local(*counter, count + 1);
        Go(*body, at)
    }

    /// Takes the last frame up.
    fn back(&mut self) -> Result<Next, Stop> {
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

    fn lazy(&mut self, id: Id, at: usize, count: u32) -> Result<Next, Stop> {
        let (bounds, next, group) = match self.program.steps.get(id) {
            Some(Step::Many { bounds, next, .. } | Step::Repeat { bounds, next, .. }) => {
                (bounds, next, None)
            }
            Some(Step::Turns { bounds, next, group, .. }) => (bounds, next, *group),
            _ => return Ok(Fail),
        };
        if count >= bounds.max {
            return Ok(Fail);
        }
        let Some(end) = self.turn(id, at)? else { return Ok(Fail) };
        if end == at && !bounds.optional {
            return Ok(Fail);
        }
        if let Some(group) = group {
            self.set_group(group, Some((at, end)));
        }
        self.stack.push(Frame::Lazy { step: id, at: end, count: count + 1 });
        Ok(Go(*next, end))
    }

    fn lazy_loop(&mut self, id: Id, at: usize) -> Next {
        let Some(Step::Again { counter, body, .. }) = self.program.steps.get(id) else {
            return Fail;
        };
        self.set_local(*counter, self.local(*counter) + 1);
        Go(*body, at)
    }
}
