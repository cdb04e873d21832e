#![no_main]

use rmqtt_fuzz::allocation::CountingAllocator;
use rmqtt_fuzz::target::CONFIGURATION;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

libfuzzer_sys::fuzz_target!(|input: &[u8]| CONFIGURATION.check(input));
