//! Until when a call may last.
use std::time::Duration;

use http::HeaderMap;

use crate::Settings;

/// The bounds within which callers choose.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    unset: Duration,
    most: Duration,
    stream: Duration,
}

impl Bounds {
    pub(crate) fn of(settings: &Settings) -> Self {
        Self {
            unset: Duration::from_millis(settings.deadline_ms),
            most: Duration::from_millis(settings.max_deadline_ms),
            stream: Duration::from_secs(settings.max_stream_seconds),
        }
    }

    /// How long a call may last that asked for this much.
    pub(crate) fn grant(&self, asked: Option<Duration>, streams: bool) -> Duration {
        match (asked, streams) {
            (Some(asked), false) => asked.min(self.most),
            (None, false) => self.unset.min(self.most),
            (asked, true) => asked.unwrap_or(self.stream).min(self.stream),
        }
    }
}

/// What the caller asks for. A header that means nothing counts as not sent.
pub(crate) fn asked(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    text("grpc-timeout")
        .and_then(grpc)
        .or_else(|| text("connect-timeout-ms").and_then(connect))
}

fn grpc(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let amount = number(digits, 8)?;
    Some(match unit {
        "H" => Duration::from_secs(amount * 3600),
        "M" => Duration::from_secs(amount * 60),
        "S" => Duration::from_secs(amount),
        "m" => Duration::from_millis(amount),
        "u" => Duration::from_micros(amount),
        "n" => Duration::from_nanos(amount),
        _ => return None,
    })
}

fn connect(text: &str) -> Option<Duration> {
    number(text, 10).map(Duration::from_millis)
}

fn number(digits: &str, most: usize) -> Option<u64> {
    let plain =
        !digits.is_empty() && digits.len() <= most && digits.bytes().all(|b| b.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

/// The time left as services read it. At least one millisecond: what is over is not forwarded at all.
pub(crate) fn header(left: Duration) -> String {
    format!("{}m", left.as_millis().clamp(1, 99_999_999))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_unit_is_understood_and_nonsense_counts_as_not_sent() {
        let cases = [
            ("2H", Some(Duration::from_secs(7200))),
            ("3M", Some(Duration::from_secs(180))),
            ("5S", Some(Duration::from_secs(5))),
            ("250m", Some(Duration::from_millis(250))),
            ("7u", Some(Duration::from_micros(7))),
            ("1n", Some(Duration::from_nanos(1))),
            ("99999999H", Some(Duration::from_secs(99_999_999 * 3600))),
            ("123456789S", None),
            ("-1S", None),
            ("+1S", None),
            ("abc", None),
            ("S", None),
            ("", None),
            ("1å", None),
        ];
        for (text, meant) in cases {
            assert_eq!(grpc(text), meant, "{text:?}");
        }
        assert_eq!(connect("1500"), Some(Duration::from_millis(1500)));
        assert_eq!(connect("12345678901"), None);
    }

    #[test]
    fn nobody_gets_more_than_the_bounds() {
        let bounds = Bounds::of(&Settings::default());
        let hour = Some(Duration::from_secs(3600));
        assert_eq!(bounds.grant(None, false), Duration::from_secs(5));
        assert_eq!(bounds.grant(hour, false), Duration::from_secs(30));
        assert_eq!(bounds.grant(None, true), Duration::from_secs(600));
        assert_eq!(bounds.grant(hour, true), Duration::from_secs(600));
        assert_eq!(
            bounds.grant(Some(Duration::from_secs(1)), true),
            Duration::from_secs(1)
        );
    }

    #[test]
    fn what_is_left_is_never_sent_as_nothing() {
        assert_eq!(header(Duration::from_micros(10)), "1m");
        assert_eq!(header(Duration::from_millis(4321)), "4321m");
    }
}
