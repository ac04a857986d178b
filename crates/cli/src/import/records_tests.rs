//! Small calendars written for these tests, with the trouble that real ones have.
use super::*;
use tokio::sync::mpsc;

fn read_all(yaml: &str) -> (Vec<Mapped>, Result<u64, Broken>) {
    let (out, mut records) = mpsc::channel(100);
    let read = read_from(yaml.as_bytes(), "torp", &out);
    drop(out);
    let mut all = Vec::new();
    while let Ok(record) = records.try_recv() {
        all.push(record);
    }
    (all, read)
}

const CALENDAR: &str = r#"# yaml-language-server: $schema=elsewhere
events:
  - name: "Höstdans: polska & vals"
    details: |
      Första raden.
      Andra raden.
    links:
      - "https://example.org/höst dans/1"
    start: "2026-10-03T19:00:00+02:00"
    end: 2026-10-04T00:30:00+02:00
    country: Sweden
    city: Torsby
    styles: [scandi]
    workshop: false
    social: true
    bands:
      - Näverlur's & Co
    price: €12-€15
    organisation: ~
  - name: Midsommar
    start_date: 2026-06-19
    end_date: 2026-06-20
    country: Sweden
    city: "Sunne"
    styles:
      - scandi
      - balfolk
    workshop: true
    social: true
    cancelled: true
    price: free
    organisation: Hembygdsgården
"#;

#[test]
fn a_calendar_is_read_with_its_dates_times_lists_and_missing_fields() {
    let (records, read) = read_all(CALENDAR);
    assert_eq!((read.expect("whole"), records.len()), (2, 2));
    let first = records[0].request.as_ref().expect("good");
    assert_eq!(first.name, "Höstdans: polska & vals");
    assert_eq!(first.details, "Första raden.\nAndra raden.");
    assert_eq!(
        (first.start.as_str(), first.end.as_str()),
        ("2026-10-03T19:00:00+02:00", "2026-10-04T00:30:00+02:00")
    );
    assert_eq!(
        (first.organisation.as_str(), first.price.as_str()),
        ("", "€12-€15")
    );
    assert_eq!(first.performers, ["Näverlur's & Co"]);
    assert_eq!((first.source.as_str(), first.record), ("torp", 1));
    let second = records[1].request.as_ref().expect("good");
    assert_eq!(
        (
            second.start_date.as_str(),
            second.end_date.as_str(),
            second.record
        ),
        ("2026-06-19", "2026-06-20", 2)
    );
    assert!(second.cancelled && second.workshop && second.start.is_empty());
    assert!(records.iter().all(|r| r.remarks.is_empty()));
}

#[test]
fn a_record_with_faults_is_refused_with_each_of_them_and_the_others_go_on() {
    let yaml = "events:
  - name: 1.50
    city: [Sunne, Torsby]
    links: https://example.org
    social: kanske
    bands: [true]
  - just a text
  - name: Next
    organiser: told by no schema
    source: here
";
    let (records, read) = read_all(yaml);
    assert_eq!((read.expect("whole"), records.len()), (3, 3));
    let why = records[0]
        .request
        .as_ref()
        .expect_err("five faults")
        .join("\n");
    for field in ["name:", "city:", "links:", "social:", "bands[0]:"] {
        assert!(why.contains(field), "{field} is not in {why}");
    }
    assert!(records[1].request.is_err());
    assert!(records[2].request.is_ok());
    assert_eq!(records[2].remarks.len(), 1, "{:?}", records[2].remarks);
}

#[test]
fn a_file_that_breaks_off_tells_the_line_and_keeps_what_came_before() {
    let yaml = format!("{CALENDAR}  - name: \"Never closed\n    city: Sunne\n");
    let (records, read) = read_all(&yaml);
    let broken = read.expect_err("a quote is missing");
    assert_eq!((broken.read, records.len()), (2, 2));
    assert!(broken.why.contains("line 3"), "{}", broken.why);
}

#[test]
fn a_file_of_something_else_says_so() {
    for (yaml, told) in [
        ("people: []", "no list `events`"),
        ("", ""),
        ("events: 7", "events"),
    ] {
        let broken = read_all(yaml).1.expect_err("no calendar");
        assert!(broken.why.contains(told), "{yaml:?}: {}", broken.why);
    }
    assert_eq!(read_all("events: []").1.expect("an empty calendar"), 0);
}

#[test]
fn records_leave_while_the_file_is_still_being_read() {
    // The reader stands still behind two records that nobody has taken, however long the file is.
    let (out, mut records) = mpsc::channel(1);
    let endless = std::io::Read::chain("events:\n".as_bytes(), Endless { at: 0 });
    let reader = std::thread::spawn(move || read_from(endless, "torp", &out));
    for number in 1..=5000 {
        assert_eq!(
            records
                .blocking_recv()
                .expect("there is always one more")
                .record,
            number
        );
    }
    drop(records);
    let broken = reader.join().expect("no panic").expect_err("stopped");
    assert!(broken.why.contains("stopped"), "{}", broken.why);
}

struct Endless {
    at: usize,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        const RECORD: &[u8] = b"  - name: Dans\n    city: Sunne\n";
        let rest = &RECORD[self.at..];
        let given = rest.len().min(buffer.len());
        buffer[..given].copy_from_slice(&rest[..given]);
        self.at = (self.at + given) % RECORD.len();
        Ok(given)
    }
}
