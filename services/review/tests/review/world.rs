//! A region with reviewers, and applicants on whatever part of their way a test wants.
use std::collections::HashMap;
use std::sync::Arc;

use contracts::identity::v1::{RoleGranted, RoleRevoked};
use contracts::notify::v1::SendRequest;
use contracts::options::v1::Role;
use contracts::review::v1::review_service_client::ReviewServiceClient;
use contracts::review::v1::*;
use kit::auth::Keys;
use prost::Message;
use sha2::{Digest, Sha256};
use testkit::{Client, Stack, eventually};
use tonic::{Code, Response, Status};
use uuid::Uuid;

use crate::profiles::Profiles;

/// Somebody, by number.
pub(crate) fn person(n: u128) -> Uuid {
    Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0000 + n)
}

pub(crate) const APPLICANT: u128 = 1;
pub(crate) const STRANGER: u128 = 2;
pub(crate) const ADMINISTRATOR: u128 = 3;
/// Reviewers are numbered from here.
pub(crate) const REVIEWER: u128 = 100;

pub(crate) struct World {
    pub(crate) stack: Stack,
    profiles: Profiles,
}

impl World {
    /// Review runs in a region with so many reviewers of performing arts.
    pub(crate) async fn with_reviewers(count: u128) -> Self {
        Self::in_region(count, |_| ()).await
    }

    /// The same, in a region with other rules.
    pub(crate) async fn in_region(count: u128, change: impl FnOnce(&mut region::Region)) -> Self {
        let mut stack = Stack::new().await;
        change(Arc::make_mut(&mut stack.region));
        let keys =
            Keys::load(&stack.start_options().common.auth).expect("the test's keys are good");
        let profiles = Profiles::new(keys, stack.clock.clone());
        stack.set_peer("profiles", profiles.serve().await);
        stack
            .start("review", |start, region, listener| {
                review::serve(start, region, review::Settings::default(), listener)
            })
            .await;
        let world = Self { stack, profiles };
        for n in 0..count {
            world.appoint(REVIEWER + n, &["stage"]).await;
        }
        world
    }

    /// Makes somebody a reviewer, and waits until review knows.
    pub(crate) async fn appoint(&self, n: u128, art_fields: &[&str]) {
        let art_fields: Vec<String> = art_fields.iter().map(|f| (*f).to_owned()).collect();
        let account_id = person(n).to_string();
        let fact = RoleGranted {
            account_id,
            role: Role::Reviewer.into(),
            organisation_id: String::new(),
            art_fields,
        };
        self.stack
            .publish("identity", "account", "role_granted", person(n), 1, fact)
            .await;
        self.until_reviewer(n, true).await;
    }

    /// Takes the role back, and waits until review knows.
    pub(crate) async fn dismiss(&self, n: u128) {
        let account_id = person(n).to_string();
        let fact = RoleRevoked {
            account_id,
            role: Role::Reviewer.into(),
            organisation_id: String::new(),
        };
        self.stack
            .publish("identity", "account", "role_revoked", person(n), 2, fact)
            .await;
        self.until_reviewer(n, false).await;
    }

    async fn until_reviewer(&self, n: u128, wanted: bool) {
        eventually("the copy of the reviewers", async || {
            let is: bool = self
                .value(
                    "select exists (select 1 from review.reviewer where account_id = $1)",
                    person(n),
                )
                .await;
            (is == wanted).then_some(())
        })
        .await;
    }

    /// A profile of somebody in these fields.
    pub(crate) fn profile(&self, owner: u128, art_fields: &[&str]) -> Uuid {
        let id = Uuid::now_v7();
        self.profiles.put(id, person(owner), art_fields);
        id
    }

    pub(crate) fn person(&self, n: u128) -> ReviewServiceClient<Client> {
        ReviewServiceClient::new(self.stack.person("review", person(n), &[]))
    }

    pub(crate) fn reviewer(&self, n: u128) -> ReviewServiceClient<Client> {
        ReviewServiceClient::new(
            self.stack
                .person("review", person(n), &[(Role::Reviewer, None)]),
        )
    }

    pub(crate) fn administrator(&self, n: u128) -> ReviewServiceClient<Client> {
        ReviewServiceClient::new(self.stack.person(
            "review",
            person(n),
            &[(Role::Administrator, None)],
        ))
    }

    pub(crate) fn anonymous(&self) -> ReviewServiceClient<Client> {
        ReviewServiceClient::new(self.stack.anonymous("review"))
    }

    /// A draft with everything in it but evidence.
    pub(crate) async fn draft(&self, applicant: u128) -> Application {
        let profile_id = self.profile(applicant, &["stage.music"]);
        let started = self
            .person(applicant)
            .start_application(start(profile_id))
            .await
            .expect("started")
            .into_inner();
        let update = UpdateApplicationRequest {
            application_id: started.id,
            etag: started.etag,
            content: Some(content()),
        };
        self.person(applicant)
            .update_application(update)
            .await
            .expect("updated")
            .into_inner()
    }

