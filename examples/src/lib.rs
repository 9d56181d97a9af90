//! Nothing is shared by the examples: each is read by itself.
