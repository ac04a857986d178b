use super::*;
use proptest::prelude::*;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);

fn profile() -> Profile {
    let content = ProfileContent {
        name: "Klaraensemblen".to_owned(),
        art_fields: vec!["stage.music".to_owned()],
        municipality: "1780".to_owned(),
        texts: Texts::from([("sv".to_owned(), "Vi spelar.".to_owned())]),
        links: Vec::new(),
        contact: Contact {
            name: String::new(),
            email: "a@exempel.se".to_owned(),
            phone: String::new(),
        },
    };
    Profile::draft(Uuid::from_u128(1), Uuid::from_u128(2), content, NOW)
}

#[test]
fn approval_publishes_a_draft_and_leaves_a_hidden_one_hidden() {
    let mut p = profile();
    assert!(matches!(p.hide(Hider::Owner), Err(Error::NotPublished)));
    p.approve(NOW);
    assert_eq!(p.state(), State::Published);
    p.hide(Hider::Owner).expect("published");
    p.approve(NOW);
    assert_eq!(p.state(), State::Hidden);
    p.show(Hider::Owner).expect("hidden by the owner");
    assert_eq!(p.state(), State::Published);
}

#[test]
fn what_the_region_hid_the_owner_cannot_show() {
    let mut p = profile();
    p.approve(NOW);
    p.hide(Hider::Region).expect("published");
    p.hide(Hider::Owner).expect("hidden already");
    assert!(matches!(p.show(Hider::Owner), Err(Error::HiddenByRegion)));
    p.show(Hider::Region).expect("by the region");
    assert_eq!(p.state(), State::Published);
}

#[test]
fn hints_name_what_is_missing_and_in_which_language() {
    let languages = ["sv".to_owned(), "en".to_owned()];
    let mut p = profile();
    let missing = |p: &Profile| -> Vec<(Missing, Option<String>)> {
        hints(p, &[], &languages)
            .into_iter()
            .map(|h| (h.missing, h.language))
            .collect()
    };
    let en = Some("en".to_owned());
    assert_eq!(
        missing(&p),
        [
            (Missing::Text, en.clone()),
            (Missing::Image, None),
            (Missing::Offer, None),
            (Missing::Link, None)
        ]
    );
    p.texts.insert("en".to_owned(), "We play.".to_owned());
    p.links.push(Link {
        title: "Webb".to_owned(),
        url: "https://exempel.se".to_owned(),
    });
    p.image_id = Some(Uuid::from_u128(3));
    p.image_alt
        .insert("sv".to_owned(), "Fyra stråkar".to_owned());
    assert_eq!(
        missing(&p),
        [(Missing::ImageAlt, en), (Missing::Offer, None)]
    );
}

proptest! {
    #[test]
    fn only_the_owner_sees_a_protected_profile_and_the_public_only_a_published_one(
        steps in prop::collection::vec(0..6u8, 0..10), launched: bool
    ) {
        let mut p = profile();
        for step in steps {
            match step {
                0 => p.approve(NOW),
                1 => drop(p.hide(Hider::Owner)),
                2 => drop(p.hide(Hider::Region)),
                3 => drop(p.show(Hider::Owner)),
                4 => drop(p.show(Hider::Region)),
                _ => p.protected = !p.protected,
            }
            let published = p.state() == State::Published;
            prop_assert!(p.seen_by(Viewer::Owner, launched));
            prop_assert_eq!(p.seen_by(Viewer::Reviewing, launched), !p.protected);
            prop_assert_eq!(p.seen_by(Viewer::Staff, launched), published);
            prop_assert_eq!(p.seen_by(Viewer::Public, launched), published && launched);
            prop_assert!(!(published && p.protected));
            prop_assert_eq!(p.state() == State::Draft, p.approved_at.is_none());
        }
    }
}