    /// An application that was handed in.
    pub(crate) async fn submitted(&self, applicant: u128) -> Application {
        let draft = self.draft(applicant).await;
        self.submitted_from(applicant, &draft).await
    }

    /// Hands a draft in, with a file.
    pub(crate) async fn submitted_from(&self, applicant: u128, draft: &Application) -> Application {
        self.upload(applicant, &draft.id, "application/pdf", pdf())
            .await
            .expect("a whole PDF");
        self.submit(applicant, &draft.id)
            .await
            .expect("nothing is missing")
    }

    /// The owner chooses other art fields.
    pub(crate) fn change_fields(&self, owner: u128, profile_id: &str, art_fields: &[&str]) {
        self.profiles.put(
            profile_id.parse().expect("an id"),
            person(owner),
            art_fields,
        );
    }

    pub(crate) async fn submit(
        &self,
        applicant: u128,
        application_id: &str,
    ) -> Result<Application, Status> {
        let request = SubmitApplicationRequest {
            request_id: fresh(),
            application_id: application_id.to_owned(),
        };
        self.person(applicant)
            .submit_application(request)
            .await
            .map(Response::into_inner)
    }

    /// Sends a whole file in parts.
    pub(crate) async fn upload(
        &self,
        applicant: u128,
        application_id: &str,
        media_type: &str,
        file: Vec<u8>,
    ) -> Result<Application, Status> {
        let mut client = self.person(applicant);
        let request = StartEvidenceUploadRequest {
            request_id: fresh(),
            application_id: application_id.to_owned(),
            name: "kontrakt.pdf".to_owned(),
            media_type: media_type.to_owned(),
            size: file.len() as i64,
            sha256: Sha256::digest(&file).to_vec().into(),
        };
        let upload_id = client
            .start_evidence_upload(request)
            .await?
            .into_inner()
            .upload_id;
        for (part, data) in (0..).zip(file.chunks(400_000)) {
            let data = data.to_vec().into();
            client
                .upload_evidence_part(UploadEvidencePartRequest {
                    upload_id: upload_id.clone(),
                    part,
                    data,
                })
                .await?;
        }
        let description = "Kontrakt 2025".to_owned();
        client
            .finish_evidence_upload(FinishEvidenceUploadRequest {
                upload_id,
                description,
            })
            .await
            .map(Response::into_inner)
    }

    pub(crate) async fn get(
        &self,
        mut client: ReviewServiceClient<Client>,
        id: &str,
    ) -> Result<Application, Status> {
        client
            .get_application(GetApplicationRequest {
                application_id: id.to_owned(),
            })
            .await
            .map(Response::into_inner)
    }

    pub(crate) async fn vote(
        &self,
        n: u128,
        id: &str,
        verdict: Verdict,
    ) -> Result<Application, Status> {
        self.reviewer(n)
            .cast_vote(vote(id, verdict, n))
            .await
            .map(Response::into_inner)
    }

    pub(crate) async fn ask(&self, n: u128, id: &str) -> Result<Application, Status> {
        let text = "Vilka uppdrag hade du 2025?".to_owned();
        let request = AskForMoreRequest {
            request_id: fresh(),
            application_id: id.to_owned(),
            text,
        };
        self.reviewer(n)
            .ask_for_more(request)
            .await
            .map(Response::into_inner)
    }

    pub(crate) async fn answer(&self, applicant: u128, id: &str) -> Result<Application, Status> {
        let text = "Tolv konserter.".to_owned();
        let request = AnswerQuestionRequest {
            request_id: fresh(),
            application_id: id.to_owned(),
            text,
        };
        self.person(applicant)
            .answer_question(request)
            .await
            .map(Response::into_inner)
    }

    pub(crate) async fn conflict(&self, n: u128, id: &str) -> Result<(), Status> {
        let request = DeclareConflictRequest {
            application_id: id.to_owned(),
            reason: "Vi spelar i samma grupp.".to_owned(),
        };
        self.reviewer(n).declare_conflict(request).await.map(drop)
    }

    /// The numbers of the panel's members, in order.
    pub(crate) async fn panel(&self, id: &str) -> Vec<u128> {
        let seen = self
            .get(self.administrator(ADMINISTRATOR), id)
            .await
            .expect("an administrator sees it");
        let mut members: Vec<u128> = seen.member_account_ids.iter().map(|a| number(a)).collect();
        members.sort_unstable();
        members
    }

    /// Waits until an application looks like this to the administrator.
    pub(crate) async fn until(
        &self,
        id: &str,
        what: &str,
        look: impl Fn(&Application) -> bool,
    ) -> Application {
        eventually(what, async || {
            self.get(self.administrator(ADMINISTRATOR), id)
                .await
                .ok()
                .filter(|a| look(a))
        })
        .await
    }

