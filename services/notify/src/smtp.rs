//! Sends what waits, one mail after the other, each as often as needed. Neither addresses nor the mail server's
//! words, which repeat them, are logged.
use std::time::{Duration, SystemTime};

use anyhow::{Context, ensure};
use kit::{Clock, Db};
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use tokio_util::sync::CancellationToken;

use crate::Settings;
use crate::compose::one_line;
use crate::store::{self, Mail};

/// How long the mail server may take; shorter than the time until the next try.
const DEADLINE: Duration = Duration::from_secs(45);
/// How often to look for mails that have become due.
const POLL: Duration = Duration::from_millis(500);

/// A connection to the mail server.
pub(crate) struct Sender {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    tries: i32,
}

/// Why a mail did not go out.
#[derive(Debug, PartialEq, Eq)]
enum Failure {
    /// A later try may succeed.
    Later(String),
    /// The mail server or our own composing refuses it for good.
    Never(String),
}

impl Sender {
    /// Reads the settings; connects when there is something to send.
    pub(crate) fn new(settings: &Settings) -> anyhow::Result<Self> {
        ensure!(
            !settings.smtp_url.is_empty(),
            "notify.smtp_url is not set; write smtps://user:password@host, or keep mail with notify.mode = \"keep\" in a demo region"
        );
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(settings.smtp_url.expose())
            .map_err(|_| {
                anyhow::anyhow!(
                    "notify.smtp_url is no mail server's address; write smtps://user:password@host"
                )
            })?
            .timeout(Some(Duration::from_secs(20)))
            .build();
        let from = settings
            .from
            .parse()
            .context("notify.from is no mail address; write Name <name@example.org>")?;
        Ok(Self {
            transport,
            from,
            tries: i32::from(settings.tries.max(1)),
        })
    }

    async fn send(&self, mail: &Mail) -> Result<(), Failure> {
        let message =
            message(mail, self.from.clone()).map_err(|e| Failure::Never(e.to_string()))?;
        match tokio::time::timeout(DEADLINE, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(failure(&error)),
            Err(_) => Err(Failure::Later("the mail server does not answer".to_owned())),
        }
    }
}

fn failure(error: &smtp::Error) -> Failure {
    let code = error
        .status()
        .map_or(String::new(), |code| format!(" with {code}"));
    if error.is_permanent() {
        Failure::Never(format!("the mail server refused it{code}"))
    } else if error.is_client() {
        Failure::Never("the mail server cannot take such an address".to_owned())
    } else if error.is_transient() {
        Failure::Later(format!("the mail server put it off{code}"))
    } else {
        Failure::Later("the mail server cannot be reached".to_owned())
    }
}

/// The mail as it goes over the wire. Its id is the same at every try, so that a mail server can drop a repeated one.
fn message(mail: &Mail, from: Mailbox) -> anyhow::Result<Message> {
    let address: Address = mail
        .address
        .parse()
        .context("the address is not one that mail can go to")?;
    // Cleaned when it was composed, and again here: a line break in a name would make lettre panic.
    let name = Some(one_line(&mail.name)).filter(|name| !name.is_empty());
    let id = format!("<{}@{}>", mail.id, from.email.domain());
    let message = Message::builder()
        .from(from)
        .to(Mailbox::new(name, address))
        .subject(one_line(&mail.subject))
        .message_id(Some(id))
        .date(SystemTime::from(mail.at))
        .header(ContentType::TEXT_PLAIN)
        .body(mail.body.clone())?;
    Ok(message)
}

/// True for an address that a mail can be composed for.
pub(crate) fn is_deliverable(address: &str) -> bool {
    address.parse::<Address>().is_ok()
}

/// Sends until told to stop.
pub(crate) async fn run(
    sender: Sender,
    db: Db,
    clock: Clock,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    while !stop.is_cancelled() {
        match next(&sender, &db, &clock).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!("mail waits, for the database cannot be asked: {error}"),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = db.wrote() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
    Ok(())
}

/// Tries the next mail that is due; false if there is none.
async fn next(sender: &Sender, db: &Db, clock: &Clock) -> sqlx::Result<bool> {
    let now = clock.now();
    let claimed = db
        .write(move |tx| Box::pin(async move { store::claim(tx, now).await }))
        .await?;
    let Some((mail, tries)) = claimed else {
        return Ok(false);
    };
    let (id, template) = (mail.id, &mail.template);
    let over = match sender.send(&mail).await {
        Ok(()) => true,
        Err(Failure::Later(why)) if tries < sender.tries => {
            tracing::warn!(mail.id = %id, mail.template = template, mail.tries = tries, "a mail waits: {why}");
            false
        }
        Err(Failure::Later(why) | Failure::Never(why)) => {
            tracing::error!(mail.id = %id, mail.template = template, mail.tries = tries, "a mail was given up: {why}");
            true
        }
    };
    if over {
        db.write(move |tx| Box::pin(async move { store::delete(tx, id).await }))
            .await?;
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::datetime;
    use uuid::Uuid;

    fn mail(name: &str, subject: &str) -> Mail {
        Mail {
            id: Uuid::from_u128(7),
            template: "identity.confirm".to_owned(),
            address: "åsa@exempel.se".to_owned(),
            name: name.to_owned(),
            subject: subject.to_owned(),
            body: "Hej!\n.\nHälsningar".to_owned(),
            at: datetime!(2026-11-21 08:00 UTC),
        }
    }

    /// The names of a mail's headers.
    fn headers(mail: &Mail) -> Vec<String> {
        let message =
            message(mail, "T <t@example.org>".parse().expect("an address")).expect("composed");
        let bytes = message.formatted();
        let mail = String::from_utf8_lossy(&bytes).into_owned();
        let (head, _) = mail.split_once("\r\n\r\n").expect("a head and a body");
        let begin = head.lines().filter(|line| !line.starts_with([' ', '\t']));
        begin
            .map(|line| line.split(':').next().expect("a part").to_owned())
            .collect()
    }

    #[test]
    fn no_name_and_no_subject_begins_another_header() {
        let evil = "x\r\nBcc: other@example.org\r\n\r\nbody";
        assert_eq!(headers(&mail(evil, evil)), headers(&mail("Åsa", "Hej")));
    }

    proptest! {
        #[test]
        fn every_name_and_subject_can_be_sent(name in "(?s).{0,100}", subject in "(?s).{0,100}|[\\x00-\\x7f]{0,100}") {
            let usual = headers(&mail(if one_line(&name).is_empty() { "" } else { "Åsa" }, "Hej"));
            prop_assert_eq!(headers(&mail(&name, &subject)), usual);
        }
    }

    #[tokio::test]
    async fn settings_that_cannot_send_are_told_at_start() {
        let told = |settings: Settings| Sender::new(&settings).err().expect("refused").to_string();
        assert!(told(Settings::default()).contains("notify.smtp_url is not set"));
        let url = kit::Secret::new("mail.example.org");
        assert!(
            told(Settings {
                smtp_url: url,
                ..Settings::default()
            })
            .contains("no mail server's address")
        );
        let url = kit::Secret::new("smtp://mail.example.org");
        let from = "nobody".to_owned();
        assert!(
            told(Settings {
                smtp_url: url,
                from,
                ..Settings::default()
            })
            .contains("notify.from")
        );
    }
}
