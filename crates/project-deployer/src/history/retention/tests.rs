use proptest::prelude::*;

use super::*;
use crate::state::TaskId;

const HOUR: i64 = 3_600_000;

/// Entries of deployments, as a store lists them: by deployment, the newest first.
fn entries() -> impl Strategy<Value = Vec<HistoryListing>> {
    let status = prop::sample::select(vec![
        UpdateStatus::Success,
        UpdateStatus::Warning,
        UpdateStatus::Failed,
        UpdateStatus::Aborted,
    ]);
    let one = (0..3_u8, 0..100_i64, 0..3_u8, status);
    prop::collection::vec(one, 0..40).prop_map(|all| {
        let mut entries: Vec<_> = all.into_iter().map(entry).collect();
        let mut ids = std::collections::BTreeSet::new();
        entries.retain(|entry| ids.insert((entry.deployment.clone(), entry.history_id())));
        entries.sort_by_key(|entry| (entry.deployment.clone(), entry.history_id()));
        entries
    })
}

fn entry((deployment, hour, uid, status): (u8, i64, u8, UpdateStatus)) -> HistoryListing {
    let start = Timestamp::from_millis(hour * HOUR);
    HistoryListing {
        deployment: DeploymentId::parse(format!("d{deployment}")).unwrap(),
        start,
        task: TaskId(format!("{deployment}{uid}{hour}")),
        end: start,
        status,
        uid: uid_of(uid),
    }
}

/// The first one is that of an earlier version.
fn uid_of(number: u8) -> Option<DeploymentUid> {
    serde_json::from_value((number > 0).then(|| number.to_string()).into()).unwrap()
}

fn living() -> impl Strategy<Value = Vec<Living>> {
    let one = prop_oneof![
        Just(Living::None),
        Just(Living::Unknown),
        (0..3_u8).prop_map(|uid| Living::One(uid_of(uid))),
    ];
    prop::collection::vec(one, 3)
}

fn retention() -> impl Strategy<Value = HistoryRetention> {
    let age = prop::option::of(0..100_u64);
    (prop::option::of(0..10_usize), age).prop_map(|(per_deployment, hours)| HistoryRetention {
        per_deployment,
        age: hours.map(|hours| Duration::from_secs(hours * 3600)),
    })
}

fn now() -> Timestamp {
    Timestamp::from_millis(100 * HOUR)
}

fn of<'a>(living: &'a [Living], id: &DeploymentId) -> &'a Living {
    let number: usize = id.as_str()[1..].parse().unwrap();
    &living[number]
}

fn kept(
    entries: &[HistoryListing],
    living: &[Living],
    retention: HistoryRetention,
) -> Vec<HistoryListing> {
    let mut judge = Judge::new(retention, now());
    let stays = |entry: &&HistoryListing| judge.keeps(entry, |id| of(living, id).clone());
    entries.iter().filter(stays).cloned().collect()
}

fn is_success(entry: &HistoryListing) -> bool {
    matches!(entry.status, UpdateStatus::Success | UpdateStatus::Warning)
}

proptest! {
    #[test]
    fn what_goes_is_old_or_one_too_many_and_no_deployment_needs_it(
        entries in entries(), living in living(), retention in retention()
    ) {
        let kept = kept(&entries, &living, retention);
        for (number, entry) in entries.iter().enumerate() {
            let newer: Vec<_> =
                entries[..number].iter().filter(|it| it.deployment == entry.deployment).collect();
            let living = of(&living, &entry.deployment);
            let lives = living.may_be(entry.uid.as_ref());
            let newer_living: Vec<_> =
                newer.iter().filter(|it| living.may_be(it.uid.as_ref())).collect();
            let is_newest = newer_living.is_empty();
            let is_success = is_success(entry) && !newer_living.iter().any(|it| is_success(it));
            let hours = now().millis_since(entry.end) / 3_600_000;
            let is_old = retention.age.is_some_and(|age| hours > age.as_secs() / 3600);
            let is_one_too_many = retention.per_deployment.is_some_and(|most| newer.len() >= most);
            let goes = (is_old || is_one_too_many) && !(lives && (is_newest || is_success));
            prop_assert_eq!(kept.contains(entry), !goes, "{:?}", entry);
        }
    }

    #[test]
    fn what_stays_once_stays_in_the_next_round(
        entries in entries(), living in living(), retention in retention()
    ) {
        // A round that was interrupted is repeated from the beginning.
        let once = kept(&entries, &living, retention);
        prop_assert_eq!(&kept(&once, &living, retention), &once);
    }

    #[test]
    fn without_limits_everything_stays(entries in entries(), living in living()) {
        let for_ever = HistoryRetention::default().with_per_deployment(None);
        prop_assert_eq!(&kept(&entries, &living, for_ever), &entries);
    }
}

#[test]
fn by_default_updates_are_kept_for_ever_up_to_a_number() {
    let default = HistoryRetention::default();
    assert_eq!((default.per_deployment, default.age), (Some(10_000), None));
}

#[test]
fn an_entry_that_ends_in_the_future_is_not_old() {
    let future = HistoryListing {
        end: Timestamp::from_millis(1000 * HOUR),
        ..entry((0, 1, 0, UpdateStatus::Failed))
    };
    let none = HistoryRetention::default().with_age(Some(Duration::ZERO));
    assert_eq!(kept(std::slice::from_ref(&future), &[Living::None], none).len(), 1);
}
