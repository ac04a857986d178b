//! What many calls say together.
use std::time::{Duration, Instant};

use tonic::Code;

use super::super::report::percentile;
use super::load::{Outcome, Sample};

/// Milliseconds.
pub(super) fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// The percentile of the times of those that `which` chooses, in milliseconds; 0 if there are none.
pub(super) fn took(samples: &[Sample], percent: usize, which: impl Fn(Outcome) -> bool) -> f64 {
    let chosen = samples.iter().filter(|s| which(s.outcome));
    let mut took: Vec<_> = chosen.map(|s| s.took).collect();
    percentile(&mut took, percent).map_or(0.0, ms)
}

/// How many times slower good answers came than when it was quiet, at the p99.
pub(super) fn slower(samples: &[Sample], quiet: &[Sample]) -> f64 {
    if count(samples, Outcome::is_ok) == 0 {
        return f64::INFINITY;
    }
    took(samples, 99, Outcome::is_ok) / took(quiet, 99, Outcome::is_ok)
}

/// How many ended so.
pub(super) fn count(samples: &[Sample], which: impl Fn(Outcome) -> bool) -> usize {
    samples.iter().filter(|s| which(s.outcome)).count()
}

/// True for a call that was refused for want of room.
pub(super) fn shed(outcome: Outcome) -> bool {
    outcome == Outcome::Said(Code::ResourceExhausted)
}

/// Good answers a second, from the first call to the last answer.
pub(super) fn rate(samples: &[Sample]) -> f64 {
    let first = samples.iter().map(|s| s.due).min();
    let last = samples.iter().map(|s| s.due + s.took).max();
    match first.zip(last) {
        Some((first, last)) if last > first => {
            count(samples, Outcome::is_ok) as f64 / (last - first).as_secs_f64()
        }
        _ => 0.0,
    }
}

/// Good answers a second among those that came within `time` from `start`.
pub(super) fn goodput(samples: &[Sample], start: Instant, time: Duration) -> f64 {
    let within = |s: &&Sample| {
        let at = s.due + s.took;
        s.outcome.is_ok() && at >= start && at < start + time
    };
    samples.iter().filter(within).count() as f64 / time.as_secs_f64()
}

/// How long after `end` calls are well again for good: from then on, in every window, all but one in a hundred are
/// answered well within `limit` milliseconds. `None`: not within the samples.
pub(super) fn well_after(
    samples: &[Sample],
    end: Instant,
    window: Duration,
    limit: f64,
) -> Option<Duration> {
    let mut after: Vec<_> = samples.iter().filter(|s| s.due >= end).collect();
    after.sort_by_key(|s| s.due);
    let last = after.last()?.due;
    let ill = after.chunk_by(|a, b| number(a, end, window) == number(b, end, window));
    let mut ill = ill.filter(|calls| {
        let bad = calls
            .iter()
            .filter(|s| !s.outcome.is_ok() || ms(s.took) > limit);
        bad.count() * 100 > calls.len()
    });
    let well = match ill.next_back() {
        Some(calls) => window * (number(calls[0], end, window) + 1),
        None => Duration::ZERO,
    };
    (end + well <= last).then_some(well)
}

/// Which window from `end` on a call belongs to.
fn number(sample: &Sample, end: Instant, window: Duration) -> u32 {
    u32::try_from((sample.due - end).as_millis() / window.as_millis()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(start: Instant, due: u64, took: u64, outcome: Outcome) -> Sample {
        Sample {
            due: start + Duration::from_millis(due),
            took: Duration::from_millis(took),
            outcome,
        }
    }

    const OK: Outcome = Outcome::Said(Code::Ok);
    const SHED: Outcome = Outcome::Said(Code::ResourceExhausted);

    #[test]
    fn a_rate_counts_good_answers_until_the_last_came() {
        let now = Instant::now();
        let samples = [
            sample(now, 0, 500, OK),
            sample(now, 100, 10, SHED),
            sample(now, 500, 1500, OK),
        ];
        assert!((rate(&samples) - 1.0).abs() < 1e-9);
        assert!((took(&samples, 99, shed) - 10.0).abs() < 1e-9);
        assert!((took(&samples, 99, Outcome::is_ok) - 1500.0).abs() < 1e-9);
        assert_eq!(count(&samples, shed), 1);
        assert!(rate(&[]).abs() < f64::EPSILON);
        assert!(took(&samples, 99, |o| o == Outcome::Broken).abs() < f64::EPSILON);
    }

    #[test]
    fn calls_that_all_fail_are_not_told_to_be_fast() {
        let now = Instant::now();
        let quiet = [sample(now, 0, 10, OK)];
        assert!((slower(&[sample(now, 0, 15, OK)], &quiet) - 1.5).abs() < 1e-9);
        assert!(slower(&[sample(now, 0, 1, SHED)], &quiet).is_infinite());
    }

    #[test]
    fn goodput_counts_the_answers_that_came_within_the_time() {
        let now = Instant::now();
        let samples = [
            sample(now, 0, 100, OK),
            sample(now, 0, 1900, OK),
            sample(now, 0, 2000, OK),
            sample(now, 500, 10, SHED),
        ];
        assert!((goodput(&samples, now, Duration::from_secs(2)) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn calls_are_well_again_when_no_later_window_is_ill() {
        let now = Instant::now();
        let window = Duration::from_millis(100);
        let well = |took: [u64; 5], outcome| {
            let samples: Vec<_> = (0..5)
                .map(|n| sample(now, n * 100, took[n as usize], outcome))
                .collect();
            well_after(&samples, now, window, 5.0)
        };
        assert_eq!(well([1, 1, 1, 1, 1], OK), Some(Duration::ZERO));
        assert_eq!(well([9, 1, 9, 1, 1], OK), Some(window * 3));
        assert_eq!(well([1, 1, 1, 1, 9], OK), None, "still ill at the end");
        assert_eq!(well([1, 1, 1, 1, 1], SHED), None, "fast but refused");
        assert_eq!(well_after(&[], now, window, 5.0), None);
    }
}
