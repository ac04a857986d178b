//! What people write, checked against the region's lists. The contract's rules have been checked before; here is
//! what they cannot say. Every fault is found, not only the first.
use std::collections::{BTreeMap, HashSet};

use contracts::common::v1::LocalText;
use contracts::profiles::v1 as pb;
use region::Region;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Violation};
use crate::offer::{Needs, OfferContent};

/// Texts by language.
pub(crate) type Texts = BTreeMap<String, String>;

/// A page elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Link {
    pub title: String,
    pub url: String,
}

/// How a producer is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Contact {
    pub name: String,
    pub email: String,
    pub phone: String,
}

/// What a producer writes about themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProfileContent {
    pub name: String,
    pub art_fields: Vec<String>,
    pub municipality: String,
    pub texts: Texts,
    pub links: Vec<Link>,
    pub contact: Contact,
}

const LONGEST_TITLE: usize = 120;
const LONGEST_ALT: usize = 300;

/// A profile's content from a request's field `content`.
pub(crate) fn profile(
    region: &Region,
    content: pb::ProfileContent,
) -> Result<ProfileContent, Error> {
    let mut check = Check::new(region);
    check.keys(
        "content.art_fields",
        &content.art_fields,
        "art fields",
        |k| region.art_field(k).is_some(),
    );
    check.key(
        "content.municipality",
        &content.municipality,
        "municipalities",
        |k| region.municipality(k).is_some(),
    );
    let texts = check.texts("content.texts", content.texts);
    let contact = content.contact.unwrap_or_default();
    check.finish(ProfileContent {
        name: content.name.trim().to_owned(),
        art_fields: content.art_fields,
        municipality: content.municipality,
        texts,
        links: content
            .links
            .into_iter()
            .map(|l| Link {
                title: l.title,
                url: l.url,
            })
            .collect(),
        contact: Contact {
            name: contact.name,
            email: contact.email,
            phone: contact.phone,
        },
    })
}

/// An offer's content from a request's field `content`.
pub(crate) fn offer(region: &Region, content: pb::OfferContent) -> Result<OfferContent, Error> {
    let known = |terms: &[region::Term], key: &str| terms.iter().any(|t| t.key == key);
    let mut check = Check::new(region);
    check.key("content.kind", &content.kind, "offer kinds", |k| {
        known(&region.offer_kinds, k)
    });
    check.keys("content.audiences", &content.audiences, "audiences", |k| {
        known(&region.audiences, k)
    });
    let titles = check.titles("content.titles", content.titles, LONGEST_TITLE);
    let texts = check.texts("content.texts", content.texts);
    let price = check.price("content.price", content.price);
    check.keys(
        "content.travels_to",
        &content.travels_to,
        "municipalities",
        |k| region.municipality(k).is_some(),
    );
    if content.travels_everywhere && !content.travels_to.is_empty() {
        check.refuse(
            "content.travels_to",
            "must be empty when the producer travels everywhere",
        );
    }
    let needs = content.needs.unwrap_or_default();
    let notes = check.texts("content.needs.notes", needs.notes);
    check.finish(OfferContent {
        kind: content.kind,
        audiences: content.audiences,
        titles,
        texts,
        minutes: content.minutes,
        price,
        group_size_max: content.group_size_max,
        needs: Needs {
            stage_width_cm: needs.stage_width_cm,
            stage_depth_cm: needs.stage_depth_cm,
            stage_height_cm: needs.stage_height_cm,
            power_amperes: needs.power_amperes,
            darkness: needs.darkness,
            load_in_minutes: needs.load_in_minutes,
            own_sound: needs.own_sound,
            own_light: needs.own_light,
            notes,
        },
        travels_everywhere: content.travels_everywhere,
        travels_to: content.travels_to,
    })
}

