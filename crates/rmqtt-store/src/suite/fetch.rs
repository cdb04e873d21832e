use rmqtt_message::SessionId;

use super::{Harness, Story, completions, submit};
use crate::{
    Fetch, Fetched, QueueHead, QueuePart, QueuePlace, Saved, SavedState, Store, Submission,
};

/// The promises about queues of which the broker has only the beginning, for stores that keep
/// records.
///
/// # Panics
///
/// When one is broken.
pub fn check_fetch(harness: &mut impl Harness) {
    for seed in 0..STORIES {
        a_queue_is_given_back_in_parts(harness, seed);
        an_answer_sees_what_its_worker_has_submitted(harness, seed);
    }
    heads_and_rests_add_up(harness);
}

fn a_queue_is_given_back_in_parts(harness: &mut impl Harness, seed: u64) {
    let mut store = harness.create();
    let mut story = Story::new(seed);
    let mut expected = SavedState::default();
    for _ in 0..20 {
        let (batch, _) = submit(&mut store, &mut story, 0, 15);
        batch.iter().for_each(|record| expected.apply(&record));
    }
    harness.settle(&mut store);
    if seed % 2 == 1 {
        store = harness.crash(store);
    }
    let head = QueueHead { messages: 1 + (seed % 3) as usize, bytes: 3_000 };
    for session in expected.sessions.values() {
        let mut found = Vec::new();
        let mut after = None;
        for number in 0.. {
            let fetch = Fetch { number, session: session.session, after, head };
            let part = ask(harness, &mut store, &fetch);
            assert_eq!(part, expected.fetch(&fetch), "story {seed}, {fetch:?}");
            found.extend(part.messages);
            let Some(last) = found.last().filter(|_| part.rest.messages > 0) else { break };
            let message = last.message.id();
            let copy = found.iter().filter(|found| found.message.id() == message).count();
            after = Some(QueuePlace { message, copy });
        }
        assert!(found.iter().eq(&session.queue), "story {seed}: {found:#?}");
    }
    let nobody = Fetch { number: 1, session: SessionId(99), after: None, head };
    assert_eq!(ask(harness, &mut store, &nobody), QueuePart::default());
}

fn an_answer_sees_what_its_worker_has_submitted(harness: &mut impl Harness, seed: u64) {
    let mut store = harness.create();
    let mut story = Story::new(seed);
    let mut expected = SavedState::default();
    let session = SessionId(1);
    let fetch = Fetch { number: 7, session, after: None, head: QueueHead::ALL };
    let mut answers = Vec::new();
    for _ in 0..10 {
        let (batch, submission) = submit(&mut store, &mut story, 2, 10);
        assert!(!matches!(submission, Submission::Refused(_)), "{submission:?}");
        batch.iter().for_each(|record| expected.apply(&record));
        assert_eq!(store.fetch(2, &fetch), Ok(()));
        answers.push(expected.fetch(&fetch));
    }
    harness.settle(&mut store);
    let found = wait_for(harness, &mut store, 2, answers.len());
    for (part, at_least) in found.iter().zip(&answers) {
        // What was committed after the question may show in the answer; what was before it has to.
        let later = answers.iter().skip_while(|answer| *answer != at_least);
        let is_there = later.clone().any(|answer| part.result.as_ref() == Ok(answer));
        assert!(is_there, "story {seed}: {part:#?}");
    }
    completions(&mut store, 2);
}

fn heads_and_rests_add_up(harness: &mut impl Harness) {
    let mut store = harness.create();
    let mut story = Story::new(STORIES);
    let (batch, _) = submit(&mut store, &mut story, 0, 300);
    let mut expected = SavedState::default();
    batch.iter().for_each(|record| expected.apply(&record));
    harness.settle(&mut store);
    let mut rests = 0;
    for head in [QueueHead::NONE, QueueHead { messages: 2, bytes: 100 }, QueueHead::ALL] {
        let mut sessions = Vec::new();
        let loaded = store.load(head, &mut |saved| {
            if let Saved::Session { session, rest } = saved {
                sessions.push((session.clone(), rest));
            }
        });
        assert_eq!(loaded, Ok(()));
        for (session, rest) in sessions {
            let mut whole = expected.sessions[&session.session].clone();
            assert_eq!(whole.cut_queue(head), rest, "{head:?}");
            assert_eq!(whole, session, "{head:?}");
            rests += rest.messages;
        }
    }
    assert!(rests > 0, "some queue is longer than its head");
}

fn ask<H: Harness>(harness: &mut H, store: &mut H::Store, fetch: &Fetch) -> QueuePart {
    assert_eq!(store.fetch(1, fetch), Ok(()));
    harness.settle(store);
    let fetched = wait_for(harness, store, 1, 1).remove(0);
    assert_eq!((fetched.number, fetched.session), (fetch.number, fetch.session));
    fetched.result.expect("what is committed can be read")
}

fn wait_for<H: Harness>(
    harness: &mut H,
    store: &mut H::Store,
    worker: u16,
    answers: usize,
) -> Vec<Fetched> {
    let mut fetched = Vec::new();
    while fetched.len() < answers {
        store.poll_fetched(worker, &mut |answer| fetched.push(answer));
        harness.settle(store);
    }
    assert_eq!(fetched.len(), answers);
    fetched
}

const STORIES: u64 = 6;
