//! Steps that repeat: one character, an atom, or a group in either of Java's two ways.

use super::ast::{Bounds, Mode};
use super::machine::Next::{self, Fail, Go};
use super::machine::{Frame, Machine};
use super::program::{Id, Step};
use super::search::Stop;

impl Machine<'_> {
    pub(super) fn many(
        &mut self,
        set: usize,
        bounds: Bounds,
        next: Id,
        at: usize,
    ) -> Result<Next, Stop> {
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
    pub(super) fn turn(&mut self, id: Id, at: usize) -> Result<Option<usize>, Stop> {
        match self.program.steps.get(id) {
            Some(Step::Many { set, .. }) => {
                self.spend(1)?;
                Ok(self.one(*set, at))
            }
            Some(Step::Repeat { atom, .. } | Step::Turns { atom, .. }) => self.run(*atom, at),
            _ => Ok(None),
        }
    }

    pub(super) fn repeat(
        &mut self,
        id: Id,
        bounds: Bounds,
        next: Id,
        at: usize,
    ) -> Result<Next, Stop> {
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
    pub(super) fn turns(
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

    pub(super) fn enter(&mut self, id: Id, at: usize) -> Next {
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
    pub(super) fn again(&mut self, id: Id, at: usize) -> Next {
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

    pub(super) fn lazy(&mut self, id: Id, at: usize, count: u32) -> Result<Next, Stop> {
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

    pub(super) fn lazy_loop(&mut self, id: Id, at: usize) -> Next {
        let Some(Step::Again { counter, body, .. }) = self.program.steps.get(id) else {
            return Fail;
        };
        self.set_local(*counter, self.local(*counter) + 1);
        Go(*body, at)
    }
}
