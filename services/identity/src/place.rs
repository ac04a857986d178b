//! The region as everybody may know it. Its file does not change while we run, so the answer is made once.
use contracts::common::v1::LocalText;
use contracts::identity::v1::region_service_server::RegionService;
use contracts::identity::v1::*;
use kit::clock;
use region::Names;
use tonic::{Request, Response, Status};

pub(crate) struct RegionRpc(Region);

impl RegionRpc {
    pub(crate) fn new(region: &region::Region, demo: bool) -> Self {
        Self(to_proto(region, demo))
    }
}

#[tonic::async_trait]
impl RegionService for RegionRpc {
    async fn get_region(&self, _: Request<GetRegionRequest>) -> Result<Response<Region>, Status> {
        Ok(Response::new(self.0.clone()))
    }
}

fn to_proto(of: &region::Region, demo: bool) -> Region {
    let terms = |list: &[region::Term]| list.iter().map(|t| term(of, &t.key, &t.name)).collect();
    Region {
        key: of.key.clone(),
        names: names(of, &of.name),
        languages: of.languages.clone(),
        time_zone: of.time_zone.clone(),
        currency: of.currency.clone(),
        country: of.country.clone(),
        registration_opens: Some(clock::to_proto(of.launch.registration_opens)),
        site_launches: Some(clock::to_proto(of.launch.site_launches)),
        theme: Some(Theme {
            brand_light: of.theme.brand_light.to_ascii_lowercase(),
            brand_dark: of.theme.brand_dark.to_ascii_lowercase(),
        }),
        contact: Some(RegionContact {
            name: of.contact.name.clone(),
            email: of.contact.email.clone(),
            url: of.contact.url.clone(),
        }),
        demo,
        art_fields: of.art_fields.iter().map(|f| art_field(of, f)).collect(),
        municipalities: of
            .municipalities
            .iter()
            .map(|m| municipality(of, m))
            .collect(),
        audiences: terms(&of.audiences),
        offer_kinds: terms(&of.offer_kinds),
        buyer_kinds: terms(&of.buyer_kinds),
        gathering_formats: terms(&of.gathering_formats),
        genres: terms(&of.genres),
        guidance_themes: terms(&of.themes),
        review: Some(review(&of.review)),
        hold_minutes: of.ticketing.hold_minutes.into(),
        seats_per_order: of.ticketing.seats_per_order.into(),
    }
}

fn art_field(of: &region::Region, field: &region::ArtField) -> ArtField {
    let parts = field.children.iter().map(|p| term(of, &p.key, &p.name));
    ArtField {
        key: field.key.clone(),
        names: names(of, &field.name),
        parts: parts.collect(),
        window_years: of.window_years(&field.key).into(),
        proofs_needed: of.proofs_needed(&field.key).unwrap_or_default().into(),
    }
}

fn municipality(of: &region::Region, place: &region::Municipality) -> Term {
    Term {
        key: place.key.clone(),
        names: vec![LocalText {
            language: of.main_language().to_owned(),
            text: place.name.clone(),
        }],
    }
}

fn term(of: &region::Region, key: &str, name: &Names) -> Term {
    Term {
        key: key.to_owned(),
        names: names(of, name),
    }
}

/// In the order of the region's languages, so that the first is the fall-back.
fn names(of: &region::Region, names: &Names) -> Vec<LocalText> {
    let text = |language: &String| {
        Some(LocalText {
            language: language.clone(),
            text: names.get(language)?.clone(),
        })
    };
    of.languages.iter().filter_map(text).collect()
}

fn review(rules: &region::Review) -> ReviewRules {
    ReviewRules {
        panel_size: rules.panel_size.into(),
        quorum: rules.quorum.into(),
        education_years: rules.education_years.into(),
        activity_years: rules.activity_years.into(),
        evidence_kept_days: rules.evidence_kept_days.into(),
        conflict_note: rules.conflict_note.clone(),
    }
}
