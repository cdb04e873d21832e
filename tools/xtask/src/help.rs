//! What `cargo xtask help` says.

/// The help text, for a reader who sees this repository for the first time.
pub(crate) const TEXT: &str = "\
cargo xtask COMMAND: the checks of this repository.

  test       Run everything that must pass before a change is accepted, in stages,
             and print the seconds of each. The first stage, setup, sees to it that
             all programs the tests drive are there; nothing is ever skipped.
               --install         let the system's package manager install what is missing
                                 (also done without asking when CI is set and the user is root)
               --only STAGE...   run only these stages and the ones they need
               --list            print the stages and end
  setup      Only that first stage: check for the system's programs and put the
             Python and Node client libraries, at locked versions, into the
             `clients` folder of cargo's target directory.
               --install         as above
  arrows     Check that crates import only what the architecture allows, and that the
             pure crates hold no clock, no socket, no async runtime and no unsafe code.
  tidy       Check the style of sources and papers: file lengths and names, unfinished
             work, links, blanks, both READMEs alike.
  configuration
             Print what is pending, and check that a test shows every key of the
             configuration that acts.
  conformance
             Print the statements of MQTT 3.1.1 and 5.0 with the tests that show each, and
             check that none is without one.
               --write               take the tests over from the suite's attributes
               --run                 run the tests, and print what holds for our binary
               --broker HOST:PORT    the same for a broker that already runs there
               --json FILE           write the result of a run to this file too
  sim        Run the simulation: many sessions on one thread, with faults and virtual time,
             from a seed each. A failure is printed with its seed, its commit and the few
             events that are needed for it.
               --seeds N         so many seeds (500)
               --seed SEED       this one alone; with --trace all that happens
               --mutants [NAME]  put faults into a copy of the engine instead, one after the
                                 other: each has to be found
               --help            print the other options
  fuzz       Let libFuzzer try the targets of the folder `fuzz`; it needs a C++ compiler.
               --seconds N       each target for so long (60)
               --target T        only this one; may be repeated
               --keep            take the fewest inputs that reach everything found so far
                                 over into fuzz/corpus, which `cargo test` replays
  soak       Run the real broker under abuse, and check what it promises, its memory, its
             descriptors and its log; print how long messages of clients that behave take.
               --minutes N       for so long (1.5)
               --seed N          another choice of everything that is left to chance
               --portable        the portable driver
  sanitize   Run the tests of the crates that hold unsafe code under AddressSanitizer.
  loom       Run the models of what two threads share in every order of their steps.
  miri       Run the unit tests of the pure crates under Miri; fails where it is not installed.
  licences   Check the licence of every dependency, and the banned packages, against deny.toml.
  help       Print this.

Plain `cargo test` needs none of it: no client programs, no network once the
dependencies are downloaded. Read CONTRIBUTING.md for how the tests are arranged.
";
