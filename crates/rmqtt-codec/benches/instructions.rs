//! Instructions per operation of the hot path, counted by callgrind.
//!
//! Without arguments the program runs itself under `valgrind --tool=callgrind`, twice for each
//! workload, with N and with 2 N operations, and prints the difference divided by N: what start-up
//! costs cancels out, and the numbers are the same in every run. The line `nothing` is the cost of
//! the loop, which the other lines contain.
//!
//! `--run NAME --count N` runs one workload without counting.

#![expect(clippy::print_stdout, reason = "a report is the purpose of this program")]

use std::hint::black_box;
use std::process::{Command, ExitCode};

use rmqtt_codec::{
    Packet, PacketId, ProtocolVersion, Publish, PublishBody, PublishHead, PublishProperties,
    PublishTemplate, QoS, encode_publish, split_frame,
};

const COUNT: u64 = 10_000;

/// 24 bytes.
const TOPIC: &str = "sensors/building-7/temp1";
const PAYLOAD: &[u8] = &[b'x'; 64];

struct Workload {
    name: &'static str,
    run: fn(u64),
}

const WORKLOADS: &[Workload] = &[
    Workload { name: "nothing", run: |count| repeat(count, || black_box(0)) },
    Workload {
        name: "decode PUBLISH 3.1.1 QoS 0",
        run: |count| decode(count, ProtocolVersion::V311, QoS::AtMostOnce, false),
    },
    Workload {
        name: "decode PUBLISH 3.1.1 QoS 1",
        run: |count| decode(count, ProtocolVersion::V311, QoS::AtLeastOnce, false),
    },
    Workload {
        name: "decode PUBLISH 5.0 QoS 0, no properties",
        run: |count| decode(count, ProtocolVersion::V5, QoS::AtMostOnce, false),
    },
    Workload {
        name: "decode PUBLISH 5.0 QoS 1, no properties",
        run: |count| decode(count, ProtocolVersion::V5, QoS::AtLeastOnce, false),
    },
    Workload {
        name: "decode PUBLISH 5.0 QoS 0, 3 properties",
        run: |count| decode(count, ProtocolVersion::V5, QoS::AtMostOnce, true),
    },
    Workload {
        name: "decode PUBLISH 5.0 QoS 1, 3 properties",
        run: |count| decode(count, ProtocolVersion::V5, QoS::AtLeastOnce, true),
    },
    Workload {
        name: "decode any packet, PUBLISH 3.1.1 QoS 0",
        run: |count| decode_any(count, ProtocolVersion::V311, QoS::AtMostOnce),
    },
    Workload { name: "template append QoS 0", run: |count| append(count, QoS::AtMostOnce) },
    Workload { name: "template append QoS 1", run: |count| append(count, QoS::AtLeastOnce) },
    Workload { name: "copy of the same length", run: copy },
    Workload {
        name: "encode_publish 3.1.1 QoS 0",
        run: |count| encode(count, ProtocolVersion::V311, QoS::AtMostOnce),
    },
    Workload {
        name: "encode_publish 5.0 QoS 1, 3 properties",
        run: |count| encode(count, ProtocolVersion::V5, QoS::AtLeastOnce),
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => count_all(),
        ["--run", name, "--count", count] => run_one(name, count),
        _ => Err("usage: instructions [--run NAME --count N]".to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            println!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn count_all() -> Result<(), String> {
    println!("{:>12}  workload", "instructions");
    for workload in WORKLOADS {
        let once = count(workload.name, COUNT)?;
        let twice = count(workload.name, 2 * COUNT)?;
        let difference =
            twice.checked_sub(once).ok_or("more operations took fewer instructions")?;
        println!("{:>12.1}  {}", difference as f64 / COUNT as f64, workload.name);
    }
    Ok(())
}

/// Instructions of a run of the workload, start-up included.
fn count(name: &str, count: u64) -> Result<u64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["--run", name, "--count", &count.to_string()])
        .output()
        .map_err(|error| format!("cannot run valgrind, which this benchmark needs: {error}"))?;
    let report = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("valgrind failed:\n{report}"));
    }
    let collected = report.lines().find_map(|line| line.split_once("Collected :"));
    let (_, collected) = collected.ok_or_else(|| format!("valgrind counted nothing:\n{report}"))?;
    collected.trim().parse().map_err(|_| format!("valgrind counted '{collected}'"))
}

