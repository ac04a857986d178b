//! `StreamService`: reads the role's own stream for each follower.
use std::pin::Pin;
use std::sync::Arc;

use contracts::stream::v1::follow_request::Start;
use contracts::stream::v1::stream_service_server::StreamService;
use contracts::stream::v1::{
    CountFactsRequest, CountFactsResponse, ExportedFact, FollowRequest, FollowResponse,
    GetPositionRequest, Position,
};
use futures::{Stream, StreamExt};
use kit::Db;
use kit::bus::{Bus, From, Stored};
use prost::Message;
use region::Region;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use crate::count;

pub(crate) struct Rpc {
    pub(crate) db: Db,
    pub(crate) region: Arc<Region>,
    pub(crate) bus: Bus,
    pub(crate) stop: CancellationToken,
}

type Facts = Pin<Box<dyn Stream<Item = Result<FollowResponse, Status>> + Send>>;

#[tonic::async_trait]
impl StreamService for Rpc {
    type FollowStream = Facts;

    async fn follow(&self, request: Request<FollowRequest>) -> Result<Response<Facts>, Status> {
        let request = request.into_inner();
        let from = match request.start() {
            Start::Unspecified => From::Now,
            Start::Beginning => From::After(0),
            Start::After => From::After(u64::try_from(request.after).unwrap_or(0)),
        };
        let types = request.types;
        let until = u64::try_from(request.until).unwrap_or(0);
        if until > 0 && matches!(from, From::After(after) if after >= until) {
            return Ok(Response::new(Box::pin(futures::stream::empty())));
        }
        let stored = self.bus.read("stream", from).await.map_err(unreachable)?;
        let facts = up_to(Box::pin(stored), until)
            .filter_map(move |stored| {
                let told = match stored {
                    Ok(stored) => tell(&stored, &types).map(Ok),
                    Err(error) => Some(Err(unreachable(error))),
                };
                async move { told }
            })
            .take_until(self.stop.clone().cancelled_owned());
        Ok(Response::new(Box::pin(facts)))
    }

    async fn count_facts(
        &self,
        request: Request<CountFactsRequest>,
    ) -> Result<Response<CountFactsResponse>, Status> {
        let mut db = self.db.read().await.map_err(count::Error::from)?;
        let counted = count::count(&mut db, &self.region.time_zone, request.get_ref()).await?;
        Ok(Response::new(counted))
    }

    async fn get_position(
        &self,
        _: Request<GetPositionRequest>,
    ) -> Result<Response<Position>, Status> {
        let last = self
            .bus
            .last_sequence("stream")
            .await
            .map_err(unreachable)?;
        Ok(Response::new(Position {
            sequence: i64::try_from(last).unwrap_or(i64::MAX),
        }))
    }
}

/// The same facts, ending with the one that reaches `until`; 0: without end.
fn up_to<S>(stored: S, until: u64) -> impl Stream<Item = anyhow::Result<Stored>>
where
    S: Stream<Item = anyhow::Result<Stored>> + Unpin,
{
    futures::stream::unfold(Some(stored), move |stored| async move {
        let mut stored = stored?;
        let next = stored.next().await?;
        let reached = until > 0 && next.as_ref().is_ok_and(|s| s.sequence >= until);
        Some((next, (!reached).then_some(stored)))
    })
}

/// The fact as the follower gets it; `None` if its type was not asked for.
fn tell(stored: &Stored, types: &[String]) -> Option<FollowResponse> {
    let fact = ExportedFact::decode(stored.payload.clone()).ok()?;
    if !types.is_empty() {
        let event: Value = serde_json::from_str(&fact.cloud_event).ok()?;
        let kind = event["type"].as_str()?;
        if !types.iter().any(|t| t == kind) {
            return None;
        }
    }
    Some(FollowResponse {
        sequence: i64::try_from(stored.sequence).unwrap_or(i64::MAX),
        cloud_event: fact.cloud_event,
    })
}

fn unreachable(error: anyhow::Error) -> Status {
    tracing::warn!("the stream cannot be read: {error:#}");
    Status::unavailable(
        "the stream cannot be read just now; call again with the last sequence that you received",
    )
}
