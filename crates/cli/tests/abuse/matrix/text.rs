//! Rows 30, 31, 39 and 40: text that hides, looks like another, or means something to what it passes through.
use contracts::events::v1 as events;
use contracts::guidance::v1 as guidance;
use contracts::identity::v1::{RegisterRequest, SignInRequest};
use contracts::profiles::v1 as profiles;
use contracts::ticketing::v1 as ticketing;
use futures::FutureExt;
use tonic::Code;

use super::stage::{EMAIL, PASSWORD, id, must, texts};
use super::trial::{Expect, Holds, Row, Trial};
use super::wire::Wire;
use crate::contract::valid;

#[rustfmt::skip]
pub(crate) const ROWS: [Row; 4] = [
    Row { number: 30, input: "bidirectional controls, zero width, 10,000 combining marks", holds: Holds::NoTrace(|t| hidden(t).boxed_local()) },
    Row { number: 31, input: "one address typed in other ways, and one that looks like it", holds: Holds::Trace("a mail to the one account", |t| one_address(t).boxed_local()) },
    Row { number: 39, input: "SQL, markup and templates in every text", holds: Holds::Trace("the texts, as they were", |t| verbatim(t).boxed_local()) },
    Row { number: 40, input: "addresses that are scripts", holds: Holds::NoTrace(|t| scripts(t).boxed_local()) },
];

async fn hidden(t: &Trial<'_>) {
    let controls = "\u{202A}\u{202B}\u{202C}\u{202D}\u{202E}\u{2066}\u{2067}\u{2068}\u{2069}";
    let zero_width = "\u{200B}\u{2060}\u{FEFF}";
    let mut names: Vec<String> = controls
        .chars()
        .chain(zero_width.chars())
        .map(|c| format!("{}{c}a", t.mark))
        .collect();
    names.push(format!("{}{}", t.mark, "\u{301}".repeat(10_000)));
    names.push(format!("{}{}", t.mark, "\u{301}\u{323}".repeat(20)));
    names.push(format!("{}{}", t.mark, "å".repeat(121 - t.mark.len())));
    names.push("\u{200B}\u{200B}".to_owned());
    for name in names {
        let what: String = name
            .chars()
            .take(40)
            .flat_map(char::escape_unicode)
            .collect();
        let request = ticketing::CreateHouseRequest {
            name,
            municipality: "1780".to_owned(),
            request_id: id(),
            ..Default::default()
        };
        let (staff, method) = (&t.stage.staff, "ticketing/CreateHouse");
        t.call(&what, staff, method, &request, Expect::Field("name"))
            .await;
    }
}

async fn one_address(t: &Trial<'_>) {
    // With an A and a ring of its own, in capitals, with spaces around it.
    let decomposed = EMAIL.replace('å', "a\u{30A}");
    for email in [
        decomposed.clone(),
        EMAIL.to_uppercase(),
        decomposed.to_uppercase(),
    ] {
        let request = register(t, &email);
        let what = format!("registering {email}");
        t.call(&what, "", "identity/Register", &request, Expect::Fine)
            .await;
        let request = SignInRequest {
            email: email.clone(),
            password: PASSWORD.to_owned(),
        };
        let what = format!("signing in as {email}");
        t.call(&what, "", "identity/SignIn", &request, Expect::Fine)
            .await;
    }
    t.holds(
        "there is one account",
        t.stage.count("identity.account").await == 1,
    );
    // Only the letters of one script are told apart by those who read them.
    for email in [
        EMAIL.replace("exempel", "ex\u{435}mpel"),
        EMAIL.replace('a', "\u{430}"),
        EMAIL.replace("nyckel", "n\u{3C5}ckel"),
    ] {
        let request = register(t, &email);
        let expect = Expect::Field("email");
        t.call(&email, "", "identity/Register", &request, expect)
            .await;
    }
}

