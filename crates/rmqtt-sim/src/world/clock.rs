use super::World;
use crate::coverage::Happening;

/// Long pauses of one run: each ends most sessions, so a run of nothing else would show little.
const LONG_PAUSES_MAX: u32 = 2;

impl World {
    /// Time passes, or wall time jumps.
    pub(super) fn pass_time(&mut self) {
        let scene = &mut self.scene;
        let ms = match scene.random.below(100) {
            0..60 => scene.random.between(1, 30),
            60..85 => scene.random.between(30, 500),
            85..92 => scene.random.between(500, 4_000),
            92..95 => {
                let deadline = self.node.next_deadline();
                let now = scene.now.mono_ms;
                deadline.map_or(1, |at| at.saturating_sub(now)).min(60_000)
            }
            95..97 => {
                let is_back = scene.random.chance(50);
                let jump = scene.random.between(1_000, 100_000_000);
                let wall = &mut scene.now.wall_ms;
                *wall = if is_back { *wall - jump } else { *wall + jump };
                scene.ledger.pass_to(scene.now);
                scene.ledger.clock_jumps();
                scene.note(if is_back { Happening::WallBack } else { Happening::WallForward });
                scene.trace(|| format!("wall time jumps by {jump} ms, back: {is_back}"));
                return;
            }
            _ if self.long_pauses < LONG_PAUSES_MAX && scene.random.chance(30) => {
                self.long_pauses += 1;
                scene.note(Happening::LongPause);
                scene.random.between(5_000, 4_000_000)
            }
            _ => 1,
        };
        scene.pass(ms);
        scene.trace(|| format!("{ms} ms pass"));
    }
}
