//! Every operation of the API that is about one object or creates one, with a request that would succeed but for
//! rights.

use axum::body::Body;
use axum::http::Request;
use project_deployer::core::rights::Operation;
use serde_json::{Value, json};

use crate::installation::{bundle, request};

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Deployer,
    Infra,
    Project,
    Deployment,
}

/// A route, with the operation of the engine that it carries out.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    pub(crate) id: &'static str,
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) operation: Operation,
    pub(crate) target: Target,
}

/// All operations except those that every caller may carry out, or that are about the caller: a test compares both
/// lists with the description of the API.
pub(crate) fn routes() -> Vec<Route> {
    use Operation::*;
    use Target::{Deployer, Deployment, Infra, Project};
    let rows = [
        ("createStage", "POST", "/stages", EditStages, Deployer),
        ("reorderStages", "PUT", "/stage-order", EditStages, Deployer),
        ("changeStage", "PATCH", "/stages/Development", EditStages, Deployer),
        ("deleteStage", "DELETE", "/stages/Development", EditStages, Deployer),
        ("createInfrastructure", "POST", "/infrastructures", CreateInfra, Deployer),
        ("getInfrastructure", "GET", "/infrastructures/prod", ViewInfra, Infra),
        ("deleteInfrastructure", "DELETE", "/infrastructures/prod", DeleteInfra, Infra),
        (
            "getInfrastructureSettings",
            "GET",
            "/infrastructures/prod/settings",
            ReadInfraSettings,
            Infra,
        ),
        (
            "saveInfrastructureSettings",
            "PUT",
            "/infrastructures/prod/settings",
            EditInfraSettings,
            Infra,
        ),
        ("tryHook", "POST", "/infrastructures/prod/hook-trials", EditInfraSettings, Infra),
        ("checkReadiness", "GET", "/infrastructures/prod/readiness", CheckInfra, Infra),
        ("checkParity", "POST", "/parity", CheckParity, Deployer),
        ("planEstate", "POST", "/estate/plan", EditAccounts, Deployer),
        ("applyEstate", "POST", "/estate/apply", EditAccounts, Deployer),
        ("listScheduledEstates", "GET", "/estate/scheduled", EditAccounts, Deployer),
        ("scheduleEstate", "POST", "/estate/scheduled", EditAccounts, Deployer),
        ("withdrawEstate", "DELETE", "/estate/scheduled/1", EditAccounts, Deployer),
        ("createProject", "POST", "/projects", CreateProject, Deployer),
        ("getProject", "GET", "/projects/CHURN", ViewProject, Project),
        ("deleteProject", "DELETE", "/projects/CHURN", DeleteProject, Project),
        ("getProjectSettings", "GET", "/projects/CHURN/settings", ReadProjectSettings, Project),
        ("saveProjectSettings", "PUT", "/projects/CHURN/settings", EditProjectSettings, Project),
        ("uploadBundle", "POST", "/bundles?project=CHURN", UploadBundle, Project),
        ("listBundles", "GET", "/projects/CHURN/bundles", ViewProject, Project),
        ("getBundle", "GET", "/projects/CHURN/bundles/v1", ViewProject, Project),
        ("downloadBundle", "GET", "/projects/CHURN/bundles/v1/archive", DownloadBundle, Project),
        (
            "compareBundles",
            "GET",
            "/projects/CHURN/bundles/v1/difference/v1",
            DownloadBundle,
            Project,
        ),
        ("deleteBundle", "DELETE", "/projects/CHURN/bundles/v1", DeleteBundle, Project),
        ("createDeployment", "POST", "/deployments", CreateDeployment, Deployment),
        ("getDeployment", "GET", "/deployments/churn-prod", ViewDeployment, Deployment),
        (
            "getDeploymentStatus",
            "GET",
            "/deployments/churn-prod/status",
            ViewDeployment,
            Deployment,
        ),
        ("planDeployment", "GET", "/deployments/churn-prod/plan", UpdateDeployment, Deployment),
        ("deleteDeployment", "DELETE", "/deployments/churn-prod", DeleteDeployment, Deployment),
        (
            "getDeploymentSettings",
            "GET",
            "/deployments/churn-prod/settings",
            ViewDeployment,
            Deployment,
        ),
        (
            "saveDeploymentSettings",
            "PUT",
            "/deployments/churn-prod/settings",
            EditDeployment,
            Deployment,
        ),
        ("listUpdates", "GET", "/deployments/churn-prod/updates", ViewDeployment, Deployment),
        ("startUpdate", "POST", "/deployments/churn-prod/updates", UpdateDeployment, Deployment),
        ("getUpdate", "GET", "/deployments/churn-prod/updates/1", ViewDeployment, Deployment),
        (
            "getUpdateLog",
            "GET",
            "/deployments/churn-prod/updates/1/log",
            ViewDeployment,
            Deployment,
        ),
        (
            "followUpdate",
            "GET",
            "/deployments/churn-prod/updates/1/events",
            ViewDeployment,
            Deployment,
        ),
        (
            "cancelUpdate",
            "DELETE",
            "/deployments/churn-prod/updates/1",
            UpdateDeployment,
            Deployment,
        ),
        ("scheduleUpdate", "PUT", "/deployments/churn-prod/schedule", UpdateDeployment, Deployment),
        (
            "withdrawUpdate",
            "DELETE",
            "/deployments/churn-prod/schedule",
            UpdateDeployment,
            Deployment,
        ),
        ("createUser", "POST", "/users", EditAccounts, Deployer),
        ("getUser", "GET", "/users/admin", EditAccounts, Deployer),
        ("saveUser", "PUT", "/users/admin", EditAccounts, Deployer),
        ("deleteUser", "DELETE", "/users/admin", EditAccounts, Deployer),
        ("setPassword", "PUT", "/users/admin/password", EditAccounts, Deployer),
        ("removePassword", "DELETE", "/users/admin/password", EditAccounts, Deployer),
        ("createGroup", "POST", "/groups", EditAccounts, Deployer),
        ("getGroup", "GET", "/groups/administrators", EditAccounts, Deployer),
        ("saveGroup", "PUT", "/groups/administrators", EditAccounts, Deployer),
        ("deleteGroup", "DELETE", "/groups/administrators", EditAccounts, Deployer),
        ("createKey", "POST", "/keys", EditAccounts, Deployer),
        (
            "startMaintenance",
            "PUT",
            "/maintenance?scope=infrastructure/prod",
            EditInfraSettings,
            Infra,
        ),
        ("endMaintenance", "DELETE", "/maintenance?scope=everything", EditStages, Deployer),
        (
            "addWindow",
            "PUT",
            "/windows?scope=infrastructure/prod&name=nights",
            EditInfraSettings,
            Infra,
        ),
        ("removeWindow", "DELETE", "/windows?scope=everything&name=nights", EditStages, Deployer),
        ("listInfrastructureWindows", "GET", "/infrastructures/prod/windows", ViewInfra, Infra),
        ("listFleets", "GET", "/fleets", CreateInfra, Deployer),
        ("createFleet", "POST", "/fleets", CreateInfra, Deployer),
        ("getFleet", "GET", "/fleets/cloud", CreateInfra, Deployer),
        ("saveFleet", "PUT", "/fleets/cloud", CreateInfra, Deployer),
        ("deleteFleet", "DELETE", "/fleets/cloud", CreateInfra, Deployer),
        ("planFleet", "GET", "/fleets/cloud/plan", CreateInfra, Deployer),
        ("syncFleet", "POST", "/fleets/cloud/sync", CreateInfra, Deployer),
        ("confirmFleet", "POST", "/fleets/cloud/confirm", CreateInfra, Deployer),
        (
            "adoptInfrastructure",
            "POST",
            "/fleets/cloud/infrastructures/other",
            CreateInfra,
            Deployer,
        ),
        (
            "releaseInfrastructure",
            "DELETE",
            "/fleets/cloud/infrastructures/other",
            CreateInfra,
            Deployer,
        ),
        ("rotateKey", "POST", "/infrastructures/prod/rotate-key", EditInfraSettings, Infra),
        (
            "listKeyRotations",
            "GET",
            "/infrastructures/prod/key-rotations",
            EditInfraSettings,
            Infra,
        ),
        ("setWatch", "PUT", "/watch?scope=infrastructure/prod", EditInfraSettings, Infra),
        ("removeWatch", "DELETE", "/watch?scope=everything", EditStages, Deployer),
        (
            "ignoreFindings",
            "POST",
            "/watch/ignored?scope=infrastructure/prod",
            EditInfraSettings,
            Infra,
        ),
        ("stopIgnoring", "DELETE", "/watch/ignored/r1?scope=everything", EditStages, Deployer),
        ("runWatch", "POST", "/infrastructures/prod/watch/health", CheckInfra, Infra),
        ("listWebhooks", "GET", "/webhooks", EditAccounts, Deployer),
        ("createWebhook", "POST", "/webhooks", EditAccounts, Deployer),
        ("changeWebhook", "PUT", "/webhooks/ops", EditAccounts, Deployer),
        ("deleteWebhook", "DELETE", "/webhooks/ops", EditAccounts, Deployer),
        ("tryWebhook", "POST", "/webhooks/ops/test", EditAccounts, Deployer),
        ("listWebhookDeliveries", "GET", "/webhooks/ops/deliveries", EditAccounts, Deployer),
        ("listAudit", "GET", "/audit", EditAccounts, Deployer),
        ("getAuditRecord", "GET", "/audit/2027-01-15/1", EditAccounts, Deployer),
        ("verifyAudit", "POST", "/audit/verification", EditAccounts, Deployer),
    ];
    let route =
        |(id, method, path, operation, target)| Route { id, method, path, operation, target };
    rows.into_iter().map(route).collect()
}

