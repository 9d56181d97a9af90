/// Why a pattern is not taken. Places are counted in characters, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Refusal {
    /// Java refuses it too.
    Syntax { what: String, at: usize },
    /// Java takes it; it has no equal meaning here.
    Unsupported { what: String, at: usize, instead: &'static str },
}

impl Refusal {
    pub(super) fn syntax(what: impl Into<String>, at: usize) -> Self {
        Self::Syntax { what: what.into(), at: at + 1 }
    }

    pub(super) fn unsupported(what: impl Into<String>, at: usize, instead: &'static str) -> Self {
        Self::Unsupported { what: what.into(), at: at + 1, instead }
    }
}
