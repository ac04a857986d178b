//! A running service, the people who call it, and what they usually send.
use contracts::common::v1::{LocalText, Money};
use contracts::notify::v1::SendRequest;
use contracts::options::v1::Role;
use contracts::profiles::v1::profiles_service_client::ProfilesServiceClient;
use contracts::profiles::v1::*;
use contracts::review::v1::ApplicationApproved;
use prost::Message;
use sqlx::{Connection, PgConnection};
use testkit::{Client, Stack, eventually};
use tonic::{Code, Status};
use uuid::Uuid;

pub(crate) type Profiles = ProfilesServiceClient<Client>;

pub(crate) const PRODUCER_EMAIL: &str = "klara@producent.example.se";
pub(crate) const BUYER_EMAIL: &str = "rektor@skolan.example.se";

/// One account that owns what [`App::draft`] makes.
pub(crate) const OWNER: Uuid = Uuid::from_u128(0xA);
/// Somebody else's account.
pub(crate) const OTHER: Uuid = Uuid::from_u128(0xB);

pub(crate) struct App {
    pub(crate) stack: Stack,
}

impl App {
    pub(crate) async fn start() -> Self {
        Self::start_with(profiles::Settings::default()).await
    }

    pub(crate) async fn start_with(settings: profiles::Settings) -> Self {
        let mut stack = Stack::new().await;
        stack
            .start("profiles", |start, region, listener| {
                profiles::serve(start, region, settings, listener)
            })
            .await;
        Self { stack }
    }

    pub(crate) fn of(&self, account: Uuid) -> Profiles {
        ProfilesServiceClient::new(self.stack.person("profiles", account, &[]))
    }

    pub(crate) fn with(&self, role: Role) -> Profiles {
        ProfilesServiceClient::new(self.stack.person(
            "profiles",
            Uuid::from_u128(0xC),
            &[(role, None)],
        ))
    }

    pub(crate) fn owner(&self) -> Profiles {
        self.of(OWNER)
    }

    pub(crate) fn public(&self) -> Profiles {
        ProfilesServiceClient::new(self.stack.anonymous("profiles"))
    }

    pub(crate) fn search(&self) -> Profiles {
        ProfilesServiceClient::new(self.stack.service("profiles", "search"))
    }

    pub(crate) async fn draft(&self) -> Profile {
        let request = CreateProfileRequest {
            request_id: new_id(),
            content: Some(content()),
        };
        self.owner()
            .create_profile(request)
            .await
            .expect("a draft")
            .into_inner()
    }

    /// A profile whose application was approved.
    pub(crate) async fn published(&self) -> Profile {
        let draft = self.draft().await;
        self.approve(&draft.id).await;
        eventually("the profile to be published", async || {
            let now = self.mine(&draft.id).await;
            (now.state() == profile::State::Published).then_some(now)
        })
        .await
    }

    /// Review's fact that the profile's application was approved.
    pub(crate) async fn approve(&self, profile_id: &str) {
        let application = Uuid::now_v7();
        let fact = ApplicationApproved {
            application_id: application.to_string(),
            profile_id: profile_id.to_owned(),
            ..ApplicationApproved::default()
        };
        self.stack
            .publish("review", "application", "approved", application, 1, fact)
            .await;
    }

    pub(crate) async fn mine(&self, id: &str) -> Profile {
        self.owner()
            .get_profile(get(id))
            .await
            .expect("the owner reads it")
            .into_inner()
    }

    pub(crate) async fn offer(&self, profile_id: &str) -> Offer {
        let request = CreateOfferRequest {
            request_id: new_id(),
            profile_id: profile_id.to_owned(),
            content: Some(offer_content()),
        };
        self.owner()
            .create_offer(request)
            .await
            .expect("an offer")
            .into_inner()
    }

    /// An enquiry of a buyer without an account, confirmed by its token, which is returned too.
    pub(crate) async fn enquiry(&self, profile_id: &str) -> (Enquiry, String) {
        let sent = self
            .public()
            .send_enquiry(enquiry(profile_id))
            .await
            .expect("sent")
            .into_inner();
        let token = self.token(&sent.enquiry_id).await;
        let request = ConfirmEnquiryRequest {
            token: token.clone(),
        };
        (
            self.public()
                .confirm_enquiry(request)
                .await
                .expect("confirmed")
                .into_inner(),
            token,
        )
    }