/// Operations that every caller may carry out: they show what the caller may see, or are about the caller.
pub(crate) const FOR_ALL: [&str; 34] = [
    "getOpenApi",
    "signIn",
    "signOut",
    "getMe",
    "changeOwnPassword",
    "listStages",
    "listMaintenance",
    "listWindows",
    "getWatch",
    "listFindings",
    // Who sees a finding depends on what it is about.
    "acknowledgeFinding",
    "withdrawAcknowledgement",
    "listInfrastructures",
    "listHookQueue",
    "listProjects",
    "listDeployments",
    "listHistory",
    "listScheduledUpdates",
    "listUsers",
    "listGroups",
    "listKeys",
    "getKey",
    "changeKey",
    "deleteKey",
    "listTasks",
    "getTask",
    "abortTask",
    "getBoard",
    "explainRight",
    "exportEstate",
    "followEvents",
    // Both sides count: the caller has to see the infrastructure, and to be an administrator.
    "checkInfrastructureParity",
    "applyRemedies",
    // It needs to see one deployment, and to update others.
    "planPromotion",
];

impl Route {
    /// The path of the route about objects that do not exist, with ids as long as those of the objects that do.
    pub(crate) fn absent_path(&self) -> String {
        self.path.replace("prod", "none").replace("CHURN", "NOONE").replace("churn-", "nothi-")
    }

