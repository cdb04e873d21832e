use rmqtt_codec::QoS;

use crate::random::Random;

/// What the listener offers, as its clients know it: MQTT 5 is told, and MQTT 3.1.1 has read the manual.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) qos_max: QoS,
    pub(crate) takes_retained: bool,
    /// `$delayed/{seconds}/{topic}`.
    pub(crate) takes_delays: bool,
    /// `$limit/{n}/{filter}` and `$exclusive/{filter}`.
    pub(crate) takes_limits: bool,
}

impl Terms {
    pub(super) fn new(random: &mut Random) -> Self {
        let qos_max = if random.chance(8) { QoS::AtLeastOnce } else { QoS::ExactlyOnce };
        Self {
            qos_max,
            takes_retained: random.chance(92),
            takes_delays: random.chance(60),
            takes_limits: random.chance(60),
        }
    }
}
