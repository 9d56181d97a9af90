//! The service over HTTP, as a process of its own: `service list`, `service mixed`, `service subscribers`,
//! `service console` and `service upload` measure one thing each. `service serve` and `service follow` are the processes that they start.

mod console;
mod follow;
mod interactive;
mod list;
mod mixed;
mod serve;
mod subscribers;
mod upload;

use std::error::Error;

use tokio::runtime::Runtime;

type Answer<T> = Result<T, Box<dyn Error>>;

fn main() -> Answer<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["list"] => list::measure(),
        ["mixed"] => mixed::measure(),
        ["subscribers"] => subscribers::measure(),
        ["console"] => console::measure(),
        ["upload"] => upload::measure(),
        ["serve", place, deployments] => {
            Runtime::new()?.block_on(serve::serve(place, deployments.parse()?))
        }
        ["follow", address, key, count] => {
            Runtime::new()?.block_on(follow::follow(address, key, count.parse()?))
        }
        _ => Err("write `list`, `mixed`, `subscribers`, `console` or `upload`".into()),
    }
}

/// The number in an environment variable, or the usual one.
fn number(variable: &str, usual: usize) -> Answer<usize> {
    match std::env::var_os(variable) {
        None => Ok(usual),
        Some(text) => {
            let number = text.to_str().and_then(|text| text.parse().ok());
            Ok(number.ok_or_else(|| format!("{variable} is no number"))?)
        }
    }
}
