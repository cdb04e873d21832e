#![no_main]

use rmqtt_fuzz::allocation::CountingAllocator;
use rmqtt_fuzz::target::DECODING_5;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

libfuzzer_sys::fuzz_target!(|input: &[u8]| DECODING_5.check(input));
