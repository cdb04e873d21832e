//! What a subscription takes in the whole broker: 1,000,000 distinct filters of 24 bytes, half of
//! them with wildcards, held by 1,000 clients. Counted is what was asked of the allocator for the route
//! table and the directory. Fails over 200 bytes for each.

#![allow(
    unsafe_code,
    reason = "an allocator that counts is a GlobalAlloc, which is an unsafe trait"
)]
#![allow(clippy::print_stdout, reason = "the report is the output of this program")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::env;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use rmqtt_broker::{
    Address, Caller, Claim, Directory, DirectoryConfig, LinkId, LinkToken, Reply, Request, Routes,
    SessionCard, Subject,
};
use rmqtt_codec::{PacketId, QoS, SubscriptionOptions};
use rmqtt_message::{Now, SessionId};
use rmqtt_session::{SubscribeRequest, WantedSubscription};

const CLIENTS: u32 = 1_000;
const FILTERS: usize = 1_000_000;
const BYTES_MAX: usize = 200;

static ALLOCATED: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: every call goes to the system's allocator as it came; only sizes are added up beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.fetch_add(layout.size(), Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        ALLOCATED.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn main() -> ExitCode {
    if !env::args().any(|arg| arg == "--bench") {
        return ExitCode::SUCCESS;
    }
    let routes = Arc::new(Routes::new(1, 1));
    let mut directory = Directory::new(DirectoryConfig::default(), Arc::clone(&routes));
    let now = Now::default();
    let subjects: Vec<_> = (0..CLIENTS).map(|n| claim(&mut directory, n, now)).collect();
    let before = ALLOCATED.load(Relaxed);
    let mut replies = Vec::new();
    for n in 0..FILTERS {
        let request = subscribe(subjects[n % subjects.len()], n);
        directory.handle(request, now, &mut replies);
        replies.clear();
    }
    let each = (ALLOCATED.load(Relaxed) - before) / FILTERS;
    println!("{} subscriptions, {each} bytes each", routes.subscriptions());
    if each > BYTES_MAX || routes.subscriptions() != FILTERS {
        println!("error: more than {BYTES_MAX} bytes, or not {FILTERS} subscriptions");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn claim(directory: &mut Directory, n: u32, now: Now) -> Subject {
    let address = Address { worker: 0, slot: n, epoch: 0 };
    let token = LinkToken { worker: 0, link: LinkId(n), epoch: 0 };
    let client_id = format!("client{n:014}").into();
    let card = Arc::new(SessionCard::new(SessionId(u64::from(n) + 1), client_id, address, false));
    let mut replies = Vec::new();
    directory.handle(Request::Claim(Claim { token, card, clean_start: true }), now, &mut replies);
    let Some((_, Reply::Claimed { session, .. })) = replies.pop() else {
        unreachable!("no client has this identifier yet")
    };
    Subject { session, asker: Caller { address, ticket: None } }
}

fn subscribe(to: Subject, n: usize) -> Request {
    let filter = match n % 2 {
        0 => format!("site/{:04}/d{n:07}/t/now", n % 1_000),
        _ => format!("site/{:04}/d{n:07}/t/+/#", n % 1_000),
    };
    let wanted = WantedSubscription {
        filter: filter.into(),
        share: None,
        limit: None,
        options: SubscriptionOptions::new(QoS::AtLeastOnce),
    };
    let request = SubscribeRequest {
        packet_id: PacketId::MIN,
        subscription_id: None,
        wanted: vec![Ok(wanted)],
    };
    Request::Subscribe { to, request, subscriptions_max: 0 }
}
