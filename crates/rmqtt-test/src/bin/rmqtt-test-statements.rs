//! Prints each statement of the specifications with the tests of the suite that show it.

#![allow(clippy::print_stdout, reason = "printing the table is what the program is for")]

use std::path::Path;

use rmqtt_test::catalogue::{scan, statements, tests_of};

fn main() -> std::io::Result<()> {
    let entries = scan(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite"))?;
    for statement in statements() {
        let tests: Vec<_> = tests_of(&statement, &entries).into_iter().collect();
        println!(
            "{}\t{}\t{}\t{}",
            statement.version,
            statement.id,
            statement.binds,
            tests.join(" ")
        );
    }
    Ok(())
}
