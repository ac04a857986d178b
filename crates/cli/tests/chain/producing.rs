//! Step 1: a producer registers, writes a profile and an offer, and applies with evidence.
use contracts::common::v1::{FilePart, Money};
use contracts::options::v1::Role;
use contracts::profiles::v1::offer_content::Price;
use contracts::profiles::v1::{
    Contact, CreateOfferRequest, CreateProfileRequest, FinishImageUploadRequest, GetImageRequest,
    GetProfileRequest, Link, Offer, OfferContent, Profile, ProfileContent, StartImageUploadRequest,
    StartImageUploadResponse, TechnicalNeeds, UploadImagePartRequest, UploadImagePartResponse,
    profile,
};
use contracts::review::v1::application::State;
use contracts::review::v1::{
    Application, Content, Education, Engagement, EngagementKind, FinishEvidenceUploadRequest,
    Route, StartApplicationRequest, StartEvidenceUploadRequest, StartEvidenceUploadResponse,
    SubmitApplicationRequest, UpdateApplicationRequest, UploadEvidencePartRequest,
    UploadEvidencePartResponse, education,
};
use tonic::Code;

use crate::files::{File, jpeg, pdf, png};
use crate::harness::{Person, Town, call, day_ago, id, in_days, keys, refused, stream, texts};

/// A producer with a profile and an offer.
pub(crate) struct Producer {
    pub(crate) person: Person,
    pub(crate) profile: String,
    pub(crate) offer: String,
}

/// What tells one producer from another.
pub(crate) struct About {
    pub(crate) email: &'static str,
    pub(crate) owner: &'static str,
    pub(crate) name: &'static str,
    pub(crate) contact: &'static str,
    pub(crate) art_field: &'static str,
    pub(crate) municipality: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) audiences: &'static [&'static str],
    pub(crate) title: &'static str,
}

pub(crate) const DANCER: About = About {
    email: "linnea@prov.example",
    owner: "Linnéa Åkerlöv",
    name: "Klarälvens dansteater",
    contact: "boka-linnea@prov.example",
    art_field: "stage.dance",
    municipality: "1780",
    kind: "performance",
    audiences: &["primary", "families"],
    title: "Ängens hemliga koreografi",
};

pub(crate) const PAINTER: About = About {
    email: "sixten@prov.example",
    owner: "Sixten Öhrnell",
    name: "Öhrnells ateljé",
    contact: "sixtens-lada@prov.example",
    art_field: "visual.art",
    municipality: "1765",
    kind: "workshop",
    audiences: &["adults"],
    title: "Måla med björkblad",
};

impl Producer {
    /// Registers, writes the profile with its picture, and an offer.
    pub(crate) async fn new(town: &Town, about: &About) -> Self {
        let person = town.join(about.email, about.owner).await;
        let request = CreateProfileRequest {
            request_id: id(),
            content: Some(profile_content(town, about)),
        };
        let made: Profile = call(&person.client, "profiles/CreateProfile", &request).await;
        assert_eq!(made.state(), profile::State::Draft);
        let request = CreateOfferRequest {
            request_id: id(),
            profile_id: made.id.clone(),
            content: Some(offer_content(about)),
        };
        let offer: Offer = call(&person.client, "profiles/CreateOffer", &request).await;
        let producer = Self {
            person,
            profile: made.id,
            offer: offer.id,
        };
        producer.show_picture(&jpeg("ateljen.jpg")).await;
        producer
    }

    async fn show_picture(&self, file: &File) {
        let client = &self.person.client;
        let request = StartImageUploadRequest {
            request_id: id(),
            profile_id: self.profile.clone(),
            name: file.name.to_owned(),
            media_type: file.media_type.to_owned(),
            size: file.size(),
            sha256: file.sha256(),
        };
        let upload: StartImageUploadResponse =
            call(client, "profiles/StartImageUpload", &request).await;
        for (part, data) in file.parts() {
            let request = UploadImagePartRequest {
                upload_id: upload.upload_id.clone(),
                part,
                data,
            };
            let _: UploadImagePartResponse =
                call(client, "profiles/UploadImagePart", &request).await;
        }
        let request = FinishImageUploadRequest {
            upload_id: upload.upload_id,
            image_alt: texts("Färgfläckar i alla riktningar", "Spots of colour"),
        };
        let shown: Profile = call(client, "profiles/FinishImageUpload", &request).await;
        assert!(!shown.image_id.is_empty(), "the profile has its picture");
    }

