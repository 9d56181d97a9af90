use std::cell::RefCell;
use std::fmt::{Debug, Write as _};
use std::sync::Once;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Metadata, Subscriber};

thread_local! {
    /// What was said on this thread. A test has a thread of its own, and its runtime has no other.
    static SAID: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Hears all events and spans of all levels, from `tracing` and from `log`, on this thread.
pub(super) struct Ear(#[expect(dead_code, reason = "hears until it is dropped")] DefaultGuard);

impl Ear {
    pub(super) fn open() -> Self {
        static LOGGER: Once = Once::new();
        LOGGER.call_once(|| {
            log::set_logger(&Everything).unwrap();
            log::set_max_level(log::LevelFilter::Trace);
        });
        Self(tracing::subscriber::set_default(Everything))
    }

    /// What was said so far, in order.
    pub(super) fn said(&self) -> Vec<String> {
        SAID.with_borrow_mut(std::mem::take)
    }
}

struct Everything;

fn note(text: String) {
    // While a thread ends there is no listener.
    let _ = SAID.try_with(|said| said.borrow_mut().push(text));
}

impl log::Log for Everything {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        note(format!("{} {}", record.target(), record.args()));
    }

    fn flush(&self) {}
}

impl Subscriber for Everything {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut line = Line(span.metadata().name().to_owned());
        span.record(&mut line);
        note(line.0);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut line = Line(String::new());
        values.record(&mut line);
        note(line.0);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().target().to_owned());
        event.record(&mut line);
        note(line.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Writing to a text cannot fail.
        let _ = write!(self.0, " {field}={value:?}");
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let _ = write!(self.0, " {field}={value}");
    }
}
