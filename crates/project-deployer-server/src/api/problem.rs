//! Errors as problems (RFC 9457), with one table of codes and statuses.

use axum::Json;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use project_deployer::DeployerError;
use project_deployer::core::{IdentifierError, Problems};
use serde::Serialize;
use std::error::Error as _;
use utoipa::ToSchema;

use super::codes::{self, Code};
use crate::authenticator::AuthenticationError;
use crate::operations::{Full, Refused, seconds};

/// What the type of a problem begins with; its code follows. Each code is in docs/problems.md.
pub(crate) const TYPE: &str = "urn:project-deployer:problem:";

/// An answer that is an error.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) code: &'static Code,
    detail: String,
    fix: Option<String>,
    fields: Vec<FieldProblem>,
    headers: Vec<(header::HeaderName, HeaderValue)>,
}

/// An error, as problem details (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProblemDocument {
    /// A stable URI: `urn:project-deployer:problem:` and the code.
    r#type: String,
    /// What kind of problem it is, in words.
    title: &'static str,
    /// The status of the answer.
    status: u16,
    /// What happened, and to which object.
    detail: String,
    /// A stable id for programs.
    code: &'static str,
    /// The first field that is wrong, if one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// What to do.
    fix: String,
    /// All fields that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<FieldProblem>,
    /// The id of the request, which the log of the service names.
    request_id: String,
}

/// A field that is wrong.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FieldProblem {
    /// The path of the field.
    field: String,
    /// What is wrong.
    detail: String,
    /// What to do.
    fix: String,
}

impl Problem {
    pub(crate) fn new(code: &str, detail: impl Into<String>) -> Self {
        Self {
            code: codes::of(code),
            detail: detail.into(),
            fix: None,
            fields: Vec::new(),
            headers: Vec::new(),
        }
    }

    pub(crate) fn with_fix(self, fix: impl Into<String>) -> Self {
        Self { fix: Some(fix.into()), ..self }
    }

    /// A document with mistakes: the field, what is wrong, and what to do, for each.
    pub(crate) fn mistakes(
        detail: impl Into<String>,
        fields: impl IntoIterator<Item = (String, String, String)>,
    ) -> Self {
        let fields = fields.into_iter();
        let fields = fields.map(|(field, detail, fix)| FieldProblem { field, detail, fix });
        Self { fields: fields.collect(), ..Self::new("document-invalid", detail) }
            .with_fix("correct the fields")
    }

