//! Every step fails in every way.

use super::*;

#[test]
fn every_step_may_fail_in_every_way_and_be_repeated() {
    // R2, R4: each step in turn x {no effect, reply lost before and after the effect, death before
    // and after the call}.
    for plan in [plan(), full_plan()] {
        for mut start in [Node::default(), Node::with_project()] {
            start.running_webapps = ["board".to_owned()].into();
            let (_, events) = run(&plan, &mut start.clone(), []);
            for position in 0..steps(&events).len() {
                every_failure_of(&plan, &start, position);
            }
        }
    }
}

fn every_failure_of(plan: &UpdatePlan, start: &Node, position: usize) {
    let (_, whole) = run(plan, &mut start.clone(), []);
    let whole: BTreeSet<_> = steps(&whole).into_iter().collect();
    for fate in [Fate::Busy, Fate::LostBefore, Fate::LostAfter, Fate::DiesBefore, Fate::DiesAfter] {
        let mut node = start.clone();
        let fates = (0..=position).map(|n| if n == position { fate } else { Fate::Well });
        let (status, events) = run(plan, &mut node, fates);
        let log = lines(plan, &events);
        assert_eq!(status, UpdateStatus::Success, "{position} {fate:?} {log:#?}");
        assert_eq!(node.creations + node.imports, 1, "{position} {fate:?} {log:#?}");
        assert_eq!(node.activations, 1, "{position} {fate:?} {log:#?}");
        let taken: BTreeSet<_> = steps(&events).into_iter().collect();
        assert_eq!(taken, whole, "{position} {fate:?}: no step is left out {log:#?}");
    }
}
