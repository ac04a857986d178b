//! Mail to those who ask. It leaves with the transaction as an errand to notify.
use contracts::notify::v1::send_request::Recipient;
use contracts::notify::v1::{Address, Param, SendRequest};
use kit::db::Tx;
use uuid::Uuid;

use crate::case::Case;

/// Confirms that the question has come, with the secret that opens the case.
pub(crate) async fn opened(
    tx: &mut Tx,
    case: &Case,
    link: &str,
    token: &str,
    question: &str,
) -> sqlx::Result<()> {
    send(
        tx,
        case,
        "guidance.opened",
        &[("link", link), ("token", token), ("question", question)],
    )
    .await
}

/// Brings the answer.
pub(crate) async fn answered(
    tx: &mut Tx,
    case: &Case,
    link: &str,
    token: &str,
    answer: &str,
) -> sqlx::Result<()> {
    send(
        tx,
        case,
        "guidance.answered",
        &[("link", link), ("token", token), ("answer", answer)],
    )
    .await
}

async fn send(
    tx: &mut Tx,
    case: &Case,
    template: &str,
    params: &[(&str, &str)],
) -> sqlx::Result<()> {
    let param = |(key, value): &(&str, &str)| Param {
        key: (*key).to_owned(),
        value: (*value).to_owned(),
    };
    let request = SendRequest {
        request_id: Uuid::now_v7().to_string(),
        recipient: Some(Recipient::Address(Address {
            email: case.asker_email.clone(),
            name: case.asker_name.clone(),
            language: case.language.clone(),
        })),
        template: template.to_owned(),
        params: params.iter().map(param).collect(),
    };
    kit::errand::leave(
        tx,
        "notify",
        "/kulturtorg.notify.v1.NotifyService/Send",
        &request,
    )
    .await
}
