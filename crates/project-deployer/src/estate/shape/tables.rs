//! The shapes of the sections that only global administrators use: groups, users and fleets.

use project_deployer_core::{FleetId, GroupName, Login, NodeAddress, NodeId, StageId};

use super::table::{field, parsed, required, split};
use super::{Field, Object, Shape, TextCheck};

/// The sources of accounts (wire-facts 5.1).
const SOURCES: Shape =
    Shape::Word(&["LOCAL", "LDAP", "LOCAL_NO_AUTH", "SAAS", "AZURE_AD", "SSO", "CUSTOM", "PAM"]);

const SOURCE: Field =
    field("sourceType", SOURCES, "Where it comes from. It never changes; LOCAL if it is new.");

pub(in crate::estate) static GROUP: Object = Object {
    name: "group",
    about: "A group of the Deployer.",
    fields: &[
        required("name", Shape::Parsed(parsed!(GroupName)), "The name."),
        field("description", Shape::Text, "The description."),
        SOURCE,
        field("admin", Shape::Flag, "Whether its members are global administrators."),
        field(
            "ldapGroupNames",
            Shape::List(&Shape::Filled, 0),
            "All groups of the directory whose members belong to it.",
        ),
        field("mayCreateProjects", Shape::Flag, "Whether its members may create projects."),
        field(
            "mayCreatePublishedProjects",
            Shape::Flag,
            "Whether its members may create published projects.",
        ),
        field(
            "mayWriteInRootProjectFolder",
            Shape::Flag,
            "Whether its members may write in the root project folder.",
        ),
    ],
    is_open: false,
};

pub(in crate::estate) static USER: Object = Object {
    name: "user",
    about: "A user of the Deployer. Passwords and keys are set elsewhere.",
    fields: &[
        required("login", Shape::Parsed(parsed!(Login)), "The login."),
        field("displayName", Shape::Filled, "The display name."),
        field("email", Shape::Text, "The mail address; an empty text is none."),
        SOURCE,
        field("profile", Shape::Text, "The licence profile; an empty text is none."),
        field(
            "groups",
            Shape::List(&Shape::Parsed(parsed!(GroupName)), 0),
            "All its groups. Leave it out if they come from a directory.",
        ),
        field("enabled", Shape::Flag, "Whether it may log in."),
    ],
    is_open: false,
};

pub(in crate::estate) static FLEET: Object = Object {
    name: "fleet",
    about: "A fleet. docs/fleets.md explains the fields.",
    fields: &[
        required("id", Shape::Parsed(parsed!(FleetId)), "The id."),
        field(
            "source",
            Shape::OneOf(&ORIGINS),
            "Where the nodes come from. What it leaves out has its default; secrets that it leaves out stay.",
        ),
        field(
            "infraId",
            Shape::Filled,
            "The id of the infrastructure of a node; `{node}` stands for the id of the node.",
        ),
        field(
            "newInfras",
            Shape::Object(&NEW_INFRAS),
            "What a new infrastructure begins with, by the names of the product's settings.",
        ),
        field("trustNodeCertificates", Shape::Flag, "Accept any certificate of the nodes."),
        field(
            "registerAll",
            Shape::Flag,
            "Whether nodes are registered as well whose network has no managed Deployer.",
        ),
        field(
            "ignoredNodes",
            Shape::List(&Shape::Parsed(parsed!(NodeId)), 0),
            "All nodes that are not registered.",
        ),
        field(
            "mostMissingPercent",
            Shape::Number(0, 100),
            "The largest share of nodes that may be missing from an answer without a confirmation.",
        ),
        field(
            "intervalSeconds",
            Shape::Number(30, 604_800),
            "How often it is synchronized in the background.",
        ),
        field("enabled", Shape::Flag, "Whether it is synchronized in the background."),
    ],
    is_open: false,
};

static NEW_INFRAS: Object = Object {
    name: "newInfras",
    about: "What a new infrastructure of a fleet begins with. Node, key and hooks are no part of it.",
    fields: &[required("stage", Shape::Parsed(parsed!(StageId)), "The stage.")],
    is_open: true,
};

const KEY_ID: Field = required("keyId", Shape::Filled, "The id of the key of the service.");

const KEY_SECRET: Field = field(
    "keySecret",
    Shape::Secret,
    "Where the secret of the key is. One that is left out stays.",
);

const fn kind(word: &'static [&'static str]) -> Field {
    required(Shape::KIND, Shape::Word(word), "The kind of source.")
}

static ORIGINS: [Object; 3] = [
    Object {
        name: "fleet-manager",
        about: "A Fleet Manager of Cloud Stacks.",
        fields: &[
            kind(&["fleet-manager"]),
            required("url", Shape::Parsed(parsed!(NodeAddress)), "Its address."),
            field("tenant", Shape::Filled, "The tenant; `main` without it."),
            KEY_ID,
            KEY_SECRET,
            field(
                "trustAllCertificates",
                Shape::Flag,
                "Accept any certificate of the Fleet Manager.",
            ),
            field(
                "readAdminKeys",
                Shape::Flag,
                "Whether the admin keys of the nodes are read as well; true without it.",
            ),
        ],
        is_open: false,
    },
    Object {
        name: "launchpad",
        about: "The Launchpad of a space of Dataiku Cloud.",
        fields: &[
            kind(&["launchpad"]),
            field(
                "url",
                Shape::Parsed(parsed!(NodeAddress)),
                "Its address; without it the one of Dataiku Cloud.",
            ),
            required("space", Shape::Filled, "The space."),
            KEY_ID,
            KEY_SECRET,
        ],
        is_open: false,
    },
    Object {
        name: "list",
        about: "A list of nodes.",
        fields: &[
            kind(&["list"]),
            required("nodes", Shape::List(&Shape::Object(&LISTED_NODE), 0), "All nodes."),
        ],
        is_open: false,
    },
];

static LISTED_NODE: Object = Object {
    name: "listedNode",
    about: "A node of a list.",
    fields: &[
        required("nodeId", Shape::Parsed(parsed!(NodeId)), "The id that the node reports."),
        field(
            "url",
            Shape::Parsed(parsed!(NodeAddress)),
            "Its address. Without it, it is set by hand.",
        ),
        field(
            "adminKey",
            Shape::Secret,
            "Where its admin key is. One that is left out stays as long as the address does.",
        ),
    ],
    is_open: false,
};
