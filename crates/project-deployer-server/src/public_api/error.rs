use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use project_deployer::DeployerError;
use project_deployer::core::Problems;
use serde::Serialize;

use crate::authenticator::AuthenticationError;
use crate::operations::{Refused, seconds};

/// An answer that is an error, in the product's envelope (wire-facts 1.7).
#[derive(Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    error_type: &'static str,
    code: &'static str,
    message: String,
    /// When to try again.
    after: Option<Duration>,
}

/// The envelope. `code` is ours: a stable id for programs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    error_type: &'a str,
    message: &'a str,
    detailed_message: &'a str,
    code: &'a str,
}

const NOT_FOUND: &str = "com.dataiku.dip.server.controllers.NotFoundException";
const ILLEGAL_ARGUMENT: &str = "IllegalArgumentException";

impl ApiError {
    fn new(
        status: StatusCode,
        error_type: &'static str,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self { status, error_type, code, message: message.into(), after: None }
    }

    /// What happened, and what to do.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// The request cannot be read.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, ILLEGAL_ARGUMENT, "request-malformed", message)
    }

    /// The body is longer than the service takes.
    pub(super) fn too_large(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, ILLEGAL_ARGUMENT, "request-too-large", message)
    }

    /// All memory for bodies is in use.
    pub(super) fn busy() -> Self {
        let text = "the Deployer reads too many bodies at once; try again";
        let status = StatusCode::SERVICE_UNAVAILABLE;
        let error = Self::new(status, "IOException", "service-busy", text);
        Self { after: Some(Duration::from_secs(1)), ..error }
    }

    /// The caller asks too often.
    fn too_many(code: &'static str, what: &str, after: Duration) -> Self {
        let text = format!("{what}; try again in {} s", seconds(after));
        let status = StatusCode::TOO_MANY_REQUESTS;
        let error = Self::new(status, "TooManyRequestsException", code, text);
        Self { after: Some(after), ..error }
    }

    /// There is no such route.
    pub(super) fn no_route() -> Self {
        let text = "this Deployer has no such API route; check the path of the request";
        Self::new(StatusCode::NOT_FOUND, NOT_FOUND, "route-unknown", text)
    }

    /// The route has other methods.
    pub(super) fn wrong_method() -> Self {
        let text = "this API route has other methods; check the method of the request";
        let status = StatusCode::METHOD_NOT_ALLOWED;
        Self::new(status, "MethodNotAllowedException", "method-not-allowed", text)
    }

    /// What the product does, and a Deployer of this project does not.
    pub(super) fn not_served(what: &str, fix: &str) -> Self {
        let text = format!("it is not possible {what}: this Deployer does not do that; {fix}");
        Self::new(StatusCode::NOT_IMPLEMENTED, "NotSupportedException", "not-served", text)
    }

    /// What needs a source of users, of which this Deployer has none (wire-facts 5.4).
    pub(super) fn supplier_off(source: &str) -> Self {
        let text = format!(
            "the source of users {source} is not enabled: this Deployer reads none; create its users and groups by \
             their own calls"
        );
        Self::new(StatusCode::BAD_REQUEST, ILLEGAL_ARGUMENT, "supplier-off", text)
    }

    /// An object that does not exist for the caller, by an id that breaks the rule of its kind: no object has it.
    pub(super) fn not_found(kind: &'static str, id: &str) -> Self {
        DeployerError::not_found(kind, id).into()
    }

    /// A task whose update failed.
    pub(super) fn failed_future(reason: &str) -> Self {
        let text = format!("the update failed: {reason}");
        Self::new(StatusCode::BAD_REQUEST, "UpdateFailedException", "update-failed", text)
    }

    /// The caller may not do this from a page of another site.
    pub(super) fn cross_site() -> Self {
        let text = "the request comes from a page of another site; this API takes no such changes";
        Self::new(StatusCode::FORBIDDEN, "ForbiddenException", "cross-site", text)
    }

    /// The user on whose behalf an administrator asks is unknown or disabled: the credentials are good.
    pub(super) fn impersonation(error: DeployerError) -> Self {
        match error {
            DeployerError::LoginUnknown(_) | DeployerError::LoginDisabled(_) => Self {
                status: StatusCode::FORBIDDEN,
                error_type: "ForbiddenException",
                ..Self::from(error)
            },
            other => other.into(),
        }
    }

    /// A task that is not known (wire-facts 1.7).
    pub(super) fn unknown_future(error: DeployerError) -> Self {
        match error {
            DeployerError::NotFound(_) => Self {
                status: StatusCode::BAD_REQUEST,
                error_type: ILLEGAL_ARGUMENT,
                ..Self::from(error)
            },
            other => other.into(),
        }
    }
}

/// An error and its causes. Many errors repeat their cause in their own text: it is written once.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    for cause in std::iter::successors(error.source(), |cause| (*cause).source()) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}

