//! The table of `docs/benchmarks.md`.

use std::fmt;

/// A row: the measurement, the peer, and whether the result is within the limit.
#[derive(Debug, Clone)]
pub struct Row {
    what: String,
    ours: String,
    peer: String,
    result: String,
    limit: String,
}

fn verdict(holds: bool) -> &'static str {
    if holds { "ok" } else { "**over**" }
}

impl Row {
    /// Our time compared with that of a peer, with the upper limit of the ratio, if there is one.
    #[must_use]
    pub fn ratio(
        what: impl Into<String>,
        ours: f64,
        peer_name: &str,
        peer: f64,
        limit: Option<f64>,
    ) -> Self {
        let ratio = ours / peer;
        let limit = limit.map(|limit| format!("≤ {limit:.2}: {}", verdict(ratio <= limit)));
        Self {
            what: what.into(),
            ours: seconds(ours),
            peer: format!("{} {peer_name}", seconds(peer)),
            result: if ratio < 0.1 { format!("{ratio:.4}") } else { format!("{ratio:.2}") },
            limit: limit.unwrap_or_else(|| "–".to_owned()),
        }
    }

    /// A figure without a peer, with its upper limit in the same unit.
    #[must_use]
    pub fn at_most(what: impl Into<String>, ours: f64, limit: f64, unit: &str) -> Self {
        Self {
            what: what.into(),
            ours: format!("{ours:.2} {unit}"),
            peer: "–".to_owned(),
            result: "–".to_owned(),
            limit: format!("≤ {limit:.2} {unit}: {}", verdict(ours <= limit)),
        }
    }

    /// A row with only a text.
    #[must_use]
    pub fn said(what: impl Into<String>, ours: impl Into<String>) -> Self {
        let none = || "–".to_owned();
        Self { what: what.into(), ours: ours.into(), peer: none(), result: none(), limit: none() }
    }
}

/// A time in a suitable unit.
fn seconds(seconds: f64) -> String {
    match seconds {
        s if s >= 1.0 => format!("{s:.2} s"),
        s if s >= 1e-3 => format!("{:.1} ms", s * 1e3),
        s if s >= 1e-6 => format!("{:.2} µs", s * 1e6),
        s => format!("{:.0} ns", s * 1e9),
    }
}

/// The head of the table.
pub const HEAD: &str = "| What | Ours | Peer | Ratio | Limit |\n|---|---|---|---|---|";

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, ours, peer, result, limit } = self;
        write!(f, "| {what} | {ours} | {peer} | {result} | {limit} |")
    }
}
