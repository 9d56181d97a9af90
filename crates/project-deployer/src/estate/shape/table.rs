use project_deployer_core::{
    BundleId, DeploymentId, FleetId, GroupName, InfraId, Login, NodeAddress, NodeId, ProjectKey,
    StageId,
};

use super::tables::{FLEET, GROUP, USER};
use super::windows::WINDOW;
use super::{Field, Object, Shape, TextCheck};

/// The check of a type that is parsed from text.
macro_rules! parsed {
    ($type:ty) => {{
        fn check(text: &str) -> Result<(), (String, String)> {
            match text.parse::<$type>() {
                Ok(_) => Ok(()),
                Err(error) => Err(split(&error.to_string())),
            }
        }
        check as TextCheck
    }};
}
pub(super) use parsed;

/// An error of the model as what is wrong and what to write.
pub(super) fn split(error: &str) -> (String, String) {
    let (what, hint) = error.rsplit_once("; ").unwrap_or((error, "write another value"));
    (what.to_owned(), hint.to_owned())
}

/// A name in a bundle or on a node, or of a variable.
pub(super) fn filled(text: &str) -> Result<(), (String, String)> {
    if text.trim().is_empty() {
        return Err(("the name is blank".to_owned(), "write a name".to_owned()));
    }
    Ok(())
}

pub(super) const fn field(name: &'static str, shape: Shape, about: &'static str) -> Field {
    Field { name, about, shape, is_required: false }
}

pub(super) const fn required(name: &'static str, shape: Shape, about: &'static str) -> Field {
    Field { name, about, shape, is_required: true }
}

const NAMES: Shape = Shape::Named(filled, &Shape::Filled);

/// The whole document.
pub(in crate::estate) static ESTATE: Object = Object {
    name: "estate",
    about: "The wanted part of an installation of a Project Deployer. What is not mentioned is left alone.",
    fields: &[
        required("version", Shape::Version, "The version of the document."),
        field(
            "groups",
            Shape::List(&Shape::Object(&GROUP), 0),
            "Groups of the Deployer. For global administrators.",
        ),
        field(
            "users",
            Shape::List(&Shape::Object(&USER), 0),
            "Users of the Deployer, without their passwords. For global administrators.",
        ),
        field("stages", Shape::List(&Shape::Object(&STAGE), 0), "Stages in their order."),
        field(
            "fleets",
            Shape::List(&Shape::Object(&FLEET), 0),
            "Fleets, whose nodes register themselves as infrastructures. For global administrators.",
        ),
        field("infrastructures", Shape::List(&Shape::Object(&INFRA), 0), "Infrastructures."),
        field(
            "windows",
            Shape::List(&Shape::Object(&WINDOW), 0),
            "Windows in which updates may start, or may not. Those of a stage and of everything are for global administrators.",
        ),
        field("projects", Shape::List(&Shape::Object(&PROJECT), 0), "Published projects."),
        field("deployments", Shape::List(&Shape::Object(&DEPLOYMENT), 0), "Deployments."),
    ],
    is_open: false,
};

pub(in crate::estate) static STAGE: Object = Object {
    name: "stage",
    about: "A lifecycle stage.",
    fields: &[
        required("id", Shape::Parsed(parsed!(StageId)), "The name."),
        field("description", Shape::Text, "The description."),
    ],
    is_open: false,
};

pub(in crate::estate) static INFRA: Object = Object {
    name: "infrastructure",
    about: "An infrastructure: one Automation node or several.",
    fields: &[
        required("id", Shape::Parsed(parsed!(InfraId)), "The id."),
        field(
            "fleet",
            Shape::Parsed(parsed!(FleetId)),
            "The fleet that manages it and registers it. Leave out what the fleet manages: its node, address and key.",
        ),
        field(
            "stage",
            Shape::Parsed(parsed!(StageId)),
            "The stage. A new infrastructure needs one.",
        ),
        field(
            "nodes",
            Shape::List(&Shape::Object(&NODE), 1),
            "Its nodes: one, or two and more of a multi-node infrastructure. A node that is not listed is removed.",
        ),
        field(
            "fromFleet",
            Shape::Flag,
            "Whether its node comes from the nodes directory of a fleet.",
        ),
        field(
            "governCheckPolicy",
            Shape::Word(&["PREVENT", "WARN", "NO_CHECK"]),
            "The policy for bundles that are not approved.",
        ),
        field(
            "permissionsPropagationPolicy",
            Shape::Word(&["NONE", "READ_ONLY", "ALL"]),
            "Which permissions of the design project a new project on the node gets.",
        ),
        field(
            "rights",
            Shape::Named(parsed!(GroupName), &Shape::Word(&["view", "deploy", "admin"])),
            "The rights of groups. A group that is not listed has none.",
        ),
        field(
            "remapping",
            Shape::Object(&REMAPPING),
            "The remappings that deployments start with.",
        ),
        field(
            "deployAsUser",
            Shape::ParsedOrNone(parsed!(Login)),
            "The login that changes the nodes; an empty text is the requester of an update.",
        ),
        field(
            "scenariosRunAsUser",
            Shape::ParsedOrNone(parsed!(Login)),
            "The run-as user of scenarios; an empty text is none.",
        ),
        field(
            "webappsRunAsUser",
            Shape::ParsedOrNone(parsed!(Login)),
            "The run-as user of webapps; an empty text is none.",
        ),
        field(
            "mergeAuthorizedObjects",
            Shape::Flag,
            "Whether an update adds the authorized objects of the bundle to those of the project.",
        ),
        field("hooks", Shape::Object(&HOOKS), "All hooks around an update."),
    ],
    is_open: false,
};

