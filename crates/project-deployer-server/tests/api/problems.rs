//! Errors are problems (RFC 9457).

use axum::body::Body;
use axum::http::Request;
use project_deployer_server::openapi_document;
use serde_json::{Value, json};

use crate::installation::{Answer, Installation, request};

fn is_problem(answer: &Answer, status: u16, code: &str) {
    let problem = answer.json();
    assert_eq!(answer.status.as_u16(), status, "{problem}");
    assert_eq!(answer.header("content-type"), "application/problem+json", "{problem}");
    assert_eq!(problem["status"], status, "{problem}");
    assert_eq!(problem["code"], code, "{problem}");
    assert_eq!(problem["type"], format!("urn:project-deployer:problem:{code}"), "{problem}");
    assert_eq!(problem["requestId"], answer.header("x-request-id"), "{problem}");
    for field in ["title", "detail", "fix", "requestId"] {
        assert!(problem[field].as_str().is_some_and(|text| !text.is_empty()), "{field}: {problem}");
    }
}

#[tokio::test]
async fn every_refusal_has_the_same_shape() {
    let installation = Installation::new().await;
    let key = &installation.key;
    for (method, path, body, status, code) in [
        ("GET", "/nothing", Value::Null, 404, "route-unknown"),
        ("GET", "/deployments/none", Value::Null, 404, "not-found"),
        ("GET", "/deployments/a b", Value::Null, 404, "not-found"),
        ("GET", "/tasks/none", Value::Null, 404, "task-unknown"),
        ("GET", "/keys/none", Value::Null, 404, "not-found"),
        ("PATCH", "/deployments/churn-prod", Value::Null, 405, "method-not-allowed"),
        ("GET", "/deployments?limit=x", Value::Null, 400, "request-malformed"),
        ("GET", "/deployments?limit=0", Value::Null, 400, "request-malformed"),
        ("GET", "/deployments?after=x", Value::Null, 400, "cursor-invalid"),
        ("GET", "/deployments?order=size", Value::Null, 400, "request-malformed"),
        ("POST", "/projects", json!({"key": "A/B"}), 400, "request-malformed"),
        ("POST", "/projects", json!({"id": "A"}), 400, "request-malformed"),
        ("POST", "/projects", json!({"key": "CHURN"}), 409, "already-exists"),
        ("POST", "/stages", json!({"id": "Test"}), 409, "stage-exists"),
        ("DELETE", "/stages/Production", Value::Null, 409, "stage-in-use"),
        ("DELETE", "/stages/None", Value::Null, 404, "stage-unknown"),
        ("DELETE", "/infrastructures/prod", Value::Null, 409, "in-use"),
        (
            "POST",
            "/infrastructures",
            json!({"id": "a/b", "stage": "Test"}),
            422,
            "document-invalid",
        ),
        ("DELETE", "/users/admin", Value::Null, 422, "not-possible"),
        ("PUT", "/users/admin/password", json!({"password": "short"}), 422, "not-possible"),
        ("GET", "/explain?operation=fly", Value::Null, 400, "request-malformed"),
    ] {
        let path = path.replace(' ', "%20");
        let answer = installation.send(method, &path, key, &[], body).await;
        is_problem(&answer, status, code);
    }
}

#[tokio::test]
async fn a_wrong_field_is_named_with_what_to_do() {
    let installation = Installation::new().await;
    let key = &installation.key;
    let wrong = json!({"id": "new", "stage": "None", "automationNodeUrl": "ftp://auto"});
    let problem = installation.send("POST", "/infrastructures", key, &[], wrong).await.json();
    let fields: Vec<_> = problem["fields"].as_array().unwrap().iter().collect();
    assert!(fields.iter().all(|field| field["fix"].is_string()), "{problem}");
    assert!(fields.iter().any(|field| field["field"] == "automationNodeUrl"), "{problem}");
    assert_eq!(problem["field"], fields[0]["field"], "{problem}");
    let problem = installation.send("POST", "/projects", key, &[], json!({"key": "A/B"})).await;
    assert_eq!(problem.json()["field"], "key", "{}", problem.text());
}

#[tokio::test]
async fn a_wrong_value_of_a_query_is_named_with_what_to_send() {
    let installation = Installation::new().await;
    for (path, field, fix) in [
        (
            "/audit?from=2026-11-30",
            "from",
            "send a whole number: only of this time and later, in milliseconds since 1970",
        ),
        (
            "/audit?until=",
            "until",
            "send a whole number: only before this time, in milliseconds since 1970",
        ),
        (
            "/audit?limit=abc",
            "limit",
            "send a whole number: the largest number of entries, 1,000 at most",
        ),
        (
            "/audit?outcome=bad",
            "outcome",
            "send `done` or `refused`: only what was done, or only what was refused",
        ),
        ("/audit?limit=1&limit=2", "limit", "send it once"),
        (
            "/deployments?order=size",
            "order",
            "send `id` or `lastUpdate`: `id`, or `lastUpdate`: the latest first",
        ),
        ("/explain", "operation", "add it to the query"),
    ] {
        let answer = installation.get(path, &installation.key).await;
        is_problem(&answer, 400, "request-malformed");
        let problem = answer.json();
        assert_eq!(
            (&problem["field"], &problem["fix"]),
            (&field.into(), &fix.into()),
            "{path}: {problem}"
        );
        assert!(
            problem["detail"].as_str().unwrap().starts_with(&format!("`{field}`: ")),
            "{problem}"
        );
    }
}

