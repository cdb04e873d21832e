//! Codes of deciders, as the packets that carry them know them.

use rmqtt_codec::{PacketType, ReasonCode};

/// A code of a decider that was not taken, since its packet may not carry it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UnfitCode {
    pub(super) code: ReasonCode,
    pub(super) packet: PacketType,
}

/// What is taken for it.
pub(super) const FITS_EVERYWHERE: ReasonCode = ReasonCode::NotAuthorized;

/// Makes a code with which a decider refuses something one that all of `packets` may carry.
///
/// # Errors
/// It was none; [`FITS_EVERYWHERE`] stands in its place.
pub(super) fn fit(code: &mut ReasonCode, packets: &[PacketType]) -> Result<(), UnfitCode> {
    let said = *code;
    let fits = |packet: &PacketType| said.is_error() && said.is_allowed_in(*packet);
    match packets.iter().find(|packet| !fits(packet)) {
        None => Ok(()),
        Some(packet) => {
            *code = FITS_EVERYWHERE;
            Err(UnfitCode { code: said, packet: *packet })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_fits_if_every_packet_may_carry_it() {
        let both = [PacketType::PubAck, PacketType::Disconnect];
        let unfit = |code, packet| Err(UnfitCode { code, packet });
        for (said, taken, fits) in [
            (ReasonCode::QuotaExceeded, ReasonCode::QuotaExceeded, Ok(())),
            (
                ReasonCode::ServerBusy,
                FITS_EVERYWHERE,
                unfit(ReasonCode::ServerBusy, PacketType::PubAck),
            ),
            (
                ReasonCode::PacketIdentifierInUse,
                FITS_EVERYWHERE,
                unfit(ReasonCode::PacketIdentifierInUse, PacketType::Disconnect),
            ),
            (ReasonCode::Success, FITS_EVERYWHERE, unfit(ReasonCode::Success, PacketType::PubAck)),
        ] {
            let mut code = said;
            assert_eq!(fit(&mut code, &both), fits);
            assert_eq!(code, taken);
        }
    }

    #[test]
    fn what_is_taken_for_the_others_fits_in_every_packet_that_refuses() {
        for packet in [
            PacketType::ConnAck,
            PacketType::PubAck,
            PacketType::PubRec,
            PacketType::SubAck,
            PacketType::UnsubAck,
            PacketType::Disconnect,
        ] {
            assert!(FITS_EVERYWHERE.is_allowed_in(packet), "{packet}");
        }
    }
}
