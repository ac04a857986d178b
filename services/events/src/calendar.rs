//! A gathering as an iCalendar file (RFC 5545). Times are in UTC, which every calendar shows in its reader's zone.
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use time::OffsetDateTime;

/// Longest line in octets, its line break not counted.
const LINE: usize = 75;

/// Whether a gathering takes place for the one who reads the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// It is not sure: a draft, or the reader waits for a place.
    Tentative,
    /// It takes place.
    Confirmed,
    /// It does not.
    Cancelled,
}

/// When it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// From one instant to another.
    Times(OffsetDateTime, OffsetDateTime),
    /// Whole days, the last one included.
    Days(Date, Date),
}

/// What stands in the file.
#[derive(Debug, Clone)]
pub(crate) struct Entry<'a> {
    pub uid: String,
    pub sequence: i64,
    /// When the content last changed.
    pub stamp: OffsetDateTime,
    pub status: Status,
    pub when: When,
    pub title: &'a str,
    pub text: &'a str,
    /// Empty: none.
    pub place: &'a str,
    /// A page or an online meeting; empty: none.
    pub url: &'a str,
    pub organiser: &'a str,
}

/// The file.
pub(crate) fn file(entry: &Entry<'_>) -> String {
    let status = match entry.status {
        Status::Tentative => "TENTATIVE",
        Status::Confirmed => "CONFIRMED",
        Status::Cancelled => "CANCELLED",
    };
    let mut lines: Vec<String> = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Kulturtorg//Gatherings//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
    ]
    .map(str::to_owned)
    .into();
    lines.push(format!("UID:{}", escape(&entry.uid)));
    lines.push(format!("DTSTAMP:{}", instant(entry.stamp)));
    lines.push(format!("SEQUENCE:{}", entry.sequence));
    lines.push(format!("STATUS:{status}"));
    match entry.when {
        When::Times(start, end) => {
            lines.push(format!("DTSTART:{}", instant(start)));
            // A file may leave the end out but not name one that is also the start.
            if end > start {
                lines.push(format!("DTEND:{}", instant(end)));
            }
        }
        When::Days(first, last) => {
            let after = last.checked_add(1.day()).unwrap_or(last);
            lines.push(format!("DTSTART;VALUE=DATE:{}", first.strftime("%Y%m%d")));
            lines.push(format!("DTEND;VALUE=DATE:{}", after.strftime("%Y%m%d")));
        }
    }
    lines.push(format!("SUMMARY:{}", escape(entry.title)));
    let organised = [entry.text, entry.organiser]
        .into_iter()
        .filter(|t| !t.trim().is_empty())
        .collect::<Vec<_>>()
        .join("\n\n");
    for (name, text) in [
        ("DESCRIPTION", organised.as_str()),
        ("LOCATION", entry.place),
    ] {
        if !text.trim().is_empty() {
            lines.push(format!("{name}:{}", escape(text)));
        }
    }
    if !entry.url.is_empty() {
        // An address is no text: it is not escaped. The contract allows no line break in it.
        lines.push(format!("URL:{}", entry.url.replace(['\r', '\n'], "")));
    }
    lines.extend(["END:VEVENT".to_owned(), "END:VCALENDAR".to_owned()]);
    lines.iter().map(|l| fold(l)).collect()
}

/// The local day of an instant.
pub(crate) fn day(at: OffsetDateTime, zone: &TimeZone) -> Date {
    jiff::Timestamp::from_second(at.unix_timestamp())
        .map_or(Date::ZERO, |t| t.to_zoned(zone.clone()).date())
}

fn instant(at: OffsetDateTime) -> String {
    let at = at.to_offset(time::UtcOffset::UTC);
    let (date, time) = (at.date(), at.time());
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}