    pub(crate) async fn seen_by_owner(&self) -> Profile {
        let request = GetProfileRequest {
            profile_id: self.profile.clone(),
        };
        call(&self.person.client, "profiles/GetProfile", &request).await
    }

    /// Applies by this route with these files and hands the application in.
    pub(crate) async fn apply(
        &self,
        town: &Town,
        about: &About,
        route: Route,
        files: &[File],
    ) -> Application {
        let client = &self.person.client;
        let request = StartApplicationRequest {
            request_id: id(),
            profile_id: self.profile.clone(),
            route: route.into(),
        };
        let draft: Application = call(client, "review/StartApplication", &request).await;
        assert_eq!(draft.state(), State::Draft);
        let request = UpdateApplicationRequest {
            application_id: draft.id.clone(),
            etag: draft.etag,
            content: Some(application_content(town, about, route)),
        };
        let _: Application = call(client, "review/UpdateApplication", &request).await;
        for file in files {
            self.upload_evidence(&draft.id, file).await;
        }
        let request = SubmitApplicationRequest {
            request_id: id(),
            application_id: draft.id,
        };
        call(client, "review/SubmitApplication", &request).await
    }

    async fn upload_evidence(&self, application: &str, file: &File) {
        let client = &self.person.client;
        let request = StartEvidenceUploadRequest {
            request_id: id(),
            application_id: application.to_owned(),
            name: file.name.to_owned(),
            media_type: file.media_type.to_owned(),
            size: file.size(),
            sha256: file.sha256(),
        };
        let upload: StartEvidenceUploadResponse =
            call(client, "review/StartEvidenceUpload", &request).await;
        for (part, data) in file.parts() {
            let request = UploadEvidencePartRequest {
                upload_id: upload.upload_id.clone(),
                part,
                data,
            };
            let _: UploadEvidencePartResponse =
                call(client, "review/UploadEvidencePart", &request).await;
        }
        let request = FinishEvidenceUploadRequest {
            upload_id: upload.upload_id,
            description: String::new(),
        };
        let _: Application = call(client, "review/FinishEvidenceUpload", &request).await;
    }
}

fn profile_content(town: &Town, about: &About) -> ProfileContent {
    ProfileContent {
        name: town.private(about.name),
        art_fields: keys(&[about.art_field]),
        municipality: about.municipality.to_owned(),
        texts: texts(
            &town.private("Vi spelar där älven gör en krok."),
            &town.private("We play where the river bends."),
        ),
        links: vec![Link {
            title: "Film".to_owned(),
            url: town.private("https://prov.example/film"),
        }],
        contact: Some(Contact {
            name: town.private("Producentens kansli"),
            email: town.private(about.contact),
            phone: town.private("070-174 06 55"),
        }),
    }
}

fn offer_content(about: &About) -> OfferContent {
    OfferContent {
        kind: about.kind.to_owned(),
        audiences: keys(about.audiences),
        titles: texts(about.title, "For everybody"),
        texts: texts("En timme tillsammans.", "An hour together."),
        minutes: 55,
        price: Some(Price::FixedPrice(Money {
            currency: "SEK".to_owned(),
            minor_units: 850_000,
        })),
        group_size_max: 60,
        needs: Some(TechnicalNeeds {
            stage_width_cm: 600,
            power_amperes: 16,
            darkness: true,
            ..Default::default()
        }),
        travels_everywhere: false,
        travels_to: keys(&[about.municipality, "1785"]),
    }
}

