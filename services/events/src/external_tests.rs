use super::*;

fn request(name: &str) -> ImportGatheringRequest {
    ImportGatheringRequest {
        source: "a".to_owned(),
        record: 1,
        name: name.to_owned(),
        start: "2026-05-16T20:00:00+02:00".to_owned(),
        end: "2026-05-17T00:00:00+02:00".to_owned(),
        country: "Sweden".to_owned(),
        city: "Göteborg".to_owned(),
        ..Default::default()
    }
}

fn record(request: ImportGatheringRequest) -> Record {
    read(request).expect("a good record")
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|t| (*t).to_owned()).collect()
}

fn bad(request: ImportGatheringRequest) -> Vec<String> {
    match read(request) {
        Err(Error::Fields(fields)) => fields.into_iter().map(|(f, _)| f).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn names_are_compared_without_accents_case_spaces_and_punctuation() {
    assert_eq!(key("Le P’tit Bal à Olli"), key("le ptit  bal A olli!"));
    assert_eq!(key("Bal@Herk"), key("Bal @ herk"));
    assert_ne!(key("Ransätersstämman"), key("Ransäterstämman"));
}

#[test]
fn every_fault_of_a_record_is_named() {
    let broken = ImportGatheringRequest {
        country: "Atlantis".to_owned(),
        city: "–".to_owned(),
        end: "2026-05-16".to_owned(),
        ..request("x")
    };
    assert_eq!(bad(broken), ["country", "city", "end"]);
    let backwards = ImportGatheringRequest {
        end: "2026-05-16T19:00:00+02:00".to_owned(),
        ..request("x")
    };
    assert_eq!(bad(backwards), ["end"]);
    let neither = ImportGatheringRequest {
        start: String::new(),
        end: String::new(),
        ..request("x")
    };
    assert_eq!(bad(neither), ["start"]);
    let both = ImportGatheringRequest {
        start_date: "2026-05-16".to_owned(),
        ..request("x")
    };
    assert_eq!(bad(both), ["start_date"]);
}

#[test]
fn days_without_times_are_local_days() {
    let days = ImportGatheringRequest {
        start: String::new(),
        end: String::new(),
        start_date: "2026-03-28".to_owned(),
        end_date: "2026-03-29".to_owned(),
        ..request("x")
    };
    let record = record(days);
    // The clocks go forward on the second day: it has 23 hours.
    assert_eq!((record.when.end - record.when.start).whole_hours(), 47);
    assert_eq!(record.day, jiff::civil::date(2026, 3, 28));
}

#[test]
fn an_offset_that_the_country_does_not_have_then_keeps_the_instant_and_is_remarked() {
    let odd = ImportGatheringRequest {
        start: "2026-05-16T20:00:00+01:00".to_owned(),
        ..request("x")
    };
    let record = record(odd);
    assert_eq!(
        record.when.start,
        time::macros::datetime!(2026-05-16 19:00 UTC)
    );
    assert_eq!(record.remarks.len(), 1, "{:?}", record.remarks);
    let open = ImportGatheringRequest {
        end: request("x").start,
        ..request("x")
    };
    assert_eq!(super::read(open).expect("kept").remarks.len(), 1);
}

#[test]
fn the_same_name_on_the_same_day_is_one_gathering_even_when_one_calendar_knows_no_times() {
    let days = ImportGatheringRequest {
        start: String::new(),
        end: String::new(),
        start_date: "2026-05-16".to_owned(),
        end_date: "2026-05-16".to_owned(),
        city: "GÖTEBORG ".to_owned(),
        ..request("vår-bal")
    };
    assert!(same(&record(request("Vårbal")), &record(days)).is_some());
}

#[test]
fn the_same_name_in_another_year_city_or_part_of_the_day_is_another_gathering() {
    let first = record(request("Vårbal"));
    let year = ImportGatheringRequest {
        start: "2027-05-16T20:00:00+02:00".to_owned(),
        end: "2027-05-17T00:00:00+02:00".to_owned(),
        ..request("Vårbal")
    };
    let city = ImportGatheringRequest {
        city: "Borås".to_owned(),
        ..request("Vårbal")
    };
    let morning = ImportGatheringRequest {
        start: "2026-05-16T10:00:00+02:00".to_owned(),
        end: "2026-05-16T12:00:00+02:00".to_owned(),
        ..request("Vårbal")
    };
    for other in [year, city, morning] {
        assert_eq!(same(&first, &record(other)), None);
    }
}

#[test]
fn courses_side_by_side_of_one_organiser_with_a_link_in_common_are_several() {
    let course = |name: &str| ImportGatheringRequest {
        organisation: "Folkdans i Väst".to_owned(),
        links: texts(&["https://example.org/kurser"]),
        ..request(name)
    };
    let longer = ImportGatheringRequest {
        end: "2026-05-16T23:00:00+02:00".to_owned(),
        ..course("Polska 2")
    };
    assert_eq!(same(&record(course("Polska 1")), &record(longer)), None);
    let no_link = ImportGatheringRequest {
        links: Vec::new(),
        ..course("Polska 3")
    };
    assert_eq!(same(&record(course("Polska 1")), &record(no_link)), None);
}

#[test]
fn the_same_performers_make_one_gathering_of_two_names() {
    let ball = |name: &str, performers: &[&str]| ImportGatheringRequest {
        performers: texts(performers),
        ..request(name)
    };
    let a = record(ball("Bal folk", &["Trio Näver", "Duo Björk"]));
    assert!(
        same(
            &a,
            &record(ball("Dans på logen", &["duo björk", "Trio Näver"]))
        )
        .is_some()
    );
    // One performer in common is a sign only together with the same start or organiser.
    let late = ImportGatheringRequest {
        start: "2026-05-16T21:00:00+02:00".to_owned(),
        ..ball("Nattdans", &["Duo Björk"])
    };
    assert_eq!(same(&a, &record(late)), None);
    assert!(same(&a, &record(ball("Kväll", &["Duo Björk"]))).is_some());
    assert_eq!(same(&a, &record(ball("Kväll", &["Andra"]))), None);
}

#[test]
fn another_calendar_with_the_same_organiser_and_start_tells_of_the_same_gathering() {
    let mine = ImportGatheringRequest {
        organisation: "Folkets hus".to_owned(),
        ..request("Stordans")
    };
    let theirs = ImportGatheringRequest {
        source: "b".to_owned(),
        organisation: "folkets Hus".to_owned(),
        ..request("Dansafton")
    };
    assert!(same(&record(mine.clone()), &record(theirs.clone())).is_some());
    assert_eq!(
        same(
            &record(mine),
            &record(ImportGatheringRequest {
                source: "a".to_owned(),
                ..theirs
            })
        ),
        None
    );
}
