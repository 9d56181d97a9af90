//! The shape of windows.

use project_deployer_core::WindowName;

use super::table::{field, parsed, required, split};
use super::{Object, Shape, TextCheck};
use crate::maintenance::MaintenanceScope;
use crate::windows::{MAX_REASON, MOST_MINUTES, Recurrence};

pub(in crate::estate) static WINDOW: Object = Object {
    name: "window",
    about: "A window. What it leaves out stays; docs/operations.md explains the fields.",
    fields: &[
        required(
            "scope",
            Shape::Parsed(parsed!(MaintenanceScope)),
            "Where: `everything`, `stage/ID` or `infrastructure/ID`.",
        ),
        required("name", Shape::Parsed(parsed!(WindowName)), "Its name there."),
        field(
            "effect",
            Shape::Word(&["allow", "deny"]),
            "Whether updates may start within it. A new window needs it.",
        ),
        field(
            "cron",
            Shape::Parsed(cron),
            "When it opens: minute, hour, day of the month, month and day of the week. A new window needs it.",
        ),
        field(
            "minutes",
            Shape::Number(1, MOST_MINUTES as u64),
            "How long it is open, in minutes. A new window needs it.",
        ),
        field(
            "zone",
            Shape::Parsed(zone),
            "The time zone of the expression, a name of the IANA database; UTC if it is new.",
        ),
        field(
            "reason",
            Shape::Parsed(reason),
            "Why: whoever is refused reads it. A new window needs it.",
        ),
    ],
    is_open: false,
};

fn cron(text: &str) -> Result<(), (String, String)> {
    recurrence(text, "UTC")
}

fn zone(text: &str) -> Result<(), (String, String)> {
    recurrence("0 0 * * *", text)
}

fn recurrence(cron: &str, zone: &str) -> Result<(), (String, String)> {
    let read = Recurrence::new(cron, 1, zone);
    read.map(drop).map_err(|error| (error.what().to_owned(), error.fix().to_owned()))
}

fn reason(text: &str) -> Result<(), (String, String)> {
    if text.trim().is_empty() || text.trim().len() > MAX_REASON {
        let hint = format!("write a reason of at most {MAX_REASON} bytes");
        return Err(("the reason is blank or too long".to_owned(), hint));
    }
    Ok(())
}
