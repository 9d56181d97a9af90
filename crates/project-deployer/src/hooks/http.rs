use std::time::Duration;

use bytes::Bytes;
use project_deployer_client::{HookPost, HookReply, HookSender, NodeErrorKind, Retry};
use project_deployer_core::NodeAddress;
use tokio::time::sleep;

use super::host::HookDelivery;
use super::outcome::HookOutcome;
use super::signature::headers;

/// The pause before the first repetition; each further one is twice as long.
const PAUSE: Duration = Duration::from_secs(1);

/// Calls an HTTP hook. A call that may have arrived is repeated all the same: its key is the same at every attempt, so
/// that a receiver recognises it. An answer that decides is final.
pub(super) async fn run(
    sender: &dyn HookSender,
    url: &NodeAddress,
    trust_all_certificates: bool,
    delivery: &HookDelivery<'_>,
) -> HookOutcome {
    let Some(secret) = delivery.secret else {
        return HookOutcome::error(
            "the infrastructure has no `secret` for it any more, so that its call cannot be signed; write one",
        );
    };
    let body = Bytes::from(delivery.call.payload.to_string());
    let mut post = HookPost::new(url.clone(), body.clone());
    post.trust_all_certificates = trust_all_certificates;
    post.headers = headers(secret, &delivery.call.key, delivery.at, &body);
    let mut pause = PAUSE;
    for attempt in 1.. {
        let is_last = attempt >= Retry::MOST_ATTEMPTS;
        match verdict(sender.post(&post).await) {
            Verdict::Final(outcome) => return outcome,
            Verdict::Again(outcome) if is_last => return outcome,
            Verdict::Again(_) => sleep(pause).await,
        }
        pause *= 2;
    }
    HookOutcome::error("it was not called")
}

/// What an answer means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Final(HookOutcome),
    /// Another attempt may help.
    Again(HookOutcome),
}

pub(super) fn verdict(answer: Result<HookReply, NodeErrorKind>) -> Verdict {
    let reply = match answer {
        Ok(reply) => reply,
        Err(kind) => {
            let outcome = HookOutcome::error(kind.to_string());
            let is_passing =
                matches!(kind, NodeErrorKind::Unreachable | NodeErrorKind::Interrupted);
            return if is_passing { Verdict::Again(outcome) } else { Verdict::Final(outcome) };
        }
    };
    let status = reply.status;
    match status {
        200..=299 => Verdict::Final(HookOutcome::read(&reply.body).unwrap_or_else(|| {
            HookOutcome::error(format!(
                "it answered {status} with something that is no result: it has to be empty, or an object with \
                 `status` and `message`"
            ))
        })),
        429 | 502..=504 => Verdict::Again(HookOutcome::error(format!("it answered {status}"))),
        300..=399 => Verdict::Final(HookOutcome::error(format!(
            "it answered {status}; redirects are not followed: write the address that it leads to"
        ))),
        _ => {
            // A refusal may say why in the same form.
            let said = HookOutcome::read(&reply.body).map(|it| it.message);
            let said = said.filter(|text| !text.is_empty());
            let said = said.map(|text| format!(": {text}")).unwrap_or_default();
            Verdict::Final(HookOutcome::error(format!("it answered {status}{said}")))
        }
    }
}