/// The status and the Java class of an error, by its meaning.
fn meaning(error: &DeployerError) -> (StatusCode, &'static str) {
    match error {
        DeployerError::NotFound(_) => (StatusCode::NOT_FOUND, NOT_FOUND),
        DeployerError::KeyUnknown
        | DeployerError::PasswordWrong
        | DeployerError::SessionEnded
        | DeployerError::LoginUnknown(_)
        | DeployerError::LoginDisabled(_) => (StatusCode::UNAUTHORIZED, "UnauthorizedException"),
        DeployerError::Forbidden(_) | DeployerError::Denied(_) => {
            (StatusCode::FORBIDDEN, "ForbiddenException")
        }
        DeployerError::AlreadyExists(_)
        | DeployerError::InUse { .. }
        | DeployerError::Invalid { .. }
        | DeployerError::Stage(_)
        | DeployerError::Bundle { .. }
        | DeployerError::NotPossible { .. }
        | DeployerError::Refused { .. }
        | DeployerError::ProjectBusy { .. } => (StatusCode::BAD_REQUEST, ILLEGAL_ARGUMENT),
        DeployerError::ChangedMeanwhile(_) | DeployerError::UpdateRunning { .. } => {
            (StatusCode::CONFLICT, "ConflictException")
        }
        DeployerError::UpdateEnded { .. } => (StatusCode::BAD_REQUEST, ILLEGAL_ARGUMENT),
        DeployerError::InMaintenance { .. }
        | DeployerError::OutsideWindow { .. }
        | DeployerError::ManagedByFleet { .. }
        | DeployerError::Quarantined { .. } => (StatusCode::CONFLICT, "ConflictException"),
        DeployerError::ShuttingDown => (StatusCode::SERVICE_UNAVAILABLE, "IOException"),
        DeployerError::Node(_) | DeployerError::Fleet { .. } => {
            (StatusCode::BAD_GATEWAY, "IOException")
        }
        DeployerError::State { .. } => (StatusCode::SERVICE_UNAVAILABLE, "IOException"),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "IOException"),
    }
}

impl From<DeployerError> for ApiError {
    fn from(error: DeployerError) -> Self {
        let (status, error_type) = meaning(&error);
        let mut message = error.to_string();
        match &error {
            // Why a node did not answer is what the caller has to know.
            DeployerError::Node(_) | DeployerError::Fleet { .. } => {
                message = with_causes(&error);
            }
            // The inside of the store is for the log alone.
            DeployerError::State { .. } | DeployerError::ArchiveDamaged { .. } => {
                let reason: &dyn std::error::Error = &error;
                tracing::error!(error = reason, "a request failed");
            }
            _ => {}
        }
        Self::new(status, error_type, error.code(), message)
    }
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Authentication(error) => error.into(),
            Refused::Logins(after) => {
                Self::too_many("too-many-failed-logins", "there were too many failed logins", after)
            }
            Refused::Rate(after) => {
                Self::too_many("too-many-requests", "this key sends too many requests", after)
            }
        }
    }
}

impl From<AuthenticationError> for ApiError {
    fn from(error: AuthenticationError) -> Self {
        match error {
            AuthenticationError::Refused(error) => error.into(),
            other => Self::new(
                StatusCode::UNAUTHORIZED,
                "UnauthorizedException",
                "credentials-missing",
                other.to_string(),
            ),
        }
    }
}

impl From<Problems> for ApiError {
    fn from(problems: Problems) -> Self {
        let text = problems.to_string();
        Self::new(StatusCode::BAD_REQUEST, ILLEGAL_ARGUMENT, "document-invalid", text)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let envelope = Envelope {
            error_type: self.error_type,
            message: &self.message,
            detailed_message: &self.message,
            code: self.code,
        };
        let mut response = (self.status, Json(envelope)).into_response();
        if let Some(after) = self.after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds(after).into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            // Not `Basic`: a browser would ask for a key, keep it, and send it from pages of other sites.
            let challenge = HeaderValue::from_static("Bearer realm=\"deployer\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    use project_deployer::client::{NodeError, NodeErrorKind};

    use super::*;

    /// The codes of the service itself, as its source has them.
    fn own_codes() -> BTreeSet<String> {
        let source = include_str!("error.rs");
        let (source, _) = source.split_once("#[cfg(test)]").unwrap();
        let words = source.split('"').skip(1).step_by(2);
        let is_code = |word: &&str| {
            word.contains('-') && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        };
        words.filter(is_code).map(str::to_owned).collect()
    }

    #[test]
    fn the_page_of_errors_has_every_code_of_the_service() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors.md");
        let page = std::fs::read_to_string(page).unwrap();
        let (_, section) = page.split_once("\n## Errors of the service\n").unwrap();
        let rows = section.lines().filter_map(|line| {
            let mut cells = line.strip_prefix("| `")?.split('|').map(str::trim);
            let code = cells.next()?.trim_end_matches('`').to_owned();
            Some((code, cells.next()?.to_owned()))
        });
        let rows: BTreeMap<_, _> = rows.collect();
        let mut codes = own_codes();
        assert!(
            codes.contains("too-many-requests") && codes.contains("route-unknown"),
            "{codes:?}"
        );
        codes.extend(DeployerError::CODES.iter().map(|code| (*code).to_owned()));
        assert_eq!(rows.keys().cloned().collect::<BTreeSet<_>>(), codes);
        for error in [
            DeployerError::KeyUnknown,
            DeployerError::ShuttingDown,
            DeployerError::not_possible("a", "b"),
            DeployerError::not_found("user", "x"),
            DeployerError::Denied(String::new()),
            DeployerError::ProjectBusy { project: "P".to_owned(), holder: "p1".to_owned() },
            DeployerError::state("x", "y"),
        ] {
            let (status, _) = meaning(&error);
            assert_eq!(rows[error.code()], status.as_str(), "{}", error.code());
        }
    }

    #[test]
    fn a_cause_is_written_once() {
        let cause = std::io::Error::other("connection refused");
        let kind = NodeErrorKind::Malformed("connection refused".to_owned());
        let error = NodeError::new("prod", "read users", kind).caused_by(cause);
        let text = with_causes(&DeployerError::Node(error));
        assert_eq!(text.matches("connection refused").count(), 1, "{text}");
        let cause = std::io::Error::other("no route");
        let error =
            NodeError::new("prod", "read users", NodeErrorKind::Unreachable).caused_by(cause);
        let text = with_causes(&DeployerError::Node(error));
        assert!(text.ends_with(": no route"), "{text}");
    }
}
