//! The node client compared with peers: `boundary [upload|fan-out|users|calls]...`. Without arguments it
//! runs all of them. It writes rows of the table for `docs/benchmarks.md` to standard output.
#![expect(clippy::print_stdout, reason = "a command line")]

mod calls;
mod upload;
mod users;

use std::io;

use project_deployer_benchmarks::table::Row;

/// A benchmark by its name.
type Benchmark = (&'static str, fn() -> io::Result<Vec<Row>>);

const ALL: [Benchmark; 4] = [
    ("upload", upload::to_one),
    ("fan-out", upload::to_several),
    ("users", users::users),
    ("calls", calls::calls),
];

fn main() -> io::Result<()> {
    let named: Vec<String> = std::env::args().skip(1).collect();
    for (name, run) in ALL {
        if named.is_empty() || named.iter().any(|wanted| wanted == name) {
            for row in run()? {
                println!("{row}");
            }
        }
    }
    Ok(())
}
