//! Faults that a test orders.

mod gate;
mod plan;
mod script;
mod seed;
mod target;

use std::fmt;
use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};

pub use gate::Gate;
pub(crate) use plan::FaultPlan;
pub use script::FaultScript;
pub use seed::FaultSeed;
use target::Target;

/// A failure of calls to a node. It happens to every call, unless [`on`](Self::on) and [`times`](Self::times)
/// restrict it.
///
/// ```
/// use project_deployer_testkit::Fault;
/// let lost = Fault::reply_lost().on("POST", "/projects/*/bundles/imported/**").once();
/// let busy = Fault::busy(7).on("*", "**").times(2);
/// # let _ = (lost, busy);
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Fault {
    pub(crate) kind: Kind,
    pub(crate) moment: FaultPoint,
    target: Target,
    pub(crate) times: Option<u32>,
}

/// When a fault happens.
#[derive(Debug, Clone)]
pub(crate) enum FaultPoint {
    /// Before the node does anything.
    Before,
    /// While the node works; what it does is done once the gate is open.
    During(Gate),
    /// Once the operation has taken effect.
    After,
}

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// Another response than the node's.
    Answer(ReplacementAnswer),
    /// The connection is reset and nothing is answered.
    Reset,
    /// The connection carries bytes that are no HTTP.
    Garbage,
    /// It takes so long.
    Delay(Duration),
    /// It takes until the test opens the gate.
    Held(Gate),
    /// The connection closes in the middle of the body.
    Truncated,
    /// The body ends in the middle, as if it were complete.
    HalfBody,
    /// No body.
    NoBody,
    /// The body comes byte by byte, with so long before each.
    Dripping(Duration),
}

impl Kind {
    /// Whether the call only takes longer.
    pub(crate) fn waits(&self) -> bool {
        matches!(self, Self::Delay(_) | Self::Held(_))
    }

    pub(crate) async fn wait_out(&self) {
        match self {
            Self::Delay(by) => tokio::time::sleep(*by).await,
            Self::Held(gate) => gate.pass().await,
            Self::Answer(_)
            | Self::Reset
            | Self::Garbage
            | Self::Truncated
            | Self::HalfBody
            | Self::NoBody
            | Self::Dripping(_) => {}
        }
    }
}

/// A response instead of the node's.
#[derive(Clone, PartialEq)]
pub(crate) struct ReplacementAnswer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

/// Without its body.
impl fmt::Debug for ReplacementAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplacementAnswer").field("status", &self.status).finish_non_exhaustive()
    }
}

impl ReplacementAnswer {
    fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type", content_type.to_owned())];
        Self { status, headers, body: body.into() }
    }
}

impl Fault {
    fn new(kind: Kind) -> Self {
        Self { kind, moment: FaultPoint::Before, target: Target::default(), times: None }
    }

    fn replacement(replacement: ReplacementAnswer) -> Self {
        Self::new(Kind::Answer(replacement))
    }

    /// A status, with an error as the product writes it when the status is one.
    pub fn status(status: u16) -> Self {
        let reason = StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason());
        let message = reason.unwrap_or("Fault");
        let error = json!({"errorType": "FaultException", "message": message});
        let body = if status < 400 { json!({}) } else { error };
        Self::json(status, &body)
    }

    /// A status and a JSON body.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::replacement(ReplacementAnswer::new(status, "application/json", body.to_string()))
    }

    /// A status and a body of any type.
    pub fn body(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::replacement(ReplacementAnswer::new(status, content_type, body))
    }

    /// 429 with this number of seconds in `Retry-After`.
    pub fn busy(retry_after: u64) -> Self {
        let mut replacement = ReplacementAnswer::new(429, "application/json", "{}");
        replacement.headers.push(("retry-after", retry_after.to_string()));
        Self::replacement(replacement)
    }

    /// A page of a gateway instead of a response, with a status.
    pub fn html_page(status: u16) -> Self {
        let page = "<html><head><title>Gateway</title></head><body>Log in here</body></html>";
        Self::replacement(ReplacementAnswer::new(status, "text/html", page))
    }

    /// A redirect.
    pub fn redirect(to: impl Into<String>) -> Self {
        let mut replacement = ReplacementAnswer::new(302, "text/html", "");
        replacement.headers.push(("location", to.into()));
        Self::replacement(replacement)
    }

    /// A success whose body is an error.
    pub fn error_inside(message: &str) -> Self {
        Self::json(200, &json!({"errorType": "IllegalStateException", "message": message}))
    }

    /// A success that did nothing.
    pub fn pretended() -> Self {
        Self::json(200, &json!({}))
    }

    /// The connection is reset before the node has done anything.
    pub fn connection_reset() -> Self {
        Self::new(Kind::Reset)
    }

    /// The operation takes effect, and the connection is reset before it answers.
    pub fn reply_lost() -> Self {
        Self::connection_reset().after_effect()
    }

    /// The node waits before it does anything, until the test opens the gate.
    pub fn held_by(gate: &Gate) -> Self {
        Self::new(Kind::Held(gate.clone()))
    }

    /// The node waits for this time before it does anything. It does the operation even if the caller gives
    /// up.
    pub fn delay(by: Duration) -> Self {
        Self::new(Kind::Delay(by))
    }

    /// The operation takes effect, and the connection closes in the middle of the response.
    pub fn truncated() -> Self {
        Self::new(Kind::Truncated).after_effect()
    }

    /// The operation takes effect, and half of the JSON is the whole response.
    pub fn half_json() -> Self {
        Self::new(Kind::HalfBody).after_effect()
    }

    /// The operation takes effect, and the response is only its status.
    pub fn empty_body() -> Self {
        Self::new(Kind::NoBody).after_effect()
    }

    /// The operation takes effect, and the response arrives byte by byte, with a pause before each.
    pub fn dripping(pause: Duration) -> Self {
        Self::new(Kind::Dripping(pause)).after_effect()
    }

    /// Bytes that are no HTTP arrive instead of a response, before the node has done anything.
    pub fn garbage() -> Self {
        Self::new(Kind::Garbage)
    }

    /// Restricts the fault to a method and a path after the API prefix. `*` is any method and one segment,
    /// `**` at the end of a path any number of them.
    pub fn on(self, method: &str, path: impl Into<String>) -> Self {
        Self { target: Target::new(method, path), ..self }
    }

    /// The fault happens after the operation has taken effect, instead of the response.
    pub fn after_effect(self) -> Self {
        Self { moment: FaultPoint::After, ..self }
    }

    /// The caller gets the fault at once, and the operation takes effect when the test opens the gate. Reads
    /// before that do not see the effect.
    pub fn during_effect(self, gate: &Gate) -> Self {
        Self { moment: FaultPoint::During(gate.clone()), ..self }
    }

    /// Restricts the fault to the first call.
    pub fn once(self) -> Self {
        self.times(1)
    }

    /// Restricts the fault to this number of calls.
    pub fn times(self, times: u32) -> Self {
        Self { times: Some(times), ..self }
    }

    pub(crate) fn concerns(&self, method: &str, path: &str) -> bool {
        self.target.concerns(method, path)
    }
}
