//! Sessions of browsers.

use std::fmt;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use project_deployer::core::Login;
use project_deployer::{DeployerError, NewBrowserSession};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::authentication::safe_from_other_sites;
use super::cookie;
use super::request::{Answer, Body};
use crate::operations::{
    ClientAddress, Refused, RequestId, accept, count_failed_login, is_failed_login, key_id,
    record_failed_login,
};
use crate::service::ServiceContext;

/// Routes that need no credentials.
pub(super) fn routes() -> OpenApiRouter<ServiceContext> {
    OpenApiRouter::new().routes(routes!(sign_in, sign_out))
}

/// What a browser signs in with: a login and its password, or a personal API key.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", untagged)]
enum SignIn {
    /// A login and its password.
    Password {
        /// The login.
        login: String,
        /// Its password.
        password: String,
    },
    /// A personal API key.
    #[serde(rename_all = "camelCase")]
    ApiKey {
        /// The text of the key.
        api_key: String,
    },
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignIn")
    }
}

/// A session of a browser. Its token is in a cookie that no script reads.
#[derive(Debug, Serialize, ToSchema)]
struct Session {
    /// The user.
    login: String,
    /// When it ends at the latest, in milliseconds since 1970.
    ends: i64,
}

/// Sign in, and get the cookie of a session.
#[utoipa::path(post, path = "/session", operation_id = "signIn", tag = "session", security(()),
    request_body = SignIn, responses((status = 201, body = Session)))]
async fn sign_in(State(context): State<ServiceContext>, request: Request) -> Answer<Response> {
    let (parts, body) = request.into_parts();
    // A page of another site could sign its reader in as somebody else.
    safe_from_other_sites(&parts)?;
    let request = Request::from_parts(parts.clone(), body);
    let Body(what) =
        <Body<SignIn> as axum::extract::FromRequest<_>>::from_request(request, &()).await?;
    let opened = match what {
        SignIn::Password { login, password } => {
            let login = Login::parse(login).ok();
            with_password(&context, &parts, login, password.into()).await
        }
        SignIn::ApiKey { api_key } => with_key(&context, &parts, &without_end(api_key)).await,
    }?;
    let session = Session { login: opened.login.to_string(), ends: opened.ends.as_millis() };
    let mut response = (StatusCode::CREATED, Json(session)).into_response();
    let headers = response.headers_mut();
    headers.extend(
        cookie::set(&opened.token, &context.frontends.options)
            .map(|value| (header::SET_COOKIE, value)),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Opens a session with a password. A text that is no login is a wrong one, and all of them count as one.
async fn with_password(
    context: &ServiceContext,
    parts: &Parts,
    login: Option<Login>,
    password: SecretString,
) -> Answer<NewBrowserSession> {
    let (deployer, logins) = (&context.deployer, &context.operations.logins);
    let from = parts.extensions.get::<ClientAddress>().map(|address| address.0);
    let counted = login.as_ref().map_or("", Login::as_str);
    logins.begin(from, counted).map_err(Refused::Logins)?;
    let limits = context.frontends.options.sessions;
    let opened = match &login {
        Some(login) => deployer.sign_in(login, password, limits, request_id(parts)).await,
        None => Err(DeployerError::PasswordWrong),
    };
    match opened {
        Err(DeployerError::PasswordWrong) => {
            record_failed_login(context, parts, &DeployerError::PasswordWrong).await;
            Err(DeployerError::PasswordWrong.into())
        }
        Ok(opened) => {
            logins.succeeded(from, counted);
            Ok(opened)
        }
        Err(error) => {
            logins.undecided(from, counted);
            Err(error.into())
        }
    }
}

/// A key without the white space after it: the file that `deployer serve` writes ends with a new line.
fn without_end(mut key: String) -> SecretString {
    key.truncate(key.trim_end().len());
    key.into()
}

/// Opens a session with a key, which counts as a request with it.
async fn with_key(
    context: &ServiceContext,
    parts: &Parts,
    key: &SecretString,
) -> Answer<NewBrowserSession> {
    let deployer = &context.deployer;
    let principal = match deployer.authenticate(key.expose_secret()).await {
        Err(error) if is_failed_login(&error) => {
            return Err(match count_failed_login(context, parts, &error, key_id(key)).await {
                Some(after) => Refused::Logins(after).into(),
                None => error.into(),
            });
        }
        other => accept(context, parts, other?)?,
    };
    Ok(deployer.sign_in_as(&principal, context.frontends.options.sessions).await?)
}

fn request_id(parts: &Parts) -> Option<&str> {
    parts.extensions.get::<RequestId>().map(|id| &**id.text())
}

/// Sign out. Without a session nothing happens.
#[utoipa::path(delete, path = "/session", operation_id = "signOut", tag = "session", security(()),
    responses((status = 204)))]
async fn sign_out(
    State(context): State<ServiceContext>,
    headers: HeaderMap,
    request: Request,
) -> Answer<Response> {
    let (parts, _) = request.into_parts();
    safe_from_other_sites(&parts)?;
    let options = &context.frontends.options;
    if let Some(token) = cookie::token(&headers, options) {
        context.deployer.end_session(&token, request_id(&parts)).await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().extend(cookie::clear(options).map(|value| (header::SET_COOKIE, value)));
    Ok(response)
}
