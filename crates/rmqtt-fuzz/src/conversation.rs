//! A node and its clients, at any time.
//!
//! An input says what kind of listener and store there is, and is then a list of steps: a client
//! connects, sends bytes that are packets or are none, stops reading, goes away, time passes, the
//! store commits late or fails. What clients send is read by the [`ledger`] of their connection just
//! as the broker reads it, so it knows which answers are due; every packet that a client receives has
//! to be one of these, or a message that somebody published and that it subscribed to.
//!
//! | module | what it holds |
//! |---|---|
//! | `scene` | the steps, and the end: everything is answered, nothing is left |
//! | `terms` | the listener, the store and the node's bounds, as the first bytes of an input say |
//! | `node` | two workers and their directory, moved by hand until nothing moves |
//! | `peer` | a client's end of a connection: what is on its way in both directions |
//! | `ledger` | what one connection has been sent and is owed |
//! | `deliveries` | the messages that wait for a client's acknowledgement |
//! | `world` | who subscribed to what, and what was published at all |
//! | `packets` | packets of a few bytes of input |

use crate::input::Input;

mod deliveries;
mod ledger;
mod node;
mod packets;
mod peer;
mod scene;
mod terms;
mod world;

use scene::Scene;
use terms::Terms;

/// Steps of an input: enough for every conversation that fits into a few hundred bytes.
const STEPS_MAX: usize = 2_000;

/// # Panics
/// When something does not hold.
pub fn run(input: &[u8]) {
    let mut input = Input::new(input);
    let mut scene = Scene::new(Terms::take_from(&mut input));
    for _ in 0..STEPS_MAX {
        if input.is_empty() {
            break;
        }
        scene.step(&mut input);
        scene.check_bounds();
    }
    scene.settle();
}
