//! The report of login parity as the command shows it, the same for every output format.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use project_deployer::core::accounts::{ListedUser, UserList};
use project_deployer::core::{GroupName, Login, Timestamp};
use project_deployer::ldap::matching::{
    Actor, Breadth, GroupRow, LocationId, LocationNote, LoginRow, MatchInput, ParityReport, Place,
    Proof, Remedy, RemedyPlan, RemedyStep, SyncCause,
};
use project_deployer::ldap::settlement::{Disagreement, Verification, VerificationOutcome};
use project_deployer::ldap::supplier::LdapUrl;
use serde::Serialize;

use crate::output::SCHEMA_VERSION;
use crate::status::{Status, Tone};

mod verification;

pub(crate) use verification::VerificationView;

/// The result of `deployer parity`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ParityView {
    schema_version: u32,
    /// When the locations were read.
    pub(crate) read_at: String,
    /// The Deployer and the nodes.
    pub(crate) locations: Vec<LocationView>,
    /// The logins that deployments use, or all of them.
    pub(crate) logins: Vec<LoginView>,
    /// The groups that have rights.
    pub(crate) groups: Vec<GroupView>,
    /// Notes on locations.
    pub(crate) notes: Vec<NoteView>,
    /// What to do, in order.
    pub(crate) remedies: Vec<StepView>,
    /// The comparison of some verdicts with the directories, if it was requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) verification: Option<VerificationView>,
}

/// A location, with the number of needed logins by status.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LocationView {
    /// Its name, which cells refer to.
    pub(crate) name: String,
    /// Where users log in.
    pub(crate) address: Option<String>,
    /// The directory that supplies its users.
    pub(crate) directory: Option<String>,
    /// The number of needed logins with each status.
    #[serde(serialize_with = "by_code")]
    pub(crate) counts: BTreeMap<Status, usize>,
}

/// A login.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LoginView {
    /// The login.
    pub(crate) login: String,
    /// Its groups on the Deployer, if it has an account there.
    pub(crate) groups: Vec<String>,
    /// Why it is needed.
    pub(crate) needs: Vec<String>,
    /// Its status at each location, in the order of `locations`.
    pub(crate) at: Vec<CellView>,
}

/// A group that has rights.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GroupView {
    /// The group.
    pub(crate) group: String,
    /// Which rights it has.
    pub(crate) needs: Vec<String>,
    /// Its status at each location, in the order of `locations`.
    pub(crate) at: Vec<CellView>,
}

/// A login or a group at a location.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CellView {
    /// The location.
    pub(crate) location: String,
    /// The status as an id.
    pub(crate) status: Status,
    /// The status in words.
    pub(crate) text: String,
    /// Whether a deployment or a requester needs it there.
    pub(crate) needed: bool,
    /// What to do; absent if there is nothing to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remedy: Option<String>,
    /// Who carries it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) actor: Option<Actor>,
    /// How the status is known, if it comes from a directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) proof: Option<Proof>,
}

/// A note on a location as a whole.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NoteView {
    /// The location.
    pub(crate) location: String,
    /// The note.
    pub(crate) text: String,
    /// Whether it is a finding: the users of the location are unknown.
    pub(crate) is_finding: bool,
}

/// A step of the plan.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StepView {
    /// Who carries it out.
    pub(crate) actor: Actor,
    /// What to do.
    pub(crate) remedy: String,
    /// The logins that it is for; empty if it is for a location or a group.
    pub(crate) logins: Vec<String>,
    /// The locations.
    pub(crate) locations: Vec<String>,
    /// Whether it is carried out in a directory, and not at these locations.
    #[serde(skip)]
    pub(crate) in_directory: bool,
}

/// The groups of logins, for filters.
pub(crate) type GroupsOf<'a> = HashMap<&'a str, ListedUser<'a>>;