/// A text value (RFC 5545, 3.3.11).
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\\' | ';' | ',' => escaped.extend(['\\', c]),
            '\n' | '\r' => escaped.push_str("\\n"),
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// A content line, folded at 75 octets and never inside a character (RFC 5545, 3.1).
fn fold(line: &str) -> String {
    let mut folded = String::with_capacity(line.len() + 8);
    let mut used = 0;
    for c in line.chars() {
        if used + c.len_utf8() > LINE {
            folded.push_str("\r\n ");
            used = 1;
        }
        folded.push(c);
        used += c.len_utf8();
    }
    folded.push_str("\r\n");
    folded
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::datetime;

    fn entry() -> Entry<'static> {
        Entry {
            uid: "1@varmland.kulturtorg".to_owned(),
            sequence: 2,
            stamp: datetime!(2026-11-21 08:00 UTC),
            status: Status::Confirmed,
            when: When::Times(
                datetime!(2026-12-03 08:00 +1),
                datetime!(2026-12-03 09:30 +1),
            ),
            title: "Kulturfrukost; möten, samtal",
            text: "Välkommen!\nKaffe från 8 \\ panel 8.10",
            place: "Gjuteriet, Karlstad",
            url: "https://example.org/m?a=1,2;b",
            organiser: "Region Värmland",
        }
    }

    /// What a reader gets back: lines unfolded.
    fn unfold(file: &str) -> Vec<String> {
        file.replace("\r\n ", "")
            .split_terminator("\r\n")
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn a_gathering_becomes_a_file_with_times_in_utc_and_escaped_text() {
        let lines = unfold(&file(&entry()));
        for line in [
            "UID:1@varmland.kulturtorg",
            "DTSTAMP:20261121T080000Z",
            "SEQUENCE:2",
            "STATUS:CONFIRMED",
            "DTSTART:20261203T070000Z",
            "DTEND:20261203T083000Z",
            "SUMMARY:Kulturfrukost\\; möten\\, samtal",
            "DESCRIPTION:Välkommen!\\nKaffe från 8 \\\\ panel 8.10\\n\\nRegion Värmland",
            "LOCATION:Gjuteriet\\, Karlstad",
            "URL:https://example.org/m?a=1,2;b",
        ] {
            assert!(
                lines.iter().any(|l| l == line),
                "{line} is not in {lines:#?}"
            );
        }
        assert_eq!(
            (lines[0].as_str(), lines[lines.len() - 1].as_str()),
            ("BEGIN:VCALENDAR", "END:VCALENDAR")
        );
    }

    #[test]
    fn whole_days_end_on_the_day_after_the_last_and_an_unknown_end_is_left_out() {
        let days = When::Days(
            jiff::civil::date(2027, 2, 27),
            jiff::civil::date(2027, 2, 28),
        );
        let lines = unfold(&file(&Entry {
            when: days,
            status: Status::Cancelled,
            ..entry()
        }));
        assert!(lines.contains(&"DTSTART;VALUE=DATE:20270227".to_owned()));
        assert!(lines.contains(&"DTEND;VALUE=DATE:20270301".to_owned()));
        assert!(lines.contains(&"STATUS:CANCELLED".to_owned()));
        let start = datetime!(2026-12-03 08:00 UTC);
        let open = file(&Entry {
            when: When::Times(start, start),
            ..entry()
        });
        assert!(!open.contains("DTEND"));
    }

    #[test]
    fn the_local_day_is_that_of_the_zone() {
        let zone = TimeZone::get("Europe/Stockholm").expect("known");
        assert_eq!(
            day(datetime!(2026-06-30 22:30 UTC), &zone),
            jiff::civil::date(2026, 7, 1)
        );
    }

    proptest! {
        #[test]
        fn every_line_is_short_enough_and_unfolds_to_what_it_was(title in "[ -~åäö🎻é;,\\\\]{0,300}") {
            let whole = file(&Entry { title: &title, ..entry() });
            prop_assert!(whole.ends_with("\r\n") && !whole.replace("\r\n", "").contains(['\r', '\n']));
            for line in whole.split("\r\n") {
                prop_assert!(line.len() <= LINE, "{} octets", line.len());
            }
            let wanted = format!("SUMMARY:{}", escape(&title));
            prop_assert!(unfold(&whole).contains(&wanted));
        }
    }
}