/// What a picture shows, from a request's field `image_alt`.
pub(crate) fn image_alt(region: &Region, texts: Vec<LocalText>) -> Result<Texts, Error> {
    let mut check = Check::new(region);
    let texts = check.titles("image_alt", texts, LONGEST_ALT);
    check.finish(texts)
}

/// Who asks and in which language they are written to; the language may be left out.
pub(crate) fn buyer(region: &Region, request: &pb::SendEnquiryRequest) -> Result<String, Error> {
    let mut check = Check::new(region);
    check.key("buyer_kind", &request.buyer_kind, "buyer kinds", |k| {
        region.buyer_kinds.iter().any(|t| t.key == k)
    });
    if request.buyer_name.contains('@') {
        check.refuse(
            "buyer_name",
            "must be a name, not an address: the producer sees it before answering",
        );
    }
    if !request.language.is_empty() {
        check.language("language", &request.language);
    }
    let language = if request.language.is_empty() {
        region.main_language()
    } else {
        &request.language
    };
    check.finish(language.to_owned())
}

struct Check<'r> {
    region: &'r Region,
    bad: Vec<Violation>,
}

impl<'r> Check<'r> {
    fn new(region: &'r Region) -> Self {
        Self {
            region,
            bad: Vec::new(),
        }
    }

    fn refuse(&mut self, field: &str, what: impl Into<String>) {
        self.bad.push((field.to_owned(), what.into()));
    }

    fn key(&mut self, field: &str, key: &str, of: &str, known: impl Fn(&str) -> bool) {
        if !known(key) {
            self.refuse(field, format!("must be one of the region's {of}"));
        }
    }

    fn keys(&mut self, field: &str, keys: &[String], of: &str, known: impl Fn(&str) -> bool) {
        let mut seen = HashSet::new();
        for (i, key) in keys.iter().enumerate() {
            let field = format!("{field}[{i}]");
            self.key(&field, key, of, &known);
            if !seen.insert(key) {
                self.refuse(&field, "is there twice");
            }
        }
    }

    fn language(&mut self, field: &str, language: &str) {
        if !self.region.languages.iter().any(|l| l == language) {
            self.refuse(
                field,
                format!(
                    "must be one of the region's languages: {}",
                    self.region.languages.join(", ")
                ),
            );
        }
    }

    fn texts(&mut self, field: &str, texts: Vec<LocalText>) -> Texts {
        let mut by_language = Texts::new();
        for (i, LocalText { language, text }) in texts.into_iter().enumerate() {
            let field = format!("{field}[{i}].language");
            self.language(&field, &language);
            if by_language.insert(language, text).is_some() {
                self.refuse(&field, "is there twice");
            }
        }
        by_language
    }

    /// Texts of one short line.
    fn titles(&mut self, field: &str, texts: Vec<LocalText>, longest: usize) -> Texts {
        for (i, LocalText { text, .. }) in texts.iter().enumerate() {
            if text.chars().count() > longest || text.contains(['\n', '\r', '\t']) {
                self.refuse(
                    &format!("{field}[{i}].text"),
                    format!("must be one line of at most {longest} characters"),
                );
            }
        }
        self.texts(field, texts)
    }

    /// The price in minor units; `None`: on request.
    fn price(&mut self, field: &str, price: Option<pb::offer_content::Price>) -> Option<i64> {
        use pb::offer_content::Price;
        match price {
            None => self.refuse(field, "must be a fixed price or on request"),
            Some(Price::OnRequest(_)) => {}
            Some(Price::FixedPrice(money)) if money.currency == self.region.currency => {
                return Some(money.minor_units);
            }
            Some(Price::FixedPrice(_)) => {
                let what = format!("must be in the region's currency, {}", self.region.currency);
                self.refuse("content.fixed_price.currency", what);
            }
        }
        None
    }

    fn finish<T>(self, parsed: T) -> Result<T, Error> {
        if self.bad.is_empty() {
            Ok(parsed)
        } else {
            Err(Error::Fields(self.bad))
        }
    }
}