fn register(t: &Trial<'_>, email: &str) -> RegisterRequest {
    RegisterRequest {
        email: email.to_owned(),
        password: format!("{} {PASSWORD}", t.mark),
        name: t.mark.clone(),
        language: "sv".to_owned(),
        request_id: id(),
    }
}

/// Texts that mean something to what they pass through: SQL, LIKE, tsquery, HTML, JSON, shells, templates, logs.
const META: &str = r#"'; drop table x; -- %_\ "q" & | ! (a:* <-> b) <script>alert(1)</script> {{7*7}} ${x} $1 `id` =1+1 \u0000 å̈👩‍🎨"#;

/// As much of it as a name may have.
fn name(meta: &str) -> String {
    meta.chars().take(120).collect()
}

async fn verbatim(t: &Trial<'_>) {
    let meta = format!("{} {META}", t.mark);
    of_a_house(t, &meta).await;
    of_a_profile(t, &meta).await;
    of_a_gathering(t, &meta).await;
    of_an_entry(t, &meta).await;
}

async fn of_a_house(t: &Trial<'_>, meta: &str) {
    let staff = t.stage.client(&t.stage.staff);
    let request = ticketing::CreateHouseRequest {
        name: name(meta),
        municipality: "1780".to_owned(),
        texts: texts(meta),
        request_id: id(),
    };
    let made: ticketing::House = must(&staff, "ticketing/CreateHouse", &request).await;
    let request = ticketing::GetHouseRequest {
        house_id: made.id.clone(),
    };
    let house: ticketing::House = must(&staff, "ticketing/GetHouse", &request).await;
    t.holds("a house keeps its name", house.name == name(meta));
    t.holds("a house keeps its text", house.texts == texts(meta));
    // Whatever reads the answer is told that it is no page.
    let body = format!("{{\"houseId\": \"{}\"}}", house.id);
    let asking = Wire::Json.asking("ticketing/GetHouse", body);
    let told = t.told("as JSON", asking, Expect::Fine).await;
    let header = |name: &str| Some(told.as_ref()?.headers.get(name)?.to_str().ok()?.to_owned());
    t.holds(
        "it is JSON",
        header("content-type").is_some_and(|k| k.starts_with("application/json")),
    );
    t.holds(
        "and nothing else",
        header("x-content-type-options").as_deref() == Some("nosniff"),
    );
    let request = ticketing::CreateProductionRequest {
        house_id: made.id.clone(),
        titles: texts(meta),
        texts: texts(meta),
        genre: "concert".to_owned(),
        minutes: 60,
        request_id: id(),
        ..Default::default()
    };
    let _: ticketing::Production = must(&staff, "ticketing/CreateProduction", &request).await;
    let request = ticketing::ListProductionsRequest {
        house_id: made.id,
        ..Default::default()
    };
    let listed: ticketing::ListProductionsResponse =
        must(&staff, "ticketing/ListProductions", &request).await;
    t.holds(
        "a production keeps its titles",
        listed.productions[0].titles == texts(meta),
    );
    t.holds(
        "a production keeps its texts",
        listed.productions[0].texts == texts(meta),
    );
}

async fn of_a_profile(t: &Trial<'_>, meta: &str) {
    let stranger = t.stage.client(&t.stage.region.person(&[]));
    let content = profiles::ProfileContent {
        name: name(meta),
        art_fields: vec!["stage.music".to_owned()],
        municipality: "1780".to_owned(),
        texts: texts(meta),
        links: vec![profiles::Link {
            title: name(meta),
            url: format!("https://example.org/?{}='%27--&b=<b>", t.mark),
        }],
        contact: Some(profiles::Contact {
            email: "o'brien+%_@example.org".to_owned(),
            ..Default::default()
        }),
    };
    let request = profiles::CreateProfileRequest {
        request_id: id(),
        content: Some(content.clone()),
    };
    let made: profiles::Profile = must(&stranger, "profiles/CreateProfile", &request).await;
    let request = profiles::GetProfileRequest {
        profile_id: made.id,
    };
    let profile: profiles::Profile = must(&stranger, "profiles/GetProfile", &request).await;
    t.holds("a profile keeps all", profile.content == Some(content));
}

