use std::io;

use axum::Json;
use axum::body::Body as Bytes;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures::StreamExt as _;
use project_deployer::bundle_difference::{BundleDifference, ItemDifference, PartDifference};
use project_deployer::core::BundleId;
use project_deployer::core::status::Package;
use project_deployer::{BundleOperations as _, ProjectOperations as _, Upload};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::page::{Page, PageQuery};
use super::problem::Problem;
use super::projects::key_in;
use super::request::{Answer, Caller, Ids, Parameters, optional_id};
use crate::service::ServiceContext;

pub(super) fn routes() -> OpenApiRouter<ServiceContext> {
    OpenApiRouter::new()
        .routes(routes!(upload))
        .layer(DefaultBodyLimit::disable())
        .routes(routes!(list))
        .routes(routes!(one, delete))
        .routes(routes!(download))
        .routes(routes!(compare))
}

/// A bundle of a published project. It never changes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Bundle {
    /// Its id.
    id: String,
    /// When it was published, in milliseconds since 1970.
    published_on: i64,
    /// Who published it.
    published_by: Option<String>,
    /// Its author, as the bundle says.
    exported_by: Option<String>,
    /// When it was created, as the bundle says, in milliseconds since 1970.
    exported_on: Option<i64>,
    /// Its release notes.
    release_notes: Option<String>,
    /// The SHA-256 of its archive.
    digest: Option<String>,
    /// The deployments of it that the caller may see.
    deployments: Vec<String>,
}

impl Bundle {
    fn of(package: Package, deployments: Vec<String>) -> Self {
        Self {
            id: package.id.to_string(),
            published_on: package.published_on.as_millis(),
            published_by: package.published_by.map(|login| login.to_string()),
            exported_by: package.exported_by,
            exported_on: package.exported_on.map(|time| time.as_millis()),
            release_notes: package.release_notes,
            digest: package.digest.map(|digest| digest.to_string()),
            deployments,
        }
    }
}

/// What differs between two bundles.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Difference {
    /// The bundle that is compared with.
    from: String,
    /// The other bundle.
    to: String,
    /// Every part that differs.
    parts: Vec<DifferingPart>,
    /// The same as a text.
    text: String,
}

/// What differs in one part of two bundles.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DifferingPart {
    /// `scenarios`, `connections`, `codeEnvs`, `plugins`, `variables` or `files`.
    part: &'static str,
    /// How many items only the other bundle has.
    added: usize,
    /// How many items only the first bundle has.
    removed: usize,
    /// How many items both have, with another content.
    changed: usize,
    /// The items by name; at most 500 are listed.
    items: Vec<DifferingItem>,
}

/// An item that differs.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DifferingItem {
    /// `added`, `removed` or `changed`.
    change: &'static str,
    /// Its name, id or path.
    name: String,
    /// The fields of a changed item.
    fields: Vec<DifferingField>,
}

/// A field that differs. Without values, they may be secret or are long.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DifferingField {
    /// Its name.
    field: String,
    /// Its value in the first bundle.
    from: Option<String>,
    /// Its value in the other bundle.
    to: Option<String>,
}

impl From<BundleDifference> for Difference {
    fn from(found: BundleDifference) -> Self {
        let text = found.to_string();
        let parts = found.parts.into_iter().map(DifferingPart::from).collect();
        Self { from: found.from.to_string(), to: found.to.to_string(), parts, text }
    }
}

impl From<PartDifference> for DifferingPart {
    fn from(found: PartDifference) -> Self {
        let PartDifference { part, added, removed, changed, items, .. } = found;
        let items = items.into_iter().map(DifferingItem::from).collect();
        Self { part: part.as_str(), added, removed, changed, items }
    }
}

impl From<ItemDifference> for DifferingItem {
    fn from(found: ItemDifference) -> Self {
        let fields = found.fields.into_iter().map(|field| DifferingField {
            field: field.field,
            from: field.from,
            to: field.to,
        });
        Self { change: found.change.as_str(), name: found.name, fields: fields.collect() }
    }
}

/// Where a bundle is published.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct UploadQuery {
    /// The published project; that of the bundle itself by default.
    project: Option<String>,
}

fn bundle_in(ids: &Ids) -> Answer<BundleId> {
    ids.read("bundle", "bundle")
}

/// Publish a bundle. The body is its archive, of any length. The first bundle of a project creates the project.
#[utoipa::path(post, path = "/bundles", operation_id = "uploadBundle", tag = "bundles", params(UploadQuery),
    request_body(content = Vec<u8>, content_type = "application/zip", description = "The archive"),
    responses((status = 204)))]
