//! Refusals whose reason is looked for, beside the status itself.

use std::sync::Arc;

use super::Question;
use super::input::MatchInput;
use super::membership::IndirectMembership;
use super::presence::Presence;
use super::report::ParityReport;
use super::settle::settings;
use crate::texts::number;

impl ParityReport {
    /// Where a deployment needs a login that is in no authorized group.
    pub(crate) fn refused(&self, input: &MatchInput) -> Vec<Question> {
        let mut refused = Vec::new();
        for place in (0..self.places.len()).filter(|place| settings(input, *place).is_some()) {
            let Some(id) = self.places.get(place).map(|place| &place.id) else { continue };
            for (row, needs) in &self.rows.needs {
                let is_needed = needs.iter().any(|need| need.at.include(id));
                let presence = self.presence_at(place, *row);
                if is_needed && presence.is_some_and(is_refused) {
                    refused.push(Question { place, row: *row });
                }
            }
        }
        refused
    }

    /// Adds how the person belongs to an authorized group all the same.
    pub(crate) fn explain(&mut self, question: Question, by: IndirectMembership) {
        let Some(presence) = self.presence_at(question.place, question.row) else { return };
        let explained = explained(presence.clone(), by);
        let presences = &mut self.rows.presences;
        let known = presences.iter().rposition(|known| *known == explained);
        let code = known.unwrap_or(presences.len());
        if known.is_none() {
            Arc::make_mut(presences).push(explained);
        }
        let column = self.rows.columns.get_mut(question.place);
        if let Some(cell) = column.and_then(|column| column.get_mut(question.row)) {
            *cell = number(code);
        }
    }
}

fn is_refused(presence: &Presence) -> bool {
    match presence {
        Presence::NotAuthorized { in_another_case, .. } => !in_another_case,
        Presence::BlockedInDirectory { otherwise, .. } => is_refused(otherwise),
        _ => false,
    }
}

fn explained(presence: Presence, by: IndirectMembership) -> Presence {
    match presence {
        Presence::NotAuthorized { groups, in_another_case, .. } => {
            Presence::NotAuthorized { groups, in_another_case, indirect: Some(by) }
        }
        Presence::BlockedInDirectory { block, otherwise } => {
            Presence::BlockedInDirectory { block, otherwise: Box::new(explained(*otherwise, by)) }
        }
        other => other,
    }
}
