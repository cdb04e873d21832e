use rmqtt_codec::ReasonCode;

use super::Invariant;
use crate::hostile::{Ending, Sentence};
use crate::ledger::Ledger;
use crate::observation::Observation;

/// Whoever breaks a rule is disconnected, and told why where there is a packet for that
/// `[MQTT-4.13.1-1]`; what is strange and harmless is answered, and the connection goes on.
#[derive(Debug)]
pub(super) struct RuleBreakersAreAnswered {
    may_be_refused: bool,
}

impl RuleBreakersAreAnswered {
    /// `may_be_refused`: the store fails, somebody says no, or queues are so short that who does not
    /// read is closed.
    pub(super) fn new(may_be_refused: bool) -> Self {
        Self { may_be_refused }
    }

    /// Whether the connection may end like this whatever the client did.
    fn is_excused(&self, code: Option<ReasonCode>) -> bool {
        let is_of_the_broker = matches!(
            code,
            None | Some(
                ReasonCode::QuotaExceeded
                    | ReasonCode::NotAuthorized
                    | ReasonCode::ServerUnavailable
            )
        );
        code == Some(ReasonCode::ServerShuttingDown) || (self.may_be_refused && is_of_the_broker)
    }
}

impl Invariant for RuleBreakersAreAnswered {
    fn name(&self) -> &'static str {
        "rule_breakers_are_answered"
    }

    fn check(&mut self, observation: &Observation, _ledger: &Ledger) -> Result<(), String> {
        let Observation::Judged { client, deed, is_told, ending } = *observation else {
            return Ok(());
        };
        if let Ending::Closed(code) = ending
            && self.is_excused(code)
        {
            return Ok(());
        }
        let Some(deed) = deed else {
            return match ending {
                Ending::Closed(code) => {
                    Err(format!("{client:?} has done nothing and is closed with {code:?}"))
                }
                _ => Ok(()),
            };
        };
        let is_right = match (deed.sentence(), ending) {
            (Sentence::Tolerated, Ending::GoesOn | Ending::Accepted) => true,
            (Sentence::Ends(codes), Ending::Closed(Some(code))) => codes.contains(&code),
            (Sentence::Ends(codes), Ending::Closed(None)) => !is_told || codes.is_empty(),
            (Sentence::Ends(_), Ending::Accepted) => deed.may_be_accepted_first(),
            _ => false,
        };
        if is_right { Ok(()) } else { Err(format!("{client:?} commits {deed:?}: {ending:?}")) }
    }
}
