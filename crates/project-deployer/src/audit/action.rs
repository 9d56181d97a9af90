/// What was done, or was to be done. The words are part of the format of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// An object was created.
    Create,
    /// An object was changed.
    Edit,
    /// An object was created, or changed where it existed.
    Save,
    /// An object was deleted.
    Delete,
    /// An object has another id.
    Rename,
    /// A bundle was published.
    Publish,
    /// The lost or damaged archive of a bundle was stored again.
    Repair,
    /// An update began.
    Update,
    /// The cancel of an update was requested.
    Cancel,
    /// An update was requested for a later time.
    Schedule,
    /// It was withdrawn.
    Unschedule,
    /// Test scenarios of a deployment were started on a node.
    Test,
    /// A hook of an infrastructure was tried.
    TryHook,
    /// Personal keys were requested on the nodes of an infrastructure.
    CreateNodeKey,
    /// The admin keys of the nodes of an infrastructure are replaced.
    RotateKey,
    /// The findings of an infrastructure were looked for at once.
    Watch,
    /// A webhook was tried.
    TryWebhook,
    /// Somebody knows of a finding.
    Acknowledge,
    /// An acknowledgement was withdrawn.
    Unacknowledge,
    /// Remedies of logins were applied on nodes.
    Remediate,
    /// Somebody asked on behalf of somebody else. Only refusals are recorded: other records say it themselves.
    Impersonate,
    /// Somebody authenticated. Only refusals are recorded.
    Authenticate,
    /// Old records were removed.
    Trim,
    /// Refused attempts were counted, since there were too many for records of their own.
    Count,
}

impl Action {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Edit => "edit",
            Self::Save => "save",
            Self::Delete => "delete",
            Self::Rename => "rename",
            Self::Publish => "publish",
            Self::Repair => "repair",
            Self::Update => "update",
            Self::Cancel => "cancel",
            Self::Schedule => "schedule",
            Self::Unschedule => "unschedule",
            Self::Test => "test",
            Self::TryHook => "try-hook",
            Self::CreateNodeKey => "create-node-key",
            Self::RotateKey => "rotate-key",
            Self::Watch => "watch",
            Self::TryWebhook => "try-webhook",
            Self::Acknowledge => "acknowledge",
            Self::Unacknowledge => "unacknowledge",
            Self::Remediate => "remediate",
            Self::Impersonate => "impersonate",
            Self::Authenticate => "authenticate",
            Self::Trim => "trim",
            Self::Count => "count",
        }
    }
}
