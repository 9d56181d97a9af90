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
    /// The admin keys of the nodes of an infrastructure are replaced; of a state, the key that seals its secrets.
    RotateKey,
    /// A whole state was moved to another place.
    #[cfg(feature = "sqlite")]
    Move,
    /// A backup became a state that Deployers use.
    #[cfg(feature = "sqlite")]
    Restore,
    /// A key that seals secrets was removed from its file.
    #[cfg(feature = "sqlite")]
    ForgetKey,
    /// The findings of an infrastructure were looked for at once.
    Watch,
    /// A webhook was tried.
    TryWebhook,
    /// Somebody knows of a finding.
    Acknowledge,
    /// An acknowledgement was withdrawn.
    Unacknowledge,
    /// A fleet no longer reports the node of an infrastructure.
    Quarantine,
    /// It reports the node again.
    LiftQuarantine,
    /// A fleet manages an infrastructure from now on that existed.
    Adopt,
    /// A fleet manages an infrastructure no more.
    Release,
    /// An answer of a fleet was confirmed.
    ConfirmAnswer,
    /// A fleet was synchronized by hand. Only refusals are recorded: each change has a record of its own.
    SyncFleet,
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
            #[cfg(feature = "sqlite")]
            Self::Move => "move",
            #[cfg(feature = "sqlite")]
            Self::Restore => "restore",
            #[cfg(feature = "sqlite")]
            Self::ForgetKey => "forget-key",
            Self::Watch => "watch",
            Self::TryWebhook => "try-webhook",
            Self::Acknowledge => "acknowledge",
            Self::Unacknowledge => "unacknowledge",
            Self::Quarantine => "quarantine",
            Self::LiftQuarantine => "lift-quarantine",
            Self::Adopt => "adopt",
            Self::Release => "release",
            Self::ConfirmAnswer => "confirm-answer",
            Self::SyncFleet => "sync-fleet",
            Self::Remediate => "remediate",
            Self::Impersonate => "impersonate",
            Self::Authenticate => "authenticate",
            Self::Trim => "trim",
            Self::Count => "count",
        }
    }
}
