use std::collections::BTreeSet;

/// A way of real nodes that sources report (docs/product.md#quirks, wire-facts 7.9). A node has those of
/// [`usual`](Self::usual) unless a test turns it [off](crate::MockNodeBuilder::without_quirk).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Quirk {
    /// A project that does not exist answers 403 in the place of 404.
    UnknownProjectsAreForbidden,
    /// Whatever does not exist answers 500 with the text of a 404.
    MissingIsAnInternalError,
    /// Preload, activation and creation from a bundle answer a future that has to be polled.
    TasksAnswerFutures,
    /// General settings that the node does not know are dropped, and the answer is 200. Usual.
    UnknownSettingsAreDropped,
    /// Tags come back sorted. Usual; without it they come back as they were sent.
    TagsAreSorted,
    /// A gateway answers a page of its own where the node answers an internal error.
    InternalErrorsAreGatewayPages,
    /// Fetching the result of a future, which a peek does not, makes the node forget it.
    FetchedResultsAreForgotten,
    /// A change that is refused as an illegal argument answers 200 and says `success: false`.
    RefusedChangesAnswerSuccess,
    /// Secrets of connections are redacted on read. Usual.
    ConnectionSecretsAreRedacted,
    /// A scenario of a bundle takes the place of a local one with its id (R-A7). Usual; without it the
    /// local one stays.
    BundlesOverwriteLocalScenarios,
    /// Code environments are registered and not built, for every caller.
    CodeEnvsAreNotBuilt,
    /// No answer has an `ETag`. Usual; without it documents have one, and saving checks `If-Match`.
    NoETag,
    /// What a PUT does not name is gone. Usual; without it what is not named stays.
    PutReplacesTheWhole,
    /// Only the routes of the official client are there, where the REST reference has others.
    NoDocumentedRoutes,
    /// Only the routes of the REST reference are there, where the official client has others.
    NoClientRoutes,
    /// A bundle cannot be made without Project Standards checks, since 14.1.
    StandardsChecksAreRequired,
}

impl Quirk {
    /// The quirks that a node has by default.
    #[must_use]
    pub fn usual() -> BTreeSet<Self> {
        [
            Self::UnknownSettingsAreDropped,
            Self::TagsAreSorted,
            Self::ConnectionSecretsAreRedacted,
            Self::BundlesOverwriteLocalScenarios,
            Self::NoETag,
            Self::PutReplacesTheWhole,
        ]
        .into()
    }
}
