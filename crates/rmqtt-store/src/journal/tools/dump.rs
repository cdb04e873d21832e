use std::fmt::Write as _;
use std::io::Write;

use rmqtt_message::Message;

use super::ToolError;
use crate::journal::{Disk, JournalSettings, recovery};
use crate::{QueueHead, Saved, SavedMessage, SavedSession};

/// Whether payloads are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payloads {
    /// Only how many bytes they have: what clients send is theirs.
    Sizes,
    /// As text, with what is not printable escaped.
    Text,
}

/// Writes what is stored, a line for each thing, for people to read. Changes nothing.
///
/// # Errors
///
/// That the store cannot be read, or the lines not written.
pub fn dump<D: Disk>(disk: &D, payloads: Payloads, out: &mut impl Write) -> Result<(), ToolError> {
    let (journal, _) = recovery::open_to_read(disk.clone(), JournalSettings::default())?;
    let mut written = Ok(());
    journal.load(QueueHead::ALL, &mut |saved| {
        if written.is_ok() {
            let mut text = String::new();
            describe(saved, payloads, &mut text);
            written = out.write_all(text.as_bytes());
        }
    })?;
    written?;
    out.flush()?;
    Ok(())
}

fn describe(saved: Saved<'_>, payloads: Payloads, text: &mut String) {
    match saved {
        Saved::Session { session, .. } => describe_session(session, payloads, text),
        Saved::Retained(message) => {
            line(text, format_args!("retained {}", shown(message, payloads)));
        }
        Saved::Delayed(delayed) => {
            let message = shown(&delayed.message, payloads);
            line(text, format_args!("delayed until {} {message}", delayed.due_wall_ms));
        }
    }
}

fn describe_session(session: &SavedSession, payloads: Payloads, text: &mut String) {
    let state = match session.detached_wall_ms {
        Some(wall_ms) => format!("detached at {wall_ms}"),
        None => "attached".to_owned(),
    };
    let expiry = match session.expiry_interval_s {
        u32::MAX => "never expires".to_owned(),
        seconds => format!("expires after {seconds} s"),
    };
    line(
        text,
        format_args!(
            "session {} client {:?} epoch {} created at {} {state}, {expiry}",
            session.session.0, session.client_id, session.epoch, session.created_wall_ms
        ),
    );
    for subscription in &session.subscriptions {
        let share = subscription.share.as_deref().map(|share| format!(" in group {share:?}"));
        let id = subscription.subscription_id.map(|id| format!(" identifier {id}"));
        line(
            text,
            format_args!(
                "  subscription {:?}{} QoS {}{}",
                subscription.filter,
                share.unwrap_or_default(),
                subscription.options.qos.as_u8(),
                id.unwrap_or_default()
            ),
        );
    }
    for sent in &session.inflight {
        let message = match &sent.message {
            Some(message) => shown_queued(message, payloads),
            None => "release owed".to_owned(),
        };
        line(text, format_args!("  in flight {} {message}", sent.packet_id));
    }
    for queued in &session.queue {
        line(text, format_args!("  queued {}", shown_queued(queued, payloads)));
    }
    for packet_id in &session.received {
        line(text, format_args!("  received {packet_id}"));
    }
    if let Some(will) = &session.will {
        let payload = shown_payload(&will.payload, payloads);
        line(text, format_args!("  will {:?} QoS {} {payload}", will.topic, will.qos.as_u8()));
    }
}

fn shown_queued(queued: &SavedMessage, payloads: Payloads) -> String {
    format!("QoS {} of {}", queued.qos.as_u8(), shown(&queued.message, payloads))
}

fn shown(message: &Message, payloads: Payloads) -> String {
    let view = message.view();
    let id = view.id;
    let payload = shown_payload(view.payload, payloads);
    format!(
        "message {}.{}.{} {:?} QoS {} {payload}",
        id.node,
        id.incarnation,
        id.seq,
        view.topic,
        view.qos.as_u8()
    )
}

fn shown_payload(payload: &[u8], payloads: Payloads) -> String {
    match payloads {
        Payloads::Sizes => format!("{} bytes", payload.len()),
        Payloads::Text => format!("\"{}\"", payload.escape_ascii()),
    }
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{arguments}");
}
