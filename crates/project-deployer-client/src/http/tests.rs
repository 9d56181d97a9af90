//! The transport against servers of this process: what no rule can promise alone.

mod cancelling;
mod clock;
mod deadlines;
mod dev_server;
mod fan_out;
mod hooks;
mod outage;
mod repeating;
mod secrecy;
mod transfers;
mod uploads;
mod users;
