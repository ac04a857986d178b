//! Lets browsers and apps in: gRPC-web, gRPC and Connect JSON on one port, forwarded by package, and the web app or a
//! few plain pages. No method has code of its own here; the contract's descriptors say what there is. Two things
//! of browsers have: [`session`] keeps refresh tokens out of reach of scripts, [`media`] gives pictures addresses.
//!
//! A request's way: [`listen`] (connections and their limits, each a [`line`]) → [`door`] (which protocol or page, from
//! which site) → [`rpc`] (who calls, until when, is there room) → [`intake`] with [`frame`], [`gzip`], [`web`] or
//! [`connect`] (the message, whatever its clothes; [`messages`] where a client streams) → [`forward`] (to the service:
//! breaker, retry) → [`ending`] (every answer ends with a status) → [`web`] or [`connect`] again. [`fault`] makes every
//! refusal.

mod app;
mod breaker;
mod connect;
mod cookie;
mod deadline;
mod door;
mod ending;
mod exchange;
mod fault;
mod flood;
mod forward;
mod frame;
mod gzip;
mod intake;
mod limits;
mod line;
mod listen;
mod media;
mod messages;
mod methods;
mod origin;
mod pages;
mod patient;
mod rpc;
mod session;
mod settings;
mod smaller;
mod web;

use std::sync::Arc;

use kit::service::Start;
use region::Region;
use tokio::net::TcpListener;

pub use settings::{Settings, Upstream};

/// Serves until told to stop, then lets calls under way end.
pub async fn serve(
    start: Start,
    region: Arc<Region>,
    settings: Settings,
    listener: TcpListener,
) -> anyhow::Result<()> {
    settings.check()?;
    let drain = std::time::Duration::from_secs(start.common.server.drain_seconds);
    let limits = listen::Limits::of(&settings, drain);
    let stop = start.stop.clone();
    let door = Arc::new(door::Door::open(&start, &region, settings)?);
    tracing::info!(role = "gateway", "serving");
    listen::serve(door, listener, limits, stop).await;
    Ok(())
}