impl ParityView {
    /// A report, with the groups of its logins.
    pub(crate) fn of(
        report: &ParityReport,
        breadth: Breadth,
        groups: &GroupsOf<'_>,
        read_at: Timestamp,
    ) -> Self {
        let logins = logins(report, breadth, groups);
        Self {
            schema_version: SCHEMA_VERSION,
            read_at: read_at.to_string(),
            locations: locations(report, &logins),
            groups: group_views(report),
            notes: report.notes.iter().map(NoteView::of).collect(),
            remedies: RemedyPlan::of(report, breadth).steps().map(|each| step(&each)).collect(),
            logins,
            verification: None,
        }
    }

    /// Adds what a comparison with the directories showed. Each contradiction is a finding, and so is a
    /// comparison of nothing.
    pub(crate) fn add_verification(&mut self, verification: &Verification, seed: u64) {
        let view = VerificationView::of(verification, seed);
        self.notes.extend(verification.disagreements.iter().map(NoteView::of_disagreement));
        self.notes.push(NoteView {
            location: "directories".to_owned(),
            text: view.to_string(),
            is_finding: view.outcome == VerificationOutcome::NothingCompared,
        });
        self.verification = Some(view);
    }

    /// Whether a login or a group has a finding where it is needed, or the users of a location are unknown.
    pub(crate) fn has_findings(&self) -> bool {
        let logins = self.logins.iter().flat_map(|login| &login.at);
        let groups = self.groups.iter().flat_map(|group| &group.at);
        logins.chain(groups).any(|cell| cell.needed && cell.status.tone() != Tone::Good)
            || self.notes.iter().any(|note| note.is_finding)
    }

    /// The number of logins with this tone at a location that needs them.
    pub(crate) fn count(&self, tone: Tone) -> usize {
        let is_so = |cell: &CellView| cell.needed && cell.status.tone() == tone;
        self.logins.iter().filter(|login| login.at.iter().any(is_so)).count()
    }
}

/// The groups of each login on the Deployer, if it reports them.
pub(crate) fn groups_of(input: &MatchInput) -> GroupsOf<'_> {
    let deployer = input.locations.iter().find(|location| location.id == LocationId::Deployer);
    let users = deployer.and_then(|deployer| deployer.users.as_ref().ok()).into_iter();
    let users = users.flat_map(UserList::iter);
    users.map(|user| (user.login, user)).collect()
}

fn logins(report: &ParityReport, breadth: Breadth, groups: &GroupsOf<'_>) -> Vec<LoginView> {
    report.rows_of(breadth).map(|row| login(report, breadth, groups, row)).collect()
}

fn login(
    report: &ParityReport,
    breadth: Breadth,
    groups: &GroupsOf<'_>,
    row: LoginRow<'_>,
) -> LoginView {
    let cells = report.places.iter().zip(row.presences()).enumerate();
    let at = cells.map(|(number, (place, presence))| {
        let by_need = row.needs().iter().any(|need| need.at.include(&place.id));
        let needed = breadth == Breadth::Everything || by_need;
        let remedy = Remedy::of(presence, place);
        let cell = cell(place, Status::of(presence), presence.to_string(), needed, remedy);
        CellView { proof: row.proof(number), ..cell }
    });
    let user = groups.get(row.login().as_str()).into_iter();
    let groups: BTreeSet<&GroupName> = user.flat_map(ListedUser::groups).collect();
    LoginView {
        login: row.login().to_string(),
        groups: groups.iter().map(ToString::to_string).collect(),
        needs: row.needs().iter().map(|need| format!("{} of {}", need.role, need.reason)).collect(),
        at: at.collect(),
    }
}

fn group_views(report: &ParityReport) -> Vec<GroupView> {
    let view = |row: &GroupRow| GroupView {
        group: row.group.to_string(),
        needs: row.needs.iter().map(|need| need.reason.clone()).collect(),
        at: report
            .places
            .iter()
            .zip(&row.presences)
            .map(|(place, presence)| {
                let needed = row.needs.iter().any(|need| need.at.include(&place.id));
                let remedy = Remedy::of_group(presence, &row.group);
                cell(place, Status::of_group(presence), presence.to_string(), needed, remedy)
            })
            .collect(),
    };
    report.groups.iter().map(view).collect()
}