async fn upload(
    caller: Caller,
    Parameters(query): Parameters<UploadQuery>,
    request: Request,
) -> Answer<StatusCode> {
    let kind = request.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    if !kind.is_some_and(|kind| kind.starts_with(b"application/zip")) {
        let text = "the body is no archive by its content type";
        return Err(Problem::field("Content-Type", text, "send the archive as application/zip"));
    }
    let key = optional_id("project", query.project.as_deref())?;
    let pieces =
        request.into_body().into_data_stream().map(|piece| piece.map_err(io::Error::other));
    let bundle = Upload::new("bundle.zip", None, pieces.boxed());
    caller.upload_bundle(bundle, key.as_ref()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List the bundles of a published project, by id.
#[utoipa::path(get, path = "/projects/{project}/bundles", operation_id = "listBundles", tag = "bundles",
    params(("project" = String, Path, description = "The key of the project"), PageQuery),
    responses((status = 200, body = Page<Bundle>)))]
async fn list(
    caller: Caller,
    ids: Ids,
    Parameters(page): Parameters<PageQuery>,
) -> Answer<Json<Page<Bundle>>> {
    let project = caller.project(&key_in(&ids)?).await?;
    let uses = project.deployments;
    let page = page.page("bundles", project.packages, |package| package.id.to_string())?;
    let bundle = |package: Package| {
        let of_it = uses.iter().filter(|one| one.bundle_id == package.id);
        let deployments = of_it.map(|one| one.id.to_string()).collect();
        Bundle::of(package, deployments)
    };
    Ok(Json(page.map(bundle)))
}

/// Get a bundle.
#[utoipa::path(get, path = "/projects/{project}/bundles/{bundle}", operation_id = "getBundle", tag = "bundles",
    params(("project" = String, Path, description = "The key of the project"),
        ("bundle" = String, Path, description = "The id of the bundle")),
    responses((status = 200, body = Bundle)))]
async fn one(caller: Caller, ids: Ids) -> Answer<Json<Bundle>> {
    let (key, id) = (key_in(&ids)?, bundle_in(&ids)?);
    let project = caller.project(&key).await?;
    let uses = project.deployments.iter().filter(|one| one.bundle_id == id);
    let uses = uses.map(|one| one.id.to_string()).collect();
    let package = project.packages.into_iter().find(|package| package.id == id);
    let package = package.ok_or_else(|| Problem::not_found("bundle", &format!("{id} of {key}")))?;
    Ok(Json(Bundle::of(package, uses)))
}

/// Download the archive of a bundle.
#[utoipa::path(get, path = "/projects/{project}/bundles/{bundle}/archive", operation_id = "downloadBundle",
    tag = "bundles",
    params(("project" = String, Path, description = "The key of the project"),
        ("bundle" = String, Path, description = "The id of the bundle")),
    responses((status = 200, body = Vec<u8>, content_type = "application/zip")))]
async fn download(caller: Caller, ids: Ids) -> Answer<Response> {
    let (key, id) = (key_in(&ids)?, bundle_in(&ids)?);
    let archive = caller.download_bundle(&key, &id).await?;
    let mut response = Bytes::from_stream(archive.bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    headers.extend(archive.length.map(|length| (header::CONTENT_LENGTH, length.into())));
    let name = format!("attachment; filename=\"{key}-{id}.zip\"");
    headers
        .extend(HeaderValue::try_from(name).ok().map(|name| (header::CONTENT_DISPOSITION, name)));
    Ok(response)
}

/// Compare a bundle with another one: what the other one adds, removes and changes. Values of variables are not shown.
#[utoipa::path(get, path = "/projects/{project}/bundles/{bundle}/difference/{other}", operation_id = "compareBundles",
    tag = "bundles",
    params(("project" = String, Path, description = "The key of the project"),
        ("bundle" = String, Path, description = "The id of the bundle that is compared with"),
        ("other" = String, Path, description = "The id of the other bundle")),
    responses((status = 200, body = Difference)))]
async fn compare(
    State(context): State<ServiceContext>,
    caller: Caller,
    ids: Ids,
) -> Answer<Json<Difference>> {
    let (key, from, to) = (key_in(&ids)?, bundle_in(&ids)?, ids.read("other", "bundle")?);
    // Whole archives are read: as many at once as other long requests of a caller.
    let _place = caller.place(&context)?;
    Ok(Json(caller.compare_bundles(&key, &from, &to).await?.into()))
}

/// Delete a bundle without deployments.
#[utoipa::path(delete, path = "/projects/{project}/bundles/{bundle}", operation_id = "deleteBundle",
    tag = "bundles",
    params(("project" = String, Path, description = "The key of the project"),
        ("bundle" = String, Path, description = "The id of the bundle")),
    responses((status = 204)))]
async fn delete(caller: Caller, ids: Ids) -> Answer<StatusCode> {
    caller.delete_bundle(&key_in(&ids)?, &bundle_in(&ids)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