fn application_content(town: &Town, about: &About, route: Route) -> Content {
    let education = Education {
        title: town.private("Konstnärlig kandidat i särskilda steg"),
        school: town.private("Högskolan vid Vänern"),
        finished_on: day_ago(300),
        level: education::Level::Higher.into(),
        programme: education::Programme::Artistic.into(),
        art_field: about.art_field.to_owned(),
    };
    let engagement = |title: &str, from: i64, until: i64, kind: EngagementKind| Engagement {
        title: town.private(title),
        place: town.private("Gamla sågen i Ransäter"),
        from_day: day_ago(from),
        until_day: day_ago(until),
        kind: kind.into(),
        with_children: false,
    };
    Content {
        statement: town.private("Jag har levt av detta sedan jag flyttade hem."),
        education: (route == Route::Education).then_some(education),
        engagements: match route {
            Route::Activity => vec![
                engagement(
                    "Sommarspelet om flottarna",
                    1_000,
                    300,
                    EngagementKind::Engagement,
                ),
                engagement(
                    "Arbetsstipendium för snickarglädje",
                    280,
                    20,
                    EngagementKind::Grant,
                ),
            ],
            _ => Vec::new(),
        },
        absences: Vec::new(),
        educator: false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_producer_registers_writes_a_profile_with_picture_and_offer_and_hands_in_by_either_route()
{
    let town = Town::start().await;
    let dancer = Producer::new(&town, &DANCER).await;
    let seen = dancer.seen_by_owner().await;
    assert!(
        seen.hints.is_empty(),
        "nothing is missing: {:?}",
        seen.hints
    );
    assert_eq!(seen.offers.len(), 1);
    let image = GetImageRequest {
        image_id: seen.image_id,
    };
    let parts: Vec<FilePart> = stream(&dancer.person.client, "profiles/GetImage", &image)
        .await
        .expect("the owner sees it");
    assert_eq!(parts[0].media_type, "image/jpeg");
    // Nobody else sees the draft or its picture before it is approved.
    let request = GetProfileRequest {
        profile_id: dancer.profile.clone(),
    };
    assert_eq!(
        refused(&town.anybody, "profiles/GetProfile", &request)
            .await
            .code(),
        Code::NotFound
    );
    assert_eq!(
        refused(&town.anybody, "profiles/GetImage", &image)
            .await
            .code(),
        Code::NotFound
    );

    let files = [pdf("examen.pdf"), jpeg("affisch.jpg"), png("avtal.png")];
    let handed_in = dancer.apply(&town, &DANCER, Route::Education, &files).await;
    assert!(matches!(
        handed_in.state(),
        State::Submitted | State::InReview
    ));
    assert_eq!(
        (handed_in.evidence.len(), handed_in.route()),
        (3, Route::Education)
    );

    let painter = Producer::new(&town, &PAINTER).await;
    let handed_in = painter
        .apply(&town, &PAINTER, Route::Activity, &[png("stipendium.png")])
        .await;
    assert_eq!(
        (handed_in.evidence.len(), handed_in.route()),
        (1, Route::Activity)
    );
    let others = contracts::review::v1::GetApplicationRequest {
        application_id: handed_in.id,
    };
    assert_eq!(
        refused(&dancer.person.client, "review/GetApplication", &others)
            .await
            .code(),
        Code::NotFound
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_without_evidence_is_not_taken_and_the_answer_says_what_is_missing() {
    let town = Town::start().await;
    let dancer = Producer::new(&town, &DANCER).await;
    let request = StartApplicationRequest {
        request_id: id(),
        profile_id: dancer.profile.clone(),
        route: Route::Education.into(),
    };
    let draft: Application = call(&dancer.person.client, "review/StartApplication", &request).await;
    let request = SubmitApplicationRequest {
        request_id: id(),
        application_id: draft.id,
    };
    let status = refused(&dancer.person.client, "review/SubmitApplication", &request).await;
    let told = format!("{:#}", kulturtorg::call::told(status));
    for missing in ["evidence", "content.statement", "content.education"] {
        assert!(told.contains(missing), "{missing} is told in\n{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_counts_only_where_it_was_given() {
    let town = Town::start().await;
    let adviser = town
        .staff("rad@prov.example", "Ragna Rådberg", Role::Adviser, &[])
        .await;
    let request = contracts::review::v1::ListApplicationsRequest::default();
    let status = refused(&adviser.client, "review/ListApplications", &request).await;
    assert_eq!(status.code(), Code::PermissionDenied);
    let request = contracts::events::v1::CreateGatheringRequest {
        request_id: id(),
        content: Some(contracts::events::v1::GatheringContent {
            start_time: in_days(3),
            ..Default::default()
        }),
    };
    assert_eq!(
        refused(&adviser.client, "events/CreateGathering", &request)
            .await
            .code(),
        Code::InvalidArgument
    );
    assert_eq!(
        refused(&town.anybody, "events/CreateGathering", &request)
            .await
            .code(),
        Code::Unauthenticated
    );
}
