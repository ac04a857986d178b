//! Mail to those who registered. It leaves with the transaction as an errand to notify. The address may be a
//! stranger's, so nothing that the sender wrote stands in a mail.
use contracts::notify::v1::send_request::Recipient;
use contracts::notify::v1::{Address, Param, SendRequest};
use jiff::tz::TimeZone;
use kit::db::Tx;
use kit::errand;
use region::Region;
use uuid::Uuid;

use crate::gathering::Gathering;
use crate::registration::{Registration, State};
use kit::seal::Tokens;

/// What a mail is about.
#[derive(Debug, Clone, Copy)]
pub(crate) enum About<'a> {
    /// The registration has a place.
    Confirmed,
    /// It waits, in this place of the queue.
    Waiting(i64),
    /// It waited and has a place now.
    Promoted,
    /// Its holder, or somebody else, tried to register the address again.
    Again,
    /// It was cancelled.
    RegistrationCancelled,
    /// Time or place of the gathering changed.
    Changed,
    /// The gathering was cancelled, with these words.
    GatheringCancelled(&'a str),
}

/// What mails are made from.
#[derive(Clone)]
pub(crate) struct Mailer {
    pub site: String,
    pub tokens: Tokens,
    pub region: std::sync::Arc<Region>,
}

impl Mailer {
    /// Leaves a mail to the holder of a registration.
    pub(crate) async fn send(
        &self,
        tx: &mut Tx,
        gathering: &Gathering,
        to: &Registration,
        about: About<'_>,
    ) -> sqlx::Result<()> {
        let (template, position, text) = match about {
            About::Confirmed => ("events.registered", 0, ""),
            About::Waiting(position) => ("events.waiting", position, ""),
            About::Promoted => ("events.promoted", 0, ""),
            About::Again => ("events.registered_already", 0, ""),
            About::RegistrationCancelled => ("events.registration_cancelled", 0, ""),
            About::Changed => ("events.changed", 0, ""),
            About::GatheringCancelled(text) => ("events.cancelled", 0, text),
        };
        let has_place = to.state == State::Confirmed;
        let token = self.tokens.make(to.id);
        let params = [
            (
                "title",
                gathering
                    .title(&to.language, self.region.main_language())
                    .to_owned(),
            ),
            ("when", when(gathering)),
            ("place", or_dash(&gathering.place)),
            (
                "online",
                or_dash(if has_place { &gathering.online_url } else { "" }),
            ),
            ("position", position.to_string()),
            ("text", or_dash(text)),
            // The token stands behind `#`, so that browsers keep it out of requests and logs.
            ("link", format!("{}/registration#{token}", self.site)),
            ("token", token),
        ];
        let mail = SendRequest {
            request_id: Uuid::now_v7().to_string(),
            recipient: Some(Recipient::Address(Address {
                email: to.email.clone(),
                name: String::new(),
                language: to.language.clone(),
            })),
            template: template.to_owned(),
            params: params
                .into_iter()
                .map(|(key, value)| Param {
                    key: key.to_owned(),
                    value,
                })
                .collect(),
        };
        errand::leave(
            tx,
            "notify",
            "/kulturtorg.notify.v1.NotifyService/Send",
            &mail,
        )
        .await
    }
}

/// `2026-12-03 08:00–09:30`, in the time of the place.
fn when(gathering: &Gathering) -> String {
    let zone = TimeZone::get(&gathering.time_zone).unwrap_or(TimeZone::UTC);
    let local = |at: time::OffsetDateTime| {
        jiff::Timestamp::from_second(at.unix_timestamp())
            .map(|t| t.to_zoned(zone.clone()))
            .ok()
    };
    let Some((start, end)) = local(gathering.start_at).zip(local(gathering.end_at)) else {
        return String::new();
    };
    let until = if start.date() == end.date() {
        end.strftime("%H:%M")
    } else {
        end.strftime("%Y-%m-%d %H:%M")
    };
    format!("{}–{until}", start.strftime("%Y-%m-%d %H:%M"))
}

fn or_dash(text: &str) -> String {
    if text.trim().is_empty() {
        "–".to_owned()
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn times_are_told_in_the_time_of_the_place() {
        let mut gathering = Gathering::draft(Uuid::from_u128(1), datetime!(2026-12-03 07:00 UTC));
        gathering.time_zone = "Europe/Stockholm".to_owned();
        gathering.end_at = datetime!(2026-12-03 08:30 UTC);
        assert_eq!(when(&gathering), "2026-12-03 08:00–09:30");
        gathering.end_at = datetime!(2026-12-04 00:00 UTC);
        assert_eq!(when(&gathering), "2026-12-03 08:00–2026-12-04 01:00");
    }
}
