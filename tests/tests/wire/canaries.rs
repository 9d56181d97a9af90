//! R13: hundreds of secrets go through calls that succeed and that fail in every way that we know, with
//! a listener for all logs and errors meanwhile. None of them contains a secret.

mod ear;
mod fleets;
mod nodes;
mod settings;
mod states;
mod updates;

use std::fmt::Debug;

use project_deployer_tests::Canary;

use ear::Ear;

/// What was said and shown while secrets were about.
struct Heard {
    ear: Ear,
    shown: String,
    secrets: usize,
}

impl Heard {
    fn listening() -> Self {
        Self { ear: Ear::open(), shown: String::new(), secrets: 0 }
    }

    /// A secret that was not used before.
    fn secret(&mut self) -> String {
        self.secrets += 1;
        Canary::numbered(self.secrets)
    }

    /// Notes all that can be read of a value.
    fn show(&mut self, value: &impl Debug) {
        self.shown.push_str(&format!("{value:?}\n{value:#?}\n"));
    }

    /// The same of an error, its causes included.
    fn show_error(&mut self, error: &(dyn std::error::Error + 'static)) {
        let mut cause = Some(error);
        while let Some(error) = cause {
            self.shown.push_str(&format!("{error}\n{error:#}\n{error:?}\n{error:#?}\n"));
            cause = error.source();
        }
    }

    /// The same of how a call ended; returns whether it succeeded.
    fn show_outcome<T: Debug>(
        &mut self,
        outcome: &Result<T, impl std::error::Error + 'static>,
    ) -> bool {
        match outcome {
            Ok(answer) => self.show(answer),
            Err(error) => self.show_error(error),
        }
        outcome.is_ok()
    }

    /// Nothing was given away, of at least so many secrets; and it would have been found.
    fn assert_nothing_given_away(self, least: usize) {
        assert!(self.secrets >= least, "{} secrets", self.secrets);
        assert!(self.shown.len() > 1_000, "{} bytes were shown", self.shown.len());
        tracing::trace!(planted = Canary::numbered(0), "a secret");
        log::trace!("{}", Canary::numbered(0));
        let mut said = self.ear.said();
        let planted = [said.pop(), said.pop()];
        assert!(planted.iter().flatten().all(|line| Canary::is_in(line)), "{planted:?}");
        for text in said.iter().map(String::as_str).chain(self.shown.lines()) {
            assert!(!Canary::is_in(text), "{text}");
        }
    }
}
