//! Whether memory comes to rest.

/// What is wrong with the samples of memory that were taken under abuse, if anything is.
///
/// `bytes_max` is what the broker may take at all. Below it, memory may go up and down with what is
/// queued at a moment, but it may not grow from one part of the run to the next: the median of the
/// last third is compared with that of the second. What grows slowly for ever shows in a long run;
/// a tenth and [`SLACK_BYTES`] are what an allocator's arenas gain by chance.
pub(crate) fn judge(samples: &[u64], bytes_max: u64) -> Result<Plateau, String> {
    let third = samples.len() / 3;
    if third == 0 {
        return Err(format!("{} samples of memory show nothing", samples.len()));
    }
    let (before, after) = (median(&samples[third..2 * third]), median(&samples[2 * third..]));
    let peak = samples.iter().copied().max().unwrap_or(0);
    if peak > bytes_max {
        let (peak, most) = (megabytes(peak), megabytes(bytes_max));
        return Err(format!("{peak} of memory are more than everything that is bounded: {most}"));
    }
    if after > before + before / 10 + SLACK_BYTES {
        let (before, after) = (megabytes(before), megabytes(after));
        return Err(format!("memory grows: {before} in the second third, {after} in the last"));
    }
    Ok(Plateau { before, after, peak })
}

/// What memory may grow by from one part to the next besides a tenth, bytes.
const SLACK_BYTES: u64 = 8 << 20;

/// Memory at rest, bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plateau {
    /// The median of the second third of the run,
    pub(crate) before: u64,
    /// that of the last,
    pub(crate) after: u64,
    /// and the largest sample.
    pub(crate) peak: u64,
}

/// Bytes for a reader.
pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

fn median(samples: &[u64]) -> u64 {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1_000_000;

    fn samples(megabytes: impl Fn(u64) -> u64) -> Vec<u64> {
        (0..90).map(|nth| megabytes(nth) * MB).collect()
    }

    #[test]
    fn memory_that_rises_at_first_and_then_swings_is_at_rest() {
        let plateau = judge(&samples(|nth| 20 + nth.min(20) * 3 + nth % 7), 200 * MB).unwrap();
        assert!((80 * MB..=86 * MB).contains(&plateau.before), "{plateau:?}");
        assert_eq!(plateau.peak, 86 * MB);
    }

    #[test]
    fn memory_that_grows_for_ever_is_not() {
        assert!(judge(&samples(|nth| 50 + nth), 1_000 * MB).unwrap_err().contains("grows"));
    }

    #[test]
    fn memory_beyond_every_bound_is_not_either() {
        let spike = samples(|nth| if nth == 40 { 500 } else { 50 });
        assert!(judge(&spike, 400 * MB).unwrap_err().contains("more than"));
    }

    #[test]
    fn two_samples_show_nothing() {
        assert!(judge(&[MB, MB], MB).is_err());
    }
}
