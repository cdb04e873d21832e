//! The broker's engine under a seed: the shipped workers, directory and routes on one thread, with
//! clients, connections and time that are made up, and faults wherever two parts meet.
//!
//! | module | what it holds |
//! |---|---|
//! | `run` | one seed from its beginning to a verdict |
//! | `world` | what happens next, and how everything comes to rest in the end |
//! | `node` | the broker's side: workers, directory, and the queues between them |
//! | `plan` | what of a seed happens, and what is left out |
//! | `shrink` | a failure with little around it |
//! | `client` | MQTT from the other side, written apart from the broker's session |
//! | `hostile` | clients that break rules |
//! | `network` | connections: bytes under way, slow sockets, ends noticed early, late or never |
//! | `scenario` | what a seed plays with: listener, workers, habits of clients |
//! | `ledger` | what clients published, were promised, and received |
//! | `invariants` | what has to be true, one file each |
//! | `coverage` | what has happened at all, so that a fault which never fires is noticed |
//! | `mutation` | faults put into a copy of the engine, each of which has to be found |
//!
//! Nothing reads a clock or a source of chance other than the seed, so a failure is its seed.

mod client;
mod coverage;
mod hostile;
mod invariants;
mod ledger;
mod mutation;
mod network;
mod node;
mod observation;
mod plan;
mod random;
mod run;
mod scenario;
mod scene;
mod shrink;
mod topics;
mod world;

pub use coverage::Coverage;
pub use invariants::Violation;
pub use mutation::{Verdict, judge_mutants};
pub use run::{Options, Outcome, run_seed, run_seeds};
pub use shrink::{Shrunk, shrink};
