//! `kulturtorg stream tail`: the region's facts as CloudEvents, one JSON object a line.
use std::io::Write;
use std::time::Duration;

use clap::{Args, Subcommand};
use contracts::stream::v1::follow_request::Start;
use contracts::stream::v1::{FollowRequest, FollowResponse, GetPositionRequest, Position};
use prost::Message;
use tonic::{Code, Status};

use crate::access::Access;
use crate::call::told;
use crate::grpcweb::Client;

const FOLLOW: &str = "kulturtorg.stream.v1.StreamService/Follow";
const POSITION: &str = "kulturtorg.stream.v1.StreamService/GetPosition";

/// The analysts' event stream.
#[derive(Debug, Args)]
pub struct Stream {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Prints facts as they happen, CloudEvents JSON, one a line.
    Tail(Tail),
}

#[derive(Debug, Args)]
struct Tail {
    /// Begin with the first fact ever instead of from now on.
    #[arg(long, conflicts_with = "after")]
    from_beginning: bool,
    /// Begin behind this sequence.
    #[arg(long)]
    after: Option<i64>,
    /// Only this type; may be given several times.
    #[arg(long = "type")]
    types: Vec<String>,
    /// End when everything that was there at the start is printed.
    #[arg(long)]
    until_now: bool,
    #[command(flatten)]
    access: Access,
}

/// Runs the command.
pub async fn run(stream: Stream) -> anyhow::Result<()> {
    let Command::Tail(tail) = stream.command;
    let mut client = tail.access.client().await?;
    let position: Position = client
        .unary(POSITION, &GetPositionRequest {})
        .await
        .map_err(told)?;
    let until = tail.until_now.then_some(position.sequence);
    let mut last = match (tail.from_beginning, tail.after) {
        (true, _) => 0,
        (false, Some(after)) => after,
        (false, None) => position.sequence,
    };
    loop {
        if until.is_some_and(|until| last >= until) {
            return Ok(());
        }
        match follow(&client, &tail.types, &mut last, until).await {
            Ok(true) => return Ok(()),
            // The gateway ends long calls and the way there may break: go on behind the last fact.
            Ok(false) if until.is_some() => return Ok(()),
            Ok(false) => {}
            Err(status)
                if status.code() == Code::Unauthenticated && tail.access.login.is_some() =>
            {
                client = tail.access.client().await?;
            }
            Err(status)
                if matches!(
                    status.code(),
                    Code::Unavailable | Code::DeadlineExceeded | Code::Unknown
                ) =>
            {
                eprintln!("kulturtorg: {}; going on behind {last}", status.message());
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            Err(status) => return Err(told(status)),
        }
    }
}

/// Prints facts until the call ends; true when everything wanted is printed.
async fn follow(
    client: &Client,
    types: &[String],
    last: &mut i64,
    until: Option<i64>,
) -> Result<bool, Status> {
    let start = if *last == 0 {
        Start::Beginning
    } else {
        Start::After
    };
    let request = FollowRequest {
        start: start.into(),
        after: *last,
        types: types.to_vec(),
        until: until.unwrap_or(0),
    };
    let mut answers = client
        .stream(FOLLOW, request.encode_to_vec().into())
        .await?;
    let mut out = std::io::stdout();
    while let Some(answer) = answers.next().await? {
        let fact = FollowResponse::decode(answer)
            .map_err(|e| Status::internal(format!("an answer cannot be read: {e}")))?;
        // Whoever reads us may have gone (`| head`): that ends the command, quietly.
        if writeln!(out, "{}", fact.cloud_event)
            .and_then(|()| out.flush())
            .is_err()
        {
            return Ok(true);
        }
        *last = fact.sequence;
    }
    Ok(false)
}
