//! Windows in which updates may start, or may not, and updates outside them (B5).

use project_deployer_core::{BundleId, DeploymentId, InfraId, Timestamp, WindowName};
use serde::Deserialize;
use serde_json::json;

use super::{ScheduledFound, StartedUpdate, get, ours};
use crate::Warnings;
use crate::request::{Call, NodeRequest};

/// A window.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WindowFound {
    /// Where: `everything`, `stage/ID` or `infrastructure/ID`.
    pub scope: String,
    /// Its name there.
    pub name: String,
    /// `allow` or `deny`.
    pub effect: String,
    /// When it opens, as a cron expression.
    pub cron: String,
    /// How long it is open, in minutes.
    pub minutes: u32,
    /// The time zone of the expression.
    pub zone: String,
    /// Why.
    pub reason: String,
    /// Who added it.
    pub owner: String,
    /// When it was added.
    pub since: Timestamp,
    /// The window in words.
    pub text: String,
}

/// Windows that the Deployer cannot read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UnreadableFound {
    /// Where: `everything`, `stage/ID` or `infrastructure/ID`.
    pub scope: String,
    /// What cannot be read, and why, in words.
    pub text: String,
}

/// The windows that there are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WindowsFound {
    /// Each window that can be read.
    pub items: Vec<WindowFound>,
    /// Those that cannot, for those who may remove them.
    #[serde(default)]
    pub unreadable: Vec<UnreadableFound>,
}

/// The windows about an infrastructure.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct InfraWindowsFound {
    /// Each window, also those of its stage and of everything.
    pub items: Vec<WindowFound>,
    /// Whether updates may start now.
    pub allowed: bool,
    /// Why they may not.
    pub reason: Option<String>,
    /// When they may start.
    pub opens: Option<Timestamp>,
}

/// What a window is to be.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct NewWindow<'a> {
    /// `allow` or `deny`.
    pub effect: &'a str,
    /// When it opens, as a cron expression.
    pub cron: &'a str,
    /// How long it is open, in minutes.
    pub minutes: u32,
    /// The time zone of the expression.
    pub zone: &'a str,
    /// Why.
    pub reason: &'a str,
}

impl<'a> NewWindow<'a> {
    /// A window that opens at the times of a cron expression in a time zone.
    #[must_use]
    pub fn new(
        effect: &'a str,
        cron: &'a str,
        minutes: u32,
        zone: &'a str,
        reason: &'a str,
    ) -> Self {
        Self { effect, cron, minutes, zone, reason }
    }
}

/// The windows that there are.
pub fn windows() -> Call<WindowsFound> {
    get("list windows", &["windows"]).list().json()
}

/// The windows about an infrastructure, and whether updates may start now.
pub fn infra_windows(infra: &InfraId) -> Call<InfraWindowsFound> {
    get("list windows", &["infrastructures", infra.as_str(), "windows"]).json()
}

/// Adds a window, or replaces the one of the same scope and name.
pub fn add_window(scope: &str, name: &WindowName, new: NewWindow<'_>) -> Call<WindowFound> {
    let NewWindow { effect, cron, minutes, zone, reason } = new;
    let body = json!({
        "effect": effect, "cron": cron, "minutes": minutes, "zone": zone, "reason": reason
    });
    let request = NodeRequest::put("add a window", &["windows"], body);
    ours(request).with_query("scope", scope).with_query("name", name.as_str()).json()
}

/// Removes a window.
pub fn remove_window(scope: &str, name: &WindowName) -> Call<()> {
    let request = NodeRequest::delete("remove a window", &["windows"]);
    ours(request).with_query("scope", scope).with_query("name", name.as_str()).nothing()
}

/// Removes all windows of a scope, also those that the Deployer cannot read.
pub fn remove_windows(scope: &str) -> Call<()> {
    let request = NodeRequest::delete("remove windows", &["windows"]);
    ours(request).with_query("scope", scope).with_query("all", "true").nothing()
}

/// Starts an update, also outside windows.
pub fn start_breaking_glass(deployment: &DeploymentId, reason: &str) -> Call<StartedUpdate> {
    let path = ["deployments", deployment.as_str(), "updates"];
    let request = ours(NodeRequest::post("start an update outside windows", &path));
    request.with_body(json!({ "breakGlass": reason })).task().json()
}

/// Starts an update to a bundle, also outside windows.
pub fn roll_back_breaking_glass(
    deployment: &DeploymentId,
    bundle: &BundleId,
    warnings: Warnings,
    reason: &str,
) -> Call<StartedUpdate> {
    let path = ["deployments", deployment.as_str(), "updates"];
    let request = ours(NodeRequest::post("start an update outside windows", &path));
    let ignored = warnings == Warnings::Ignore;
    let body = json!({ "bundle": bundle, "ignoreWarnings": ignored, "breakGlass": reason });
    request.with_body(body).task().json()
}

/// Starts an update in the next window. It is not sent again: a second one would find the first one, and be refused.
pub fn schedule_in_window(deployment: &DeploymentId) -> Call<ScheduledFound> {
    let path = ["deployments", deployment.as_str(), "schedule"];
    let request = NodeRequest::put_nothing("schedule an update", &path);
    ours(request.with_body(json!({ "nextWindow": true }))).json()
}