static NODE: Object = Object {
    name: "node",
    about: "An Automation node.",
    fields: &[
        field("id", Shape::Parsed(parsed!(NodeId)), "The id that the node reports."),
        field("url", Shape::Parsed(parsed!(NodeAddress)), "The address for the Deployer."),
        field(
            "externalUrl",
            Shape::ParsedOrNone(parsed!(NodeAddress)),
            "The address for links; an empty text is none.",
        ),
        field("adminApiKey", Shape::Secret, "Where the secret of an admin global API key is."),
        field("trustAllSSLCertificates", Shape::Flag, "Accept any certificate."),
    ],
    is_open: false,
};

static REMAPPING: Object = Object {
    name: "remapping",
    about: "Names of the bundle, each with the name on the node. A list that is absent is left alone.",
    fields: &[
        field("connections", NAMES, "All remappings of connections."),
        field("codeEnvs", NAMES, "All remappings of code environments."),
        field("containerExecs", NAMES, "All remappings of container configurations."),
    ],
    is_open: false,
};

static HOOKS: Object = Object {
    name: "hooks",
    about: "Hooks by the time when they run. A list that is absent is empty.",
    fields: &[
        field("pre", Shape::List(&Shape::Object(&HOOK), 0), "Hooks before an update."),
        field("post", Shape::List(&Shape::Object(&HOOK), 0), "Hooks after an update."),
        field("onFailure", Shape::List(&Shape::Object(&HOOK), 0), "Hooks after a failed update."),
    ],
    is_open: false,
};

static HOOK: Object = Object {
    name: "hook",
    about: "A hook. docs/hooks.md has the fields of each kind; fields of others are kept as they are.",
    fields: &[
        required("name", Shape::Filled, "The name."),
        field("secret", Shape::Secret, "Where the secret is that signs the calls of an HTTP hook."),
    ],
    is_open: true,
};

pub(in crate::estate) static PROJECT: Object = Object {
    name: "project",
    about: "A published project.",
    fields: &[
        required("key", Shape::Parsed(parsed!(ProjectKey)), "The key."),
        field("name", Shape::Filled, "The display name."),
        field("owner", Shape::Parsed(parsed!(Login)), "The owner on the Deployer."),
        field(
            "rights",
            Shape::Named(
                parsed!(GroupName),
                &Shape::List(&Shape::Word(&["read", "write", "deploy", "admin"]), 1),
            ),
            "The rights of groups. A group that is not listed has none.",
        ),
    ],
    is_open: false,
};

pub(in crate::estate) static DEPLOYMENT: Object = Object {
    name: "deployment",
    about: "A deployment: a bundle of a published project on an infrastructure.",
    fields: &[
        required("id", Shape::Parsed(parsed!(DeploymentId)), "The id."),
        required(
            "project",
            Shape::Parsed(parsed!(ProjectKey)),
            "The published project. It never changes.",
        ),
        required(
            "infrastructure",
            Shape::Parsed(parsed!(InfraId)),
            "The infrastructure. It never changes.",
        ),
        field(
            "bundle",
            Shape::Parsed(parsed!(BundleId)),
            "The bundle. A new deployment needs one; leave it out if bundles are chosen elsewhere.",
        ),
        field(
            "deployedProjectKey",
            Shape::Parsed(parsed!(ProjectKey)),
            "The key on the node. It never changes.",
        ),
        field(
            "projectFolderId",
            Shape::Text,
            "The folder on the node; an empty text is the root folder.",
        ),
        field("tags", Shape::List(&Shape::Filled, 0), "All tags."),
        field(
            "remapping",
            Shape::Object(&REMAPPING),
            "Remappings, which take precedence over those of the infrastructure.",
        ),
        field(
            "includeInfraRemappings",
            Shape::Flag,
            "Whether the remappings of the infrastructure count too.",
        ),
        field("codeEnvs", Shape::Object(&CODE_ENVS), "What the node does with code environments."),
        field(
            "localVariables",
            Shape::Named(filled, &Shape::Any),
            "Overrides of local variables. With secretVariables they are all there are.",
        ),
        field(
            "secretVariables",
            Shape::Named(filled, &Shape::Secret),
            "Overrides of local variables whose values are secret texts.",
        ),
        field(
            "scenariosToActivate",
            Shape::Named(filled, &Shape::Flag),
            "By scenario id, whether its triggers are on. Other scenarios are left alone.",
        ),
        field("disableAutomaticTriggers", Shape::Flag, "Switch all automatic triggers off."),
    ],
    is_open: false,
};

static CODE_ENVS: Object = Object {
    name: "codeEnvs",
    about: "What a node does with the code environments of a bundle.",
    fields: &[
        field(
            "importTimeMode",
            Shape::Word(&["INSTALL_IF_MISS", "FAIL_IF_MISS", "DO_NOTHING"]),
            "What to do with one that is missing or outdated.",
        ),
        field(
            "envImportSpecificationMode",
            Shape::Word(&["SPECIFIED", "ACTUAL"]),
            "How to compare them.",
        ),
    ],
    is_open: false,
};