    /// The token in the mail that asks to confirm this enquiry. Enquiries are mailed in the order they are sent.
    pub(crate) async fn token(&self, enquiry_id: &str) -> String {
        let mut tokens = self
            .mails()
            .await
            .into_iter()
            .filter_map(|mail| Some(param(&mail, "token")?.to_owned()));
        let found = async |token: &String| {
            let request = GetEnquiryByTokenRequest {
                token: token.clone(),
            };
            self.public()
                .get_enquiry_by_token(request)
                .await
                .is_ok_and(|e| e.get_ref().id == enquiry_id)
        };
        for token in tokens.by_ref() {
            if found(&token).await {
                return token;
            }
        }
        panic!("no mail holds a token of {enquiry_id}");
    }

    /// Every mail that was left for notify, in order.
    pub(crate) async fn mails(&self) -> Vec<SendRequest> {
        let payloads: Vec<Vec<u8>> =
            sqlx::query_scalar("select payload from profiles.errand order by at, id")
                .fetch_all(&mut self.sql().await)
                .await
                .expect("errands");
        payloads
            .iter()
            .map(|p| SendRequest::decode(&p[..]).expect("a mail"))
            .collect()
    }

    pub(crate) async fn sql(&self) -> PgConnection {
        PgConnection::connect(&self.stack.database.url())
            .await
            .expect("the database runs")
    }
}

/// Parameters of a mail's template.
pub(crate) fn param<'m>(mail: &'m SendRequest, key: &str) -> Option<&'m str> {
    mail.params
        .iter()
        .find(|p| p.key == key)
        .map(|p| p.value.as_str())
}

pub(crate) fn new_id() -> String {
    Uuid::now_v7().to_string()
}

pub(crate) fn id(text: &str) -> Uuid {
    text.parse().expect("an id")
}

pub(crate) fn get(id: &str) -> GetProfileRequest {
    GetProfileRequest {
        profile_id: id.to_owned(),
    }
}

pub(crate) fn text(language: &str, text: &str) -> LocalText {
    LocalText {
        language: language.to_owned(),
        text: text.to_owned(),
    }
}

pub(crate) fn content() -> ProfileContent {
    ProfileContent {
        name: "Klaraensemblen".to_owned(),
        art_fields: vec!["stage.music".to_owned(), "stage.theatre".to_owned()],
        municipality: "1780".to_owned(),
        texts: vec![
            text("sv", "Vi spelar för små öron.\nOch stora."),
            text("en", "We play for small ears."),
        ],
        links: vec![Link {
            title: "Webbplats".to_owned(),
            url: "https://klara.example.se/åäö".to_owned(),
        }],
        contact: Some(Contact {
            name: "Klara".to_owned(),
            email: PRODUCER_EMAIL.to_owned(),
            phone: "054-10 00 00".to_owned(),
        }),
    }
}

pub(crate) fn offer_content() -> OfferContent {
    OfferContent {
        kind: "concert".to_owned(),
        audiences: vec!["preschool".to_owned(), "families".to_owned()],
        titles: vec![
            text("sv", "Musik i mörker"),
            text("en", "Music in the dark"),
        ],
        texts: vec![text("sv", "En konsert.")],
        minutes: 40,
        price: Some(offer_content::Price::FixedPrice(Money {
            currency: "SEK".to_owned(),
            minor_units: 850_000,
        })),
        group_size_max: 60,
        needs: Some(TechnicalNeeds {
            stage_width_cm: 400,
            power_amperes: 16,
            darkness: true,
            ..TechnicalNeeds::default()
        }),
        travels_everywhere: false,
        travels_to: vec!["1780".to_owned(), "1784".to_owned()],
    }
}

pub(crate) fn enquiry(profile_id: &str) -> SendEnquiryRequest {
    SendEnquiryRequest {
        request_id: new_id(),
        profile_id: profile_id.to_owned(),
        offer_id: String::new(),
        buyer_kind: "school".to_owned(),
        buyer_name: "Norrstrandsskolan".to_owned(),
        buyer_email: BUYER_EMAIL.to_owned(),
        language: "sv".to_owned(),
        text: "Kan ni komma i maj?".to_owned(),
    }
}

pub(crate) fn answer(enquiry_id: &str) -> AnswerEnquiryRequest {
    AnswerEnquiryRequest {
        request_id: new_id(),
        enquiry_id: enquiry_id.to_owned(),
        text: "Ja, gärna.".to_owned(),
    }
}

/// The code and the reason of a refusal.
#[track_caller]
pub(crate) fn refusal<T: std::fmt::Debug>(
    result: Result<tonic::Response<T>, Status>,
) -> (Code, String) {
    let status = result.expect_err("it must be refused");
    (status.code(), testkit::reason(&status))
}

pub(crate) const UNKNOWN: Code = Code::NotFound;

/// Fails unless the answer is NOT_FOUND.
#[track_caller]
pub(crate) fn unknown<T: std::fmt::Debug>(result: Result<tonic::Response<T>, Status>) {
    assert_eq!(refusal(result).0, UNKNOWN);
}
