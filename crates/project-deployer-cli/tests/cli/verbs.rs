//! The verbs on objects, by the examples of docs/command.md and by what must not happen.

mod at_a_time;
mod estate;
mod examples;
mod faults;
mod fleets;
mod installation;
mod product;
mod release;
mod rotation;
mod watching;