    pub(crate) fn with_header(mut self, name: header::HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// A value of the request that cannot be read.
    pub(crate) fn field(name: &str, detail: impl Into<String>, fix: &str) -> Self {
        let (detail, fix) = (detail.into(), fix.to_owned());
        let field = FieldProblem { field: name.to_owned(), detail: detail.clone(), fix };
        let text = format!("`{name}`: {detail}");
        Self { fields: vec![field.clone()], ..Self::new("request-malformed", text) }
            .with_fix(field.fix)
    }

    pub(crate) fn identifier(name: &str, error: &IdentifierError) -> Self {
        Self::field(name, error.to_string(), "send an id that keeps the rule")
    }

    /// An object that does not exist for the caller, by an id that breaks the rule of its kind: no object has it.
    pub(crate) fn not_found(kind: &'static str, id: &str) -> Self {
        DeployerError::not_found(kind, id).into()
    }

    pub(crate) fn no_route() -> Self {
        Self::new("route-unknown", "this API has no such route")
            .with_fix("check the path; /api/v1/openapi.json lists all routes")
    }

    pub(crate) fn wrong_method() -> Self {
        Self::new("method-not-allowed", "this route has other methods")
            .with_fix("check the method; /api/v1/openapi.json lists all of them")
    }

    pub(crate) fn document(&self, request_id: &str) -> ProblemDocument {
        // Texts of the engine end with what to do.
        let (what, fix) = match (&self.fix, self.detail.rsplit_once("; ")) {
            (Some(fix), _) => (self.detail.as_str(), fix.clone()),
            (None, Some((what, fix))) => (what, fix.to_owned()),
            (None, None) => (self.detail.as_str(), self.code.fix.to_owned()),
        };
        ProblemDocument {
            r#type: format!("{TYPE}{}", self.code.code),
            title: self.code.title,
            status: self.code.status,
            detail: what.to_owned(),
            code: self.code.code,
            field: self.fields.first().map(|field| field.field.clone()),
            fix,
            fields: self.fields.clone(),
            request_id: request_id.to_owned(),
        }
    }

    /// The answer, with the id of its request.
    pub(crate) fn rendered(&self, request_id: &str) -> Response {
        let mut response = (self.status(), Json(self.document(request_id))).into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, kind);
        for (name, value) in &self.headers {
            headers.insert(name.clone(), value.clone());
        }
        if self.status() == StatusCode::UNAUTHORIZED {
            // Not `Basic`: a browser would ask for a key, keep it, and send it from pages of other sites.
            let challenge = HeaderValue::from_static("Bearer realm=\"deployer\"");
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }

    /// What happened, and what to do.
    pub(crate) fn text(&self) -> &str {
        &self.detail
    }

    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<DeployerError> for Problem {
    fn from(error: DeployerError) -> Self {
        let code = match &error {
            DeployerError::Stage(stage) => stage.code(),
            other => other.code(),
        };
        let mut text = error.to_string();
        match &error {
            DeployerError::Invalid { problems, .. } => {
                return Self { fields: fields(problems), ..Self::new(code, text) }
                    .with_fix("correct the fields");
            }
            // Why a node did not answer is what the caller has to know.
            DeployerError::Node(_) | DeployerError::Fleet { .. } => {
                let causes = std::iter::successors(error.source(), |cause| (*cause).source());
                causes.for_each(|cause| text.push_str(&format!(": {cause}")));
            }
            // The inside of the store is for the log alone.
            DeployerError::State { .. } | DeployerError::ArchiveDamaged { .. } => {
                let reason: &dyn std::error::Error = &error;
                tracing::error!(error = reason, "a request failed");
            }
            _ => {}
        }
        Self::new(code, text)
    }
}

impl From<Problems> for Problem {
    fn from(problems: Problems) -> Self {
        Self { fields: fields(&problems), ..Self::new("document-invalid", problems.to_string()) }
            .with_fix("correct the fields")
    }
}

fn fields(problems: &Problems) -> Vec<FieldProblem> {
    let field = |problem: &project_deployer::core::Problem| FieldProblem {
        field: problem.path.clone(),
        detail: problem.what.clone(),
        fix: problem.hint.clone(),
    };
    problems.iter().map(field).collect()
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let (code, detail, after) = match refused {
            Refused::Authentication(error) => return error.into(),
            Refused::Logins(after) => {
                ("too-many-failed-logins", "there were too many failed logins", after)
            }
            Refused::Rate(after) => {
                ("too-many-requests", "this caller sends too many requests", after)
            }
        };
        let seconds = seconds(after);
        Self::new(code, detail)
            .with_fix(format!("try again in {seconds} s"))
            .with_header(header::RETRY_AFTER, HeaderValue::from(seconds))
    }
}

impl From<Full> for Problem {
    fn from(full: Full) -> Self {
        let (code, detail, after) = match full {
            Full::OfOne => ("too-many-at-once", "this caller has too many of these at once", "10"),
            Full::All => ("service-busy", "all callers together have too many of these", "1"),
        };
        Self::new(code, detail).with_header(header::RETRY_AFTER, HeaderValue::from_static(after))
    }
}

impl From<AuthenticationError> for Problem {
    fn from(error: AuthenticationError) -> Self {
        match error {
            AuthenticationError::Refused(error) => error.into(),
            AuthenticationError::Missing => {
                Self::new("credentials-missing", "the request has no session and no API key")
                    .with_fix("sign in, or send an API key as a bearer token")
            }
        }
    }
}

impl IntoResponse for Problem {
    /// The layer that knows the id of the request renders it.
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status();
        response.extensions_mut().insert(self);
        response
    }
}
