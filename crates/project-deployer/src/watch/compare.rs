//! What an observation changes in the findings that are known.

use project_deployer_core::Timestamp;
use sha2::{Digest as _, Sha256};

use super::event::{WatchEvent, WatchEventKind};
use super::finding::{Finding, FindingSubject};
use super::ignore::{IgnoreRule, ignored_by};
use super::observation::{Observation, Seen};

/// In how many rounds, one after the other, something must not be there before its finding is resolved: what comes and goes
/// is one finding and not many (G9).
const ABSENT: u32 = 2;

/// How long a resolved finding is kept, in milliseconds: 30 days.
const KEPT: u64 = 30 * 24 * 3600 * 1000;

/// How many resolved findings of one record are kept, how many are open at most, and how many of those that rules ignore
/// beside them: a record is one document, and what is ignored takes the place of no other one.
const MOST_RESOLVED: usize = 1000;
const MOST_OPEN: usize = 2000;
const MOST_IGNORED: usize = 2000;

/// The findings after an observation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Compared {
    pub(crate) findings: Vec<Finding>,
    pub(crate) events: Vec<WatchEvent>,
    /// How many that were seen are not kept, since there are too many.
    pub(crate) left_out: usize,
}

/// What an observation changes.
///
/// What was seen opens a finding, or is seen once more. What was not there in two rounds is resolved. What could not be
/// observed stays as it is. Of what rules ignore, not more is kept than of the rest.
pub(crate) fn compare(
    known: &[Finding],
    observation: &Observation,
    rules: &[&IgnoreRule],
) -> Compared {
    let at = observation.at;
    let mut seen = observation.seen.clone();
    let mut compared = Compared::default();
    let (open, resolved): (Vec<_>, Vec<_>) = known.iter().cloned().partition(Finding::is_open);
    let mut still_open = Vec::with_capacity(open.len());
    let mut ended = resolved;
    for finding in open {
        let (finding, event) = match seen.remove(&finding.subject) {
            Some(seen) => seen_again(finding, seen, at),
            None if observation.is_unknown(&finding.subject) => (finding, None),
            None => not_there(finding, at),
        };
        compared.events.extend(event.map(|kind| WatchEvent::of_finding(kind, at, &finding)));
        if finding.is_open() { still_open.push(finding) } else { ended.push(finding) }
    }
    let is_ignored = |finding: &Finding| ignored_by(rules, finding, at).is_some();
    let mut ignored = still_open.iter().filter(|finding| is_ignored(finding)).count();
    for (subject, seen) in seen {
        let finding = opened(subject, seen, at);
        let is_ignored = is_ignored(&finding);
        let (kept, most) = match is_ignored {
            true => (ignored, MOST_IGNORED),
            false => (still_open.len().saturating_sub(ignored), MOST_OPEN),
        };
        if kept >= most {
            compared.left_out += 1;
            continue;
        }
        ignored += usize::from(is_ignored);
        compared.events.push(WatchEvent::of_finding(WatchEventKind::FindingOpened, at, &finding));
        still_open.push(finding);
    }
    ended.retain(|finding| {
        finding.resolved.is_some_and(|end| at <= end || at.millis_since(end) <= KEPT)
    });
    ended.sort_by_key(|finding| std::cmp::Reverse(finding.resolved));
    ended.truncate(MOST_RESOLVED);
    still_open.sort_by(|one, other| one.subject.cmp(&other.subject));
    compared.findings = still_open;
    compared.findings.append(&mut ended);
    compared
}

/// Resolves the findings of a subject at once: it is known that nothing is wrong with it.
pub(crate) fn resolve(known: &[Finding], subject: &FindingSubject, at: Timestamp) -> Compared {
    let mut compared = Compared { findings: known.to_vec(), ..Compared::default() };
    let open = compared.findings.iter_mut().filter(|it| it.is_open() && it.subject == *subject);
    for finding in open {
        finding.resolved = Some(at);
        let kind = WatchEventKind::FindingResolved;
        compared.events.push(WatchEvent::of_finding(kind, at, finding));
    }
    compared
}

fn seen_again(finding: Finding, seen: Seen, at: Timestamp) -> (Finding, Option<WatchEventKind>) {
    let Seen { severity, status, summary, details, fields } = seen;
    let is_other = finding.severity != severity || finding.status != status;
    let times_seen = finding.times_seen.saturating_add(1);
    let last_seen = at.max(finding.last_seen);
    let finding = Finding {
        severity,
        status,
        summary,
        details,
        fields,
        last_seen,
        times_seen,
        absent: 0,
        ..finding
    };
    (finding, is_other.then_some(WatchEventKind::FindingChanged))
}

fn not_there(finding: Finding, at: Timestamp) -> (Finding, Option<WatchEventKind>) {
    let absent = finding.absent.saturating_add(1);
    if absent < ABSENT {
        return (Finding { absent, ..finding }, None);
    }
    (Finding { absent, resolved: Some(at), ..finding }, Some(WatchEventKind::FindingResolved))
}

fn opened(subject: FindingSubject, seen: Seen, at: Timestamp) -> Finding {
    let Seen { severity, status, summary, details, fields } = seen;
    Finding {
        id: id_of(&subject, at),
        subject,
        severity,
        status,
        summary,
        details,
        fields,
        first_seen: at,
        last_seen: at,
        times_seen: 1,
        absent: 0,
        resolved: None,
        acknowledged: None,
        ignored: None,
        announced: false,
    }
}

/// The same subject at another time is another finding.
fn id_of(subject: &FindingSubject, at: Timestamp) -> String {
    let FindingSubject { kind, infra, deployment, node, name } = subject;
    let parts = [
        kind.as_str(),
        infra.as_ref().map_or("", |id| id.as_str()),
        deployment.as_ref().map_or("", |id| id.as_str()),
        node.as_deref().unwrap_or_default(),
        name.as_deref().unwrap_or_default(),
    ];
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.as_bytes());
        digest.update([0]);
    }
    digest.update(at.as_millis().to_be_bytes());
    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