async fn of_a_gathering(t: &Trial<'_>, meta: &str) {
    let staff = t.stage.client(&t.stage.staff);
    let message = contracts::pool()
        .get_message_by_name("kulturtorg.events.v1.GatheringContent")
        .expect("it exists");
    let mut content: events::GatheringContent =
        valid(&message, 0).transcode_to().expect("the same message");
    let place = name(meta);
    content.titles = texts(&place);
    content.texts = texts(meta);
    content.place.clone_from(&place);
    content.programme.clear();
    let request = events::CreateGatheringRequest {
        request_id: id(),
        content: Some(content),
    };
    let made: events::Gathering = must(&staff, "events/CreateGathering", &request).await;
    let request = events::GetGatheringRequest {
        gathering_id: made.id,
    };
    let told: events::Gathering = must(&staff, "events/GetGathering", &request).await;
    let told = told.content.unwrap_or_default();
    t.holds("a gathering keeps its titles", told.titles == texts(&place));
    t.holds("a gathering keeps its texts", told.texts == texts(meta));
    t.holds("a gathering keeps its place", told.place == place);
}

async fn of_an_entry(t: &Trial<'_>, meta: &str) {
    let staff = t.stage.client(&t.stage.staff);
    let name = name(meta);
    let entry = guidance::EntryContent {
        kind: guidance::EntryKind::Function.into(),
        name: name.clone(),
        text: meta.to_owned(),
        ..Default::default()
    };
    let request = guidance::CreateEntryRequest {
        request_id: id(),
        content: Some(entry),
    };
    let _: guidance::DirectoryEntry = must(&staff, "guidance/CreateEntry", &request).await;
    let all = guidance::ListEntriesRequest::default();
    let listed: guidance::ListEntriesResponse = must(&staff, "guidance/ListEntries", &all).await;
    let entry = listed.entries.iter().find(|e| e.name == name);
    t.holds("an entry keeps all", entry.is_some_and(|e| e.text == meta));
}

async fn scripts(t: &Trial<'_>) {
    let urls = [
        format!("javascript:alert('{}')", t.mark),
        format!("JavaScript:alert('{}')", t.mark),
        format!(" javascript:alert('{}')", t.mark),
        format!("java\tscript:alert('{}')", t.mark),
        format!("data:text/html,<script>{}</script>", t.mark),
        format!("vbscript:{}", t.mark),
        format!("file:///etc/{}", t.mark),
        format!("//{}.example", t.mark),
        format!("https://{}:secret@example.org/", t.mark),
        "https://".to_owned(),
    ];
    for url in urls {
        let content = profiles::ProfileContent {
            name: t.mark.clone(),
            art_fields: vec!["stage.music".to_owned()],
            municipality: "1780".to_owned(),
            links: vec![profiles::Link {
                title: t.mark.clone(),
                url: url.clone(),
            }],
            contact: Some(profiles::Contact {
                email: "asa@example.org".to_owned(),
                ..Default::default()
            }),
            ..Default::default()
        };
        let request = profiles::CreateProfileRequest {
            request_id: id(),
            content: Some(content),
        };
        let (owner, method) = (&t.stage.owner, "profiles/CreateProfile");
        let expect = Expect::Field("content.links[0].url");
        t.call(&url, owner, method, &request, expect).await;
    }
    let unknown = Wire::Json.asking(
        "profiles/CreateProfile",
        format!("<script>{}</script>", t.mark),
    );
    let expect = Expect::Status(Code::InvalidArgument, "MALFORMED_MESSAGE");
    t.told("a page", unknown.by(&t.stage.owner), expect).await;
}
