use project_deployer_core::accounts::{Group, User};
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::status::UpdateStatus;
use project_deployer_core::{
    BundleId, DeploymentId, GroupName, InfraId, Login, ProjectKey, Timestamp,
};
use project_deployer_store::{Change, Collection, DocumentKey, Revision, Secrets};

use crate::fleets::ManagedInfra;
use crate::state::{
    ApiKeyRecord, BrowserSessionRecord, BundleRecord, DeployedKey, DeploymentRecord,
    PasswordRecord, Record, Stages, Stored, UpdateRecord, decoded,
};

/// A change of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObjectChange {
    /// The revision of the commit.
    pub revision: Revision,
    /// The object.
    pub object: ChangedObject,
    /// Whether it is gone.
    pub deleted: bool,
}

/// An object that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChangedObject {
    /// The stages.
    Stages,
    /// An infrastructure. What its deployments show of it may have changed, too.
    Infra(InfraId),
    /// A published project. What its deployments show of it may have changed, too.
    Project(ProjectKey),
    /// A bundle of a published project.
    Bundle(ProjectKey, BundleId),
    /// A deployment.
    Deployment(DeploymentId),
    /// An update that began or ended. The end of each update is a change of its own; its begin may be part of it.
    Update {
        /// Its deployment.
        deployment: DeploymentId,
        /// When it began, which identifies it.
        start: Timestamp,
        /// Its bundle.
        bundle: BundleId,
        /// Its state.
        status: UpdateStatus,
    },
    /// A user.
    User(Login),
    /// A group.
    Group(GroupName),
}

/// A change of a document that principals are authenticated with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CredentialChange {
    pub(crate) revision: Revision,
    pub(crate) key: DocumentKey,
    pub(crate) deleted: bool,
}

impl CredentialChange {
    pub(super) fn of(change: &Change) -> Option<Self> {
        let kinds =
            [ApiKeyRecord::KIND, PasswordRecord::KIND, BrowserSessionRecord::KIND, Group::KIND];
        let (revision, deleted) = (change.revision, change.body.is_none());
        kinds.contains(&change.key.collection).then(|| Self {
            revision,
            key: change.key.clone(),
            deleted,
        })
    }
}

/// The objects that the change of a document changes. Other documents are no objects of callers.
pub(super) fn changes_of(change: Change) -> Vec<ObjectChange> {
    let (revision, deleted) = (change.revision, change.body.is_none());
    let one = |object| vec![ObjectChange { revision, object, deleted }];
    let id = change.key.id.as_str();
    let kind = &change.key.collection;
    let found = |object: Option<ChangedObject>| object.map_or_else(Vec::new, one);
    if *kind == Stages::KIND {
        return vec![ObjectChange { revision, object: ChangedObject::Stages, deleted: false }];
    }
    if *kind == ManagedInfra::KIND {
        // A quarantine shows with the infrastructure, which stays when a fleet releases it.
        let infra = id.parse().ok().map(ChangedObject::Infra);
        let change = |object| vec![ObjectChange { revision, object, deleted: false }];
        return infra.map_or_else(Vec::new, change);
    }
    // Not the record of the last update of a deployment: of two in quick succession it would show one.
    if *kind == UpdateRecord::KIND {
        return found(update(change));
    }
    if *kind == DeployedKey::KIND {
        // Who owns a project decides about whether the others are superseded.
        let Some(owned) = read::<DeployedKey>(change) else { return Vec::new() };
        let all = owned.older.into_iter().chain([owned.deployment]);
        let object =
            |id| ObjectChange { revision, object: ChangedObject::Deployment(id), deleted: false };
        return all.map(object).collect();
    }
    if *kind == BundleRecord::KIND {
        let Some((project, bundle)) = id.split_once('/') else { return Vec::new() };
        let object = project.parse().ok().zip(bundle.parse().ok());
        let deleted =
            deleted || read::<BundleRecord>(change).is_none_or(|it| it.published.is_none());
        let object = object.map(|(project, bundle)| ChangedObject::Bundle(project, bundle));
        return object
            .map_or_else(Vec::new, |object| vec![ObjectChange { revision, object, deleted }]);
    }
    found(named(kind, id))
}

/// Objects of which only the id counts.
fn named(kind: &Collection, id: &str) -> Option<ChangedObject> {
    if *kind == InfraSettings::KIND {
        return id.parse().ok().map(ChangedObject::Infra);
    }
    if *kind == PublishedProjectSettings::KIND {
        return id.parse().ok().map(ChangedObject::Project);
    }
    if *kind == DeploymentRecord::KIND {
        return id.parse().ok().map(ChangedObject::Deployment);
    }
    if *kind == User::KIND {
        return id.parse().ok().map(ChangedObject::User);
    }
    if *kind == Group::KIND {
        return id.parse().ok().map(ChangedObject::Group);
    }
    None
}

fn update(change: Change) -> Option<ChangedObject> {
    let update = read::<UpdateRecord>(change)?;
    Some(ChangedObject::Update {
        deployment: update.deployment,
        start: update.start,
        bundle: update.bundle,
        status: update.status,
    })
}

fn read<T: Record>(change: Change) -> Option<T> {
    let body = change.body?;
    decoded(&change.key, Stored { body, secrets: Secrets::new() }).ok()
}
