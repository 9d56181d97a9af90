use std::collections::BTreeSet;

use super::RotationStep::*;
use super::*;

const STEPS: [RotationStep; 10] =
    [Identify, Clean, Create, Try, Switch, Wait, Confirm, Revoke, Restore, Abandon];
const OUTCOMES: [Outcome; 5] =
    [Outcome::Done, Outcome::Behind, Outcome::Denied, Outcome::Failed, Outcome::Gone];

/// A node and a store: what a rotation must never break.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct World {
    step: RotationStep,
    failures: u32,
    old_exists: bool,
    new_exists: bool,
    new_is_known: bool,
    /// The settings have the new key.
    switched: bool,
}

impl World {
    fn start() -> Self {
        Self {
            step: Identify,
            failures: 0,
            old_exists: true,
            new_exists: false,
            new_is_known: false,
            switched: false,
        }
    }

    /// The effect of a step, where it takes place.
    fn after_effect(mut self) -> Self {
        match self.step {
            Clean | Abandon => (self.new_exists, self.new_is_known) = (false, false),
            Create => self.new_exists = true,
            Switch => self.switched = true,
            Revoke => self.old_exists = false,
            Restore => self.switched = false,
            Identify | Try | Wait | Confirm => {}
        }
        self
    }

    fn is_locked_out(&self) -> bool {
        if self.switched { !self.new_exists || !self.new_is_known } else { !self.old_exists }
    }

    fn followed(mut self, outcome: Outcome) -> Option<Self> {
        if matches!(outcome, Outcome::Failed | Outcome::Behind) {
            self.failures += 1;
        }
        match next(self.step, outcome, self.failures) {
            Next::Step(step) => {
                // A key that was made is stored in the commit that names the next step.
                self.new_is_known |= self.step == Create && outcome == Outcome::Done;
                Some(Self { step, ..self })
            }
            // Another run begins without failures.
            Next::Pause => Some(Self { failures: 0, step: resumed(self.step), ..self }),
            Next::End(_) => None,
        }
    }
}

#[test]
fn no_node_is_locked_out_over_every_step_and_every_failure_and_every_restart() {
    // R2, R4: every world that can be reached is visited once.
    let mut open = vec![World::start()];
    let mut seen = BTreeSet::new();
    while let Some(world) = open.pop() {
        assert!(!world.is_locked_out(), "{world:?}");
        if !seen.insert(world.clone()) {
            continue;
        }
        // The process dies before or after the effect.
        let died = |world: World| World { step: resumed(world.step), failures: 0, ..world };
        open.push(died(world.clone()));
        open.push(died(world.clone().after_effect()));
        // An answer that was lost: with and without the effect.
        open.extend(world.clone().after_effect().followed(Outcome::Failed));
        for outcome in OUTCOMES {
            let done = outcome == Outcome::Done;
            let world = if done { world.clone().after_effect() } else { world.clone() };
            assert!(!world.is_locked_out(), "{world:?} after {outcome:?}");
            open.extend(world.followed(outcome));
        }
    }
    let reached: BTreeSet<_> = seen.iter().map(|world| world.step).collect();
    assert_eq!(reached.len(), STEPS.len(), "{reached:?}");
    assert!(seen.iter().any(|world| !world.old_exists), "the old key is revoked in some of them");
}

#[test]
fn the_old_key_is_revoked_only_after_the_new_one_was_confirmed() {
    for step in STEPS {
        for outcome in OUTCOMES {
            for failures in 0..=MOST_FAILURES {
                let revokes = next(step, outcome, failures) == Next::Step(Revoke);
                let confirmed = step == Confirm && outcome == Outcome::Done;
                let again = step == Revoke && failures < MOST_FAILURES;
                assert!(!revokes || confirmed || again, "{step:?} {outcome:?} {failures}");
            }
        }
    }
}

#[test]
fn a_create_whose_answer_is_lost_is_followed_by_a_search_for_what_it_made() {
    assert_eq!(next(Create, Outcome::Failed, 1), Next::Step(Clean));
    assert_eq!(next(Create, Outcome::Failed, MOST_FAILURES), Next::Step(Abandon));
    assert_eq!(resumed(Create), Clean);
}

#[test]
fn a_run_ends_after_a_bounded_number_of_steps_whatever_fails() {
    let mut worlds = BTreeSet::from([World::start()]);
    for _ in 0..60 {
        let all = worlds.iter().flat_map(|world| {
            OUTCOMES.into_iter().filter_map(|outcome| {
                let failures = world.failures;
                let failed = matches!(outcome, Outcome::Failed | Outcome::Behind);
                match next(world.step, outcome, failures + u32::from(failed)) {
                    Next::Step(step) => Some(World {
                        step,
                        failures: failures + u32::from(failed),
                        ..World::start()
                    }),
                    Next::Pause | Next::End(_) => None,
                }
            })
        });
        worlds = all.collect();
    }
    assert_eq!(worlds.len(), 0, "{worlds:?}");
}
