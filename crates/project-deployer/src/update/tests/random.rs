//! Updates on nodes that fail at random.

use proptest::prelude::*;

use super::*;

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        6 => Just(Fate::Well),
        1 => Just(Fate::Busy),
        1 => Just(Fate::LostBefore),
        1 => Just(Fate::LostAfter),
        1 => Just(Fate::LandsLate),
        1 => Just(Fate::DiesBefore),
        1 => Just(Fate::DiesAfter),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn an_update_always_ends_does_nothing_twice_and_never_lies(
        fates in proptest::collection::vec(fate(), 0..40),
        there in any::<bool>(),
    ) {
        // R1, R4, R6
        let mut node = if there { Node::with_project() } else { Node::default() };
        node.running_webapps = ["board".to_owned()].into();
        let (status, _) = run(&full_plan(), &mut node, fates);
        prop_assert!(node.creations + node.imports <= 1);
        prop_assert!(node.activations <= 1);
        let complete = node.view.active == Some(plan().bundle.id)
            && node.others.contains(&Step::WriteVariables)
            && node.others.contains(&Step::SetUpScenarios)
            && node.others.contains(&Step::SetUpWebapps)
            && node.others.contains(&Step::RestartWebapps)
            && node.others.contains(&Step::MergeAuthorizedObjects);
        prop_assert!(status == UpdateStatus::Failed || complete, "a success that is none");
    }

    #[test]
    fn a_journal_in_any_order_never_panics(
        picks in proptest::collection::vec((0..Step::ALL.len(), 0..4_usize), 0..60),
    ) {
        let events: Vec<_> = picks.into_iter().map(|(step, kind)| {
            let step = Step::ALL[step];
            match kind {
                0 => UpdateEvent::StepStarted { at: now(), node: 0, step },
                1 => finished(step, StepOutcome::Seen { view: NodeView::default() }),
                2 => finished(step, StepOutcome::done()),
                _ => finished(step, StepOutcome::Ambiguous { reason: String::new(), retry_after_ms: Some(1) }),
            }
        }).collect();
        let _ = next(&plan(), &events);
        let written = serde_json::to_value(&events).unwrap();
        prop_assert_eq!(serde_json::from_value::<Vec<UpdateEvent>>(written).unwrap(), events);
    }
}