    /// Moves the clock.
    pub(crate) fn days_pass(&self, days: i64) {
        self.stack.clock.advance(days * 24 * 3600);
    }

    /// The mails that were left to be sent: recipient's number, template, values.
    pub(crate) async fn mails(&self) -> Vec<(u128, String, HashMap<String, String>)> {
        let mut db = self.stack.database.connect().await;
        let payloads: Vec<Vec<u8>> =
            sqlx::query_scalar("select payload from review.errand order by id")
                .fetch_all(&mut db)
                .await
                .expect("read");
        let mail = |payload: Vec<u8>| {
            let mail = SendRequest::decode(&payload[..]).expect("a mail");
            let Some(contracts::notify::v1::send_request::Recipient::AccountId(to)) =
                mail.recipient
            else {
                panic!("mail goes to accounts")
            };
            let values: HashMap<String, String> =
                mail.params.into_iter().map(|p| (p.key, p.value)).collect();
            has_its_texts(&mail.template, &values);
            (number(&to), mail.template, values)
        };
        payloads.into_iter().map(mail).collect()
    }

    /// The kinds of fact about an application, in order.
    pub(crate) async fn facts(&self, id: &str, count: usize) -> Vec<String> {
        let id: Uuid = id.parse().expect("an id");
        eventually("the facts", async || {
            let facts: Vec<_> = self
                .stack
                .facts("review")
                .await
                .into_iter()
                .filter(|f| f.subject_id == id)
                .collect();
            let in_order = facts
                .iter()
                .zip(1..)
                .all(|(fact, revision)| fact.revision == revision);
            assert!(in_order, "{facts:?}");
            let kinds = facts
                .iter()
                .map(|f| f.kind.rsplit('.').next().unwrap_or_default().to_owned());
            (facts.len() >= count).then(|| kinds.collect())
        })
        .await
    }

    /// One value from the database, by an id.
    pub(crate) async fn value<T>(&self, sql: &'static str, id: Uuid) -> T
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
    {
        let mut db = self.stack.database.connect().await;
        sqlx::query_scalar(sql)
            .bind(id)
            .fetch_one(&mut db)
            .await
            .expect("a value")
    }
}

/// Notify has the text in both languages, and every value that it wants was given.
fn has_its_texts(template: &str, values: &HashMap<String, String>) {
    for language in ["sv", "en"] {
        let path = format!(
            "{}/../notify/templates/{template}.{language}.txt",
            env!("CARGO_MANIFEST_DIR")
        );
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
        for wanted in text
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split('}').next())
        {
            assert!(
                ["recipient", "region"].contains(&wanted) || values.contains_key(wanted),
                "{path} wants {wanted}"
            );
        }
    }
}

fn number(account: &str) -> u128 {
    account.parse::<Uuid>().expect("an account").as_u128() - person(0).as_u128()
}

pub(crate) fn fresh() -> String {
    Uuid::now_v7().to_string()
}

pub(crate) fn start(profile_id: Uuid) -> StartApplicationRequest {
    StartApplicationRequest {
        request_id: fresh(),
        profile_id: profile_id.to_string(),
        route: Route::Activity.into(),
    }
}

pub(crate) fn content() -> Content {
    Content {
        statement: "Jag spelar folkmusik och håller i verkstäder.".to_owned(),
        engagements: vec![Engagement {
            title: "Musiker".to_owned(),
            place: "Västanå teater".to_owned(),
            from_day: "2024-01-15".to_owned(),
            until_day: String::new(),
            kind: EngagementKind::Engagement.into(),
            with_children: false,
        }],
        ..Content::default()
    }
}

pub(crate) fn vote(id: &str, verdict: Verdict, n: u128) -> CastVoteRequest {
    let assess = |criterion: Criterion| Assessment {
        criterion: criterion.into(),
        outcome: Outcome::Met.into(),
        note: "Framgår av kontraktet.".to_owned(),
    };
    CastVoteRequest {
        request_id: fresh(),
        application_id: id.to_owned(),
        verdict: verdict.into(),
        assessments: vec![assess(Criterion::Residence), assess(Criterion::Activity)],
        reasons: format!("Skälen från {n}."),
    }
}

/// A small, whole PDF.
pub(crate) fn pdf() -> Vec<u8> {
    b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\nxref\n0 2\ntrailer\n<< /Root 1 0 R >>\nstartxref\n45\n%%EOF\n".to_vec()
}

/// A PDF of this size.
pub(crate) fn large_pdf(size: usize) -> Vec<u8> {
    let mut file = b"%PDF-1.4\n%".to_vec();
    let end = b"\nxref\n0 1\nstartxref\n9\n%%EOF\n";
    file.resize(size - end.len(), b'a');
    file.extend_from_slice(end);
    file
}

pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, Status>) -> Code {
    result.expect_err("refused").code()
}