fn run_one(name: &str, count: &str) -> Result<(), String> {
    let workload = WORKLOADS.iter().find(|workload| workload.name == name);
    let workload = workload.ok_or_else(|| format!("no workload '{name}'"))?;
    let count = count.parse().map_err(|_| format!("'{count}' is no count"))?;
    (workload.run)(count);
    Ok(())
}

fn repeat<T>(count: u64, mut operation: impl FnMut() -> T) {
    for _ in 0..count {
        black_box(operation());
    }
}

fn decode(count: u64, version: ProtocolVersion, qos: QoS, with_properties: bool) {
    let input = publish(version, qos, with_properties);
    repeat(count, || {
        let frame = split_frame(black_box(&input), 1 << 20).ok().flatten();
        let frame = frame.expect("a whole packet");
        let publish = Publish::decode(&frame, black_box(version)).expect("a valid packet");
        // What a router looks at.
        black_box((publish.topic, publish.payload, publish.qos, publish.packet_id));
        black_box(publish.properties.topic_alias)
    });
}

fn decode_any(count: u64, version: ProtocolVersion, qos: QoS) {
    let input = publish(version, qos, false);
    repeat(count, || {
        let frame = split_frame(black_box(&input), 1 << 20).ok().flatten();
        let frame = frame.expect("a whole packet");
        match Packet::decode(&frame, black_box(version)) {
            Ok(Packet::Publish(publish)) => {
                black_box((publish.topic, publish.payload, publish.qos, publish.packet_id));
                black_box(publish.properties.topic_alias)
            }
            other => panic!("{other:?}"),
        }
    });
}

fn append(count: u64, qos: QoS) {
    let mut template = PublishTemplate::new();
    let (head, body) = (head(qos), body(&[]));
    template.fill(ProtocolVersion::V311, &head, &body).expect("a valid message");
    let mut out = Vec::with_capacity(1024);
    repeat(count, || {
        out.clear();
        template.append_to(black_box(&mut out), black_box(head.packet_id), black_box(false));
    });
}

/// What a template does at least: the copy of as many bytes.
fn copy(count: u64) {
    let bytes = publish(ProtocolVersion::V311, QoS::AtLeastOnce, false);
    let mut out = Vec::with_capacity(1024);
    repeat(count, || {
        out.clear();
        black_box(&mut out).extend_from_slice(black_box(&bytes));
    });
}

fn encode(count: u64, version: ProtocolVersion, qos: QoS) {
    let mut properties = Vec::new();
    three_properties().encode_forwarded(&mut properties).expect("valid properties");
    let (head, body) = (head(qos), body(&properties));
    let mut out = Vec::with_capacity(1024);
    repeat(count, || {
        out.clear();
        encode_publish(black_box(version), black_box(&head), black_box(&body), &mut out)
            .expect("a valid message");
        black_box(out.len())
    });
}

fn publish(version: ProtocolVersion, qos: QoS, with_properties: bool) -> Vec<u8> {
    let properties = if with_properties { three_properties() } else { Default::default() };
    let publish = Publish {
        dup: false,
        qos,
        retain: false,
        topic: TOPIC,
        packet_id: head(qos).packet_id,
        properties,
        payload: PAYLOAD,
    };
    let mut out = Vec::new();
    publish.encode(version, &mut out).expect("a valid message");
    out
}

/// A content type, a format and a user property.
fn three_properties() -> PublishProperties<'static> {
    let user_property = {
        let mut properties = rmqtt_codec::UserPropertiesBuf::new();
        properties.push("region", "north").expect("a short property");
        Box::leak(Box::new(properties))
    };
    let mut properties = PublishProperties::default();
    properties.payload_format_utf8 = Some(true);
    properties.content_type = Some("text/plain");
    properties.user_properties = user_property.as_ref();
    properties
}

fn head(qos: QoS) -> PublishHead<'static> {
    PublishHead {
        dup: false,
        qos,
        retain: false,
        packet_id: if qos.is_acknowledged() { PacketId::new(4711) } else { None },
        message_expiry_interval_s: None,
        topic_alias: None,
        subscription_ids: &[],
    }
}

fn body(properties: &[u8]) -> PublishBody<'_> {
    PublishBody { topic: TOPIC, properties, payload: PAYLOAD }
}
