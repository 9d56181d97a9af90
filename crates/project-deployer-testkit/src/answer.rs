//! How a node answers: error envelope, message lists, long tasks (wire-facts 1.6 to 1.9).

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// An answer that is an error (wire-facts 1.7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) error_type: &'static str,
    pub(crate) code: Option<&'static str>,
    pub(crate) message: String,
}

pub(crate) type Answer<T> = Result<T, Refusal>;

impl Refusal {
    fn new(status: StatusCode, error_type: &'static str, message: impl Into<String>) -> Self {
        Self { status, error_type, code: None, message: message.into() }
    }

    /// No or bad credentials.
    pub(crate) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "UnauthorizedException", message)
    }

    /// Not allowed.
    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "ForbiddenException", message)
    }

    /// No such thing.
    pub(crate) fn not_found(what: &str, id: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "com.dataiku.dip.server.controllers.NotFoundException",
            format!("{what} not found: {id}"),
        )
    }

    /// The request cannot be carried out as it is.
    pub(crate) fn illegal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "IllegalArgumentException", message)
    }

    /// The route has other methods.
    pub(crate) fn wrong_method(message: impl Into<String>) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowedException", message)
    }

    /// Another caller has saved it since it was read.
    pub(crate) fn changed_since(path: &str) -> Self {
        let message = format!("{path} has changed since it was read");
        Self::new(StatusCode::PRECONDITION_FAILED, "PreconditionFailedException", message)
    }

    /// The node failed.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "IOException", message)
    }

    /// With a documented error code.
    pub(crate) fn with_code(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }

    /// Some releases hide what is missing behind an internal error (docs/product.md#quirks).
    pub(crate) fn into_internal_error(self) -> Self {
        if self.status == StatusCode::NOT_FOUND { Self::internal(self.message) } else { self }
    }

    pub(crate) fn to_json(&self) -> Value {
        let mut envelope = json!({
            "errorType": self.error_type,
            "message": self.message,
            "detailedMessage": self.message,
        });
        if let Some(code) = self.code {
            envelope["code"] = json!(code);
        }
        envelope
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut answer = (self.status, Json(self.to_json())).into_response();
        // The entry may have to answer it in another way.
        answer.extensions_mut().insert(self);
        answer
    }
}

/// One message of a report (wire-facts 1.8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) severity: Severity,
    pub(crate) code: &'static str,
    pub(crate) title: &'static str,
    pub(crate) message: String,
}

/// How bad a message is. Errors of the mock are always fatal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    Warning,
    Error,
}

impl Severity {
    fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
        }
    }
}

impl Message {
    pub(crate) fn warning(code: &'static str, title: &'static str, message: String) -> Self {
        Self { severity: Severity::Warning, code, title, message }
    }

    pub(crate) fn fatal(code: &'static str, title: &'static str, message: String) -> Self {
        Self { severity: Severity::Error, code, title, message }
    }

    pub(crate) fn is_warning(&self) -> bool {
        self.severity == Severity::Warning
    }

    fn to_json(&self) -> Value {
        json!({
            "severity": self.severity.as_str(),
            "isFatal": self.severity == Severity::Error,
            "code": self.code,
            "title": self.title,
            "message": self.message,
            "details": "",
        })
    }
}

/// Whether a message stops the operation.
pub(crate) fn any_fatal(messages: &[Message]) -> bool {
    messages.iter().any(|message| message.severity == Severity::Error)
}

/// A message list with its flags.
pub(crate) fn report(messages: &[Message]) -> Value {
    let worst = messages.iter().map(|message| message.severity).max();
    let fatal = any_fatal(messages);
    let list: Vec<Value> = messages.iter().map(Message::to_json).collect();
    let warning = messages.iter().any(|message| message.severity == Severity::Warning);
    let mut report = json!({
        "anyMessage": !messages.is_empty(),
        "success": false,
        "warning": warning,
        "error": fatal,
        "fatal": fatal,
        "messages": list,
    });
    if let Some(worst) = worst {
        report["maxSeverity"] = json!(worst.as_str());
    }
    report
}

/// A task that was done at once.
pub(crate) fn done_at_once(result: &Value) -> Value {
    json!({
        "hasResult": true,
        "aborted": false,
        "alive": false,
        "unknown": false,
        "startTime": 0,
        "runningTime": 0,
        "result": result,
    })
}

/// What simple changes answer.
pub(crate) fn reported(message: impl Into<String>) -> Value {
    json!({"msg": message.into()})
}
