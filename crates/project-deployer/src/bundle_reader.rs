//! Reads what a bundle holds.