fn cell(
    place: &Place,
    status: Status,
    text: String,
    needed: bool,
    remedy: Option<Remedy>,
) -> CellView {
    CellView {
        location: place.id.short_name(),
        status,
        text,
        needed,
        actor: remedy.as_ref().map(Remedy::actor),
        remedy: remedy.map(|remedy| remedy.to_string()),
        proof: None,
    }
}

fn locations(report: &ParityReport, logins: &[LoginView]) -> Vec<LocationView> {
    let view = |(index, place): (usize, &Place)| {
        let mut counts = BTreeMap::new();
        let cells = logins.iter().filter_map(|login| login.at.get(index));
        for cell in cells.filter(|cell| cell.needed) {
            *counts.entry(cell.status).or_default() += 1;
        }
        LocationView {
            name: place.id.short_name(),
            address: place.address.as_ref().map(ToString::to_string),
            directory: place.directory.as_ref().map(ToString::to_string),
            counts,
        }
    };
    report.places.iter().enumerate().map(view).collect()
}

impl NoteView {
    /// A directory of the inventory that was not used. Its settings may be disabled or unknown.
    pub(crate) fn of_unused(directory: &LdapUrl) -> Self {
        let text = format!(
            "no LDAP settings that are enabled and known name the directory `{directory}`; if it should be used, write its URL as the settings of the node have it"
        );
        Self { location: "inventory".to_owned(), text, is_finding: false }
    }

    /// A verdict that a directory contradicts.
    fn of_disagreement(disagreement: &Disagreement) -> Self {
        let Disagreement { login, reported, asked, .. } = disagreement;
        let text = format!(
            "the report says of `{login}`: {reported}; the directory was asked and says: {asked}; please report this"
        );
        Self { location: disagreement.place.short_name(), text, is_finding: true }
    }

    /// A note in words.
    pub(crate) fn of(note: &LocationNote) -> Self {
        let text = match note {
            LocationNote::UsersUnknown { reason, .. } => format!("its users are unknown: {reason}"),
            LocationNote::DirectoryUnknown { reason, .. } => {
                format!("its directory did not answer in full: {reason}")
            }
            LocationNote::AuthorizedGroupUnknown { group, .. } => {
                let is_dn = group.contains('=');
                let hint =
                    if is_dn { "; write its name in `authorizedGroups`, not its DN" } else { "" };
                format!(
                    "its authorized group `{group}` is missing in its directory or has no members{hint}"
                )
            }
            LocationNote::UnreadableLogin { login, .. } => {
                format!("`{}` has no usable login: {}", login.entry, login.fault)
            }
            LocationNote::NextSyncDisables { cause, logins, .. } => next_sync(*cause, logins),
            _ => "it has a note that this version does not know".to_owned(),
        };
        let is_finding = matches!(note, LocationNote::UsersUnknown { .. });
        Self { location: note.place().short_name(), text, is_finding }
    }
}

fn next_sync(cause: SyncCause, logins: &[Login]) -> String {
    const SHOWN: usize = 5;
    let mut shown: Vec<String> =
        logins.iter().take(SHOWN).map(|login| format!("`{login}`")).collect();
    if logins.len() > SHOWN {
        shown.push(format!("{} more", logins.len() - SHOWN));
    }
    let (what, fix) = match cause {
        SyncCause::EntryDisabled => (
            "its directory has disabled the entries",
            "enable the entries if these people may log in",
        ),
        _ => (
            "its user filter finds no entries for them",
            "restore the entries, or correct the user filter of the node",
        ),
    };
    format!(
        "the next synchronization with LDAP may disable {}: the accounts are there and come from LDAP, but \
         {what}; {fix}, or let deployments use other logins",
        shown.join(", ")
    )
}

fn step(step: &RemedyStep) -> StepView {
    StepView {
        actor: step.actor,
        remedy: step.remedy.to_string(),
        logins: step.logins.iter().map(ToString::to_string).collect(),
        locations: step.places.iter().map(LocationId::short_name).collect(),
        in_directory: step.remedy.leads_to_directory(),
    }
}

fn by_code<S: serde::Serializer>(
    counts: &BTreeMap<Status, usize>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(counts.iter().map(|(status, count)| (status.code(), count)))
}
