//! The examples share no code: each can be read by itself.
