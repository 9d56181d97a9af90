//! The verbs on objects, by the examples of docs/command.md and by what must not happen.

mod examples;
mod faults;
mod installation;
mod product;
mod release;
