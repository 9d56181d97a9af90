use std::fmt;

use project_deployer_ldap::BlockKind;
use project_deployer_ldap::matching::{
    Breadth, LoginRow, ParityReport, Presence, RemedyPlan, SimilarityKind,
};

/// A report as plain text: a table of logins and locations, the findings, and the remedies.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ParityTable<'a> {
    /// The report.
    pub report: &'a ParityReport,
    /// Whether logins that no deployment needs are shown too.
    pub breadth: Breadth,
}

impl<'a> ParityTable<'a> {
    /// A table of a report.
    #[must_use]
    pub fn new(report: &'a ParityReport, breadth: Breadth) -> Self {
        Self { report, breadth }
    }
}

impl ParityTable<'_> {
    fn lines(&self) -> Vec<Vec<String>> {
        let places = self.report.places.iter().map(|place| place.id.short_name());
        let head = std::iter::once("login".to_owned()).chain(places).collect();
        let line = |row: LoginRow<'_>| {
            let cells = row.presences().map(|presence| word(presence).to_owned());
            std::iter::once(row.login().to_string()).chain(cells).collect()
        };
        std::iter::once(head).chain(self.report.rows_of(self.breadth).map(line)).collect()
    }
}

impl fmt::Display for ParityTable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.lines();
        let columns = lines.first().map_or(0, Vec::len);
        let width = |column: usize| {
            let cells = lines.iter().filter_map(|line| line.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for line in &lines {
            let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            let line = cells.collect::<Vec<_>>().join("  ");
            writeln!(f, "  {}", line.trim_end())?;
        }
        for finding in self.report.findings_of(self.breadth) {
            writeln!(f, "  `{}` on {}: {}", finding.login, finding.place.id, finding.presence)?;
        }
        writeln!(f, "  what to do:")?;
        for line in RemedyPlan::of(self.report, self.breadth).to_string().lines() {
            writeln!(f, "    {line}")?;
        }
        Ok(())
    }
}

/// One or two words for a cell; the finding below the table has the details.
fn word(presence: &Presence) -> &'static str {
    match presence {
        Presence::Present => "present",
        Presence::Disabled { .. } => "disabled",
        Presence::OtherSource { .. } => "other source",
        Presence::NearMatch(_) => "near match",
        Presence::OnlyByLogin { .. } => "only by login",
        Presence::ImportableOnDemand { .. } => "importable on demand",
        Presence::ImportableAtFirstLogin => "importable at first login",
        Presence::ImportSwitchedOff => "import switched off",
        Presence::NotAuthorized { .. } => "not authorized",
        Presence::Ambiguous { .. } => "ambiguous",
        Presence::BlockedInDirectory { block, .. } => match block.state {
            BlockKind::Disabled => "disabled in directory",
            BlockKind::Expired => "expired in directory",
            BlockKind::Locked => "locked in directory",
            _ => "blocked in directory",
        },
        Presence::NotInDirectory { similar: Some(similar), .. }
            if similar.kind == SimilarityKind::UserFilter =>
        {
            "left out by filter"
        }
        Presence::NotInDirectory { .. } => "not in directory",
        _ => "unknown",
    }
}