#[tokio::test]
async fn an_empty_body_is_one_without_fields() {
    let installation = Installation::new().await;
    let key = &installation.key;
    for path in ["/audit/verification", "/deployments/churn-prod/updates"] {
        let answer = installation.send("POST", path, key, &[], Value::Null).await;
        assert_eq!(answer.status.as_u16(), 202, "{path}: {}", answer.text());
    }
    let document: Value = serde_json::from_str(openapi_document()).unwrap();
    let (mut without, mut with) = (0, 0);
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let body = &operation["requestBody"];
            if body["content"]["application/json"]["schema"]["$ref"].is_null() {
                continue;
            }
            // Where there is something, so that the body is what decides.
            let path =
                path.replace("{deployment}", "churn-prod").replace("{infrastructure}", "prod");
            let path = path.replace("{stage}", "Production").replace(['{', '}'], "");
            let method = method.to_uppercase();
            let answer = installation.send(&method, &path, key, &[], Value::Null).await;
            let misses = answer.text().contains("the request has no body");
            // As the description says; others may be refused for what comes before the body.
            assert!(!misses || body["required"] == true, "{method} {path}: {}", answer.text());
            if body["required"] == false {
                assert_ne!(
                    answer.code(),
                    "request-malformed",
                    "{method} {path}: {}",
                    answer.text()
                );
                assert!(answer.json()["fields"].is_null(), "{method} {path}: {}", answer.text());
            }
            assert!(
                answer.status.is_client_error() || body["required"] == false,
                "{method} {path}"
            );
            with += usize::from(misses);
            without += usize::from(body["required"] == false);
        }
    }
    assert!(without >= 7 && with >= 8, "{without} {with}");
}

#[tokio::test]
async fn a_body_that_was_forgotten_switches_no_watching_off() {
    // D9
    let installation = Installation::new().await;
    let key = &installation.key;
    let (path, hourly) = ("/watch?scope=everything", json!({"healthEvery": 3600}));
    let set = installation.send("PUT", path, key, &[], hourly).await;
    assert_eq!(set.status.as_u16(), 200, "{}", set.text());
    let forgotten = installation.send("PUT", path, key, &[], Value::Null).await;
    is_problem(&forgotten, 400, "request-malformed");
    assert!(forgotten.text().contains("the request has no body"), "{}", forgotten.text());
    let watch = installation.get("/watch", key).await.json();
    assert_eq!(watch["settings"][0]["healthEvery"], 3600, "{watch}");
    // Whoever wants no rounds says so.
    let set = installation.send("PUT", path, key, &[], json!({})).await;
    assert_eq!(set.status.as_u16(), 200, "{}", set.text());
}

#[tokio::test]
async fn a_caller_may_choose_the_id_of_a_request() {
    let installation = Installation::new().await;
    let headers = [("x-request-id", "trace-7.1")];
    let ask =
        |headers| request("GET", "/deployments/none", &installation.key, headers, Value::Null);
    let answer = installation.ask(ask(&headers[..])).await;
    assert_eq!(answer.json()["requestId"], "trace-7.1");
    // What could forge a line of a log is no id.
    let forged = installation.ask(ask(&[("x-request-id", "a b")])).await;
    assert_ne!(forged.json()["requestId"], "a b");
    assert_eq!(forged.header("x-request-id").len(), 32);
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused() {
    let installation = Installation::new().await;
    let request = Request::builder()
        .method("POST")
        .uri("/api/v1/projects")
        .header("authorization", format!("Bearer {}", installation.key))
        .body(Body::from(vec![b' '; 3 << 20]))
        .unwrap();
    is_problem(&installation.ask(request).await, 413, "request-too-large");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_end_is_answered_after_a_minute() {
    let installation = Installation::new().await;
    let began = tokio::time::Instant::now();
    let mut asked = request("POST", "/projects", &installation.key, &[], Value::Null);
    let piece = futures::stream::iter([Ok::<_, std::io::Error>("{\"key\": ")]);
    let stalled = futures::StreamExt::chain(piece, futures::stream::pending());
    *asked.body_mut() = Body::from_stream(stalled);
    let answer = installation.ask(asked).await;
    is_problem(&answer, 400, "request-malformed");
    assert!(answer.text().contains("takes too long"), "{}", answer.text());
    assert_eq!(began.elapsed().as_secs(), 60);
}
