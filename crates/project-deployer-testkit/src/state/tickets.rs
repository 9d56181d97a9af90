use std::collections::BTreeMap;

use crate::caller::Caller;

/// The internal tickets of a node (wire-facts 1.4).
#[derive(Debug, Clone, Default)]
pub(crate) struct Tickets(BTreeMap<String, TicketHolder>);

/// The caller that a ticket authenticates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TicketHolder {
    pub(crate) key_id: String,
    pub(crate) login: Option<String>,
}

impl Tickets {
    pub(crate) fn issue(&mut self, caller: &Caller) -> String {
        let ticket = format!("ticket-{}", self.0.len() + 1);
        let holder = TicketHolder { key_id: caller.key_id.clone(), login: caller.login.clone() };
        self.0.insert(ticket.clone(), holder);
        ticket
    }

    pub(crate) fn holder(&self, ticket: &str) -> Option<&TicketHolder> {
        self.0.get(ticket)
    }
}
