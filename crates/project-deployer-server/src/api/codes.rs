//! Every code of a problem, with its one status.

/// A kind of problem.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Code {
    pub(crate) code: &'static str,
    pub(crate) status: u16,
    pub(crate) title: &'static str,
    /// What to do, where the problem itself does not say more.
    pub(crate) fix: &'static str,
}

const fn code(code: &'static str, status: u16, title: &'static str, fix: &'static str) -> Code {
    Code { code, status, title, fix }
}

/// All of them, by status.
pub(crate) static CODES: [Code; 55] = [
    code("request-malformed", 400, "The request cannot be read", "correct the request"),
    code("cursor-invalid", 400, "The cursor is not one of this list", "begin at the first page"),
    code(
        "credentials-missing",
        401,
        "The request has no credentials",
        "sign in, or send an API key",
    ),
    code("key-unknown", 401, "The API key is unknown", "use another key"),
    code("password-wrong", 401, "The login or the password is wrong", "try again"),
    code("session-ended", 401, "The session has ended", "sign in again"),
    code("login-unknown", 401, "The user is unknown", "ask an administrator"),
    code("login-disabled", 401, "The user is disabled", "ask an administrator"),
    code("forbidden", 403, "The right is missing", "ask an administrator for the right"),
    code("denied", 403, "The right is missing", "ask an administrator for the right"),
    code(
        "cross-site",
        403,
        "The request comes from another site",
        "send it from the site of the service, or with an API key",
    ),
    code("not-found", 404, "There is no such object", "check the id"),
    code("stage-unknown", 404, "There is no such stage", "check the id"),
    code("task-unknown", 404, "There is no such task", "start the task again"),
    code("route-unknown", 404, "There is no such route", "check the path"),
    code("method-not-allowed", 405, "The route has other methods", "check the method"),
    code("already-exists", 409, "The id is in use", "choose another id"),
    code("stage-exists", 409, "The stage exists already", "choose another id"),
    code("in-use", 409, "The object is in use", "delete or change what uses it first"),
    code("stage-in-use", 409, "The stage is in use", "move its infrastructures first"),
    code(
        "changed-meanwhile",
        409,
        "The object was changed at the same time",
        "read it again and repeat the change",
    ),
    code("update-running", 409, "An update is running", "wait for its end"),
    code(
        "project-busy",
        409,
        "Another deployment of the project is being updated",
        "wait for the end of that update, then try again",
    ),
    code(
        "in-maintenance",
        409,
        "The infrastructure is in maintenance",
        "wait for its end, or ask who started it to end it",
    ),
    code(
        "outside-window",
        409,
        "Windows say that updates may not start now",
        "wait until they may, schedule the update for the next window, or let an administrator break the glass",
    ),
    code(
        "managed-by-fleet",
        409,
        "A fleet manages it",
        "change it in the fleet, or release the infrastructure from it first",
    ),
    code(
        "quarantined",
        409,
        "The fleet no longer reports the node",
        "bring the node back in the fleet, or release the infrastructure from it",
    ),
    code("update-ended", 409, "The update has ended", "to undo it, update to another bundle"),
    code(
        "idempotency-running",
        409,
        "A request with this key has not been answered",
        "wait, then send it again; if its service died, look at the object and use a new key",
    ),
    code(
        "idempotency-shown-once",
        409,
        "The answer was shown once",
        "delete what was created, and create it again with a new key",
    ),
    code(
        "etag-mismatch",
        412,
        "The object is no longer as you saw it",
        "read it again and repeat the change",
    ),
    code("request-too-large", 413, "The request is too large", "send less"),
    code("not-possible", 422, "The state does not allow it", "follow the detail"),
    code("document-invalid", 422, "The document has problems", "correct the fields"),
    code("stage-refused", 422, "The stages do not allow it", "follow the detail"),
    code("stage-last", 422, "It is the last stage", "add another stage first"),
    code(
        "stage-not-apermutation",
        422,
        "The order does not name each stage once",
        "send every stage once",
    ),
    code("bundle-refused", 422, "The bundle is not accepted", "export the bundle again"),
    code("bundle-archive-damaged", 422, "The archive is damaged", "publish the same bundle again"),
    code("refused", 422, "The request is refused", "follow the detail"),
    code("settings-not-saved", 422, "The settings were not saved", "save the settings"),
    code(
        "idempotency-other-request",
        422,
        "The key belongs to another request",
        "use a new key for a new request",
    ),
    code(
        "etag-missing",
        428,
        "The change needs If-Match",
        "read the object, and send its ETag in If-Match",
    ),
    code("too-many-requests", 429, "There were too many requests", "wait, then try again"),
    code(
        "too-many-failed-logins",
        429,
        "There were too many failed logins",
        "wait, then try again",
    ),
    code(
        "too-many-at-once",
        429,
        "The caller has too many requests of this kind at once",
        "wait for the end of one, or close one",
    ),
    code("too-many-tasks", 429, "Too many tasks are running", "wait for the end of one"),
    code("headers-too-large", 431, "The headers are too large", "send smaller ones"),
    code("service-busy", 503, "The service is busy", "try again in a second"),
    code("internal", 500, "The service failed", "look at its log"),
    code("node-error", 502, "A node failed", "look at the node"),
    code("fleet-unavailable", 502, "The service of a fleet failed", "look at the service"),
    code("state-unavailable", 503, "The store failed", "try again"),
    code("shutting-down", 503, "The service is shutting down", "try again"),
    code("not-offered", 422, "This service does not offer it", "ask who runs the service"),
];

static INTERNAL: Code = code("internal", 500, "The service failed", "look at its log");

/// A code. One that is not in the table is a defect, and shows as one.
pub(crate) fn of(code: &str) -> &'static Code {
    CODES.iter().find(|known| known.code == code).unwrap_or(&INTERNAL)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use project_deployer::DeployerError;

    use super::*;

    const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/problems.md");
    const UPDATE: &str = "UPDATE_OPENAPI";

    fn page() -> String {
        let mut page = format!(
            "# Problems\n\n`{UPDATE}=1 cargo test -p project-deployer-server` writes this page, and every run of the \
             tests checks it. It\nlists every error of the API for frontends ([frontend.md](frontend.md)). The type of a \
             problem is `{}` and its\ncode. Codes stay the same when a text changes.\n\n| code | status | meaning | what \
             to do |\n|---|---|---|---|\n",
            super::super::problem::TYPE
        );
        for Code { code, status, title, fix } in &CODES {
            page.push_str(&format!("| `{code}` | {status} | {title} | {fix} |\n"));
        }
        page
    }

    #[test]
    fn the_page_of_problems_is_checked_in() {
        if std::env::var_os(UPDATE).is_some() {
            std::fs::write(PAGE, page()).unwrap();
        }
        let checked_in = std::fs::read_to_string(PAGE).unwrap_or_default();
        assert!(checked_in == page(), "docs/problems.md is stale; write it with {UPDATE}=1");
    }

    #[test]
    fn every_error_of_the_engine_has_a_status_of_its_own() {
        for code in DeployerError::CODES {
            assert!(of(code).code == *code, "{code} is not in the table");
        }
        let distinct: BTreeSet<_> = CODES.iter().map(|code| code.code).collect();
        assert_eq!(distinct.len(), CODES.len());
    }
}