    /// The body of the request.
    fn body(&self) -> Value {
        match self.id {
            "createStage" => json!({"id": "Staging"}),
            "reorderStages" => json!({"ids": ["Production", "Development", "Test"]}),
            "changeStage" => json!({"description": "for trials"}),
            "createInfrastructure" => json!({"id": "new", "stage": "Test"}),
            "saveInfrastructureSettings" => json!({
                "type": "AUTOMATION_NODE", "stage": "Production",
                "automationNodeUrl": "https://auto.example:11200"
            }),
            "tryHook" => json!({"phase": "on-failure", "hook": "gate"}),
            "planEstate" | "applyEstate" => json!({"file": "version: 1"}),
            "scheduleEstate" => {
                json!({"at": 4_102_444_800_000_i64, "estate": {"file": "version: 1"}})
            }
            "createProject" => json!({"key": "NEW"}),
            "saveProjectSettings" => json!({"name": "Churn"}),
            "createDeployment" => json!({
                "id": "new", "project": "CHURN", "infrastructure": "prod", "bundle": "v1"
            }),
            "saveDeploymentSettings" => json!({
                "infraId": "prod", "publishedProjectKey": "CHURN", "bundleId": "v1"
            }),
            "startUpdate" | "verifyAudit" => json!({}),
            "scheduleUpdate" => json!({"at": 4_102_444_800_000_i64}),
            "createUser" | "saveUser" => {
                json!({"login": if self.id == "saveUser" { "admin" } else { "new" },
                "groups": ["administrators"]})
            }
            "setPassword" => json!({"password": "correct horse battery"}),
            "createGroup" => json!({"name": "new"}),
            "saveGroup" => json!({"name": "administrators", "admin": true}),
            "addWindow" => json!({
                "effect": "allow", "cron": "0 22 * * *", "minutes": 60, "zone": "UTC", "reason": "few users"
            }),
            "startMaintenance" => json!({"reason": "disk"}),
            "setWatch" => json!({"healthEvery": 60}),
            "ignoreFindings" => json!({"kind": "scenario", "reason": "known"}),
            "createWebhook" => json!({"id": "ops", "url": "https://h.example/events"}),
            "changeWebhook" => json!({"url": "https://h.example/events"}),
            "acknowledgeFinding" => json!({"note": "known"}),
            "createKey" => json!({"user": "admin"}),
            "createFleet" | "saveFleet" => json!({
                "id": if self.id == "saveFleet" { "cloud" } else { "new" },
                "source": {"kind": "list", "nodes": []}, "newInfras": {"stage": "Production"},
            }),
            "confirmFleet" => json!({"answer": "none"}),
            "adoptInfrastructure" => json!({}),
            _ => Value::Null,
        }
    }

    /// The request at a path, which has to be that of the route or one like it.
    pub(crate) fn request(&self, path: &str, key: &str) -> Request<Body> {
        if self.id == "uploadBundle" {
            let mut request = request(
                self.method,
                path,
                key,
                &[("content-type", "application/zip")],
                Value::Null,
            );
            *request.body_mut() = Body::from(bundle("v2"));
            return request;
        }
        // Whatever is there.
        let headers: &[(&str, &str)] =
            if self.method == "PUT" { &[("if-match", "*")] } else { &[] };
        request(self.method, path, key, headers, self.body())
    }
}
