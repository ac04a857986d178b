//! Stand-ins for the three owners, for as much of them as search asks: real gRPC, content from memory.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use contracts::{events, profiles, ticketing};
use tonic::codegen::{BoxFuture, Service, http};
use tonic::{Request, Response, Status};
use uuid::Uuid;

#[derive(Default)]
pub(crate) struct State {
    pub(crate) profiles: BTreeMap<Uuid, profiles::v1::CatalogueEntry>,
    pub(crate) gatherings: BTreeMap<Uuid, events::v1::CatalogueEntry>,
    pub(crate) performances: BTreeMap<Uuid, ticketing::v1::CatalogueEntry>,
    /// Nobody answers.
    pub(crate) down: bool,
    pub(crate) asked: usize,
}

#[derive(Clone, Default)]
pub(crate) struct Owners(pub(crate) Arc<Mutex<State>>);

/// One method, answered from the state.
struct Method<Q, A>(Owners, fn(&State, Q) -> Option<A>);

impl<Q, A> tonic::server::UnaryService<Q> for Method<Q, A> {
    type Response = A;
    type Future = std::future::Ready<Result<Response<A>, Status>>;

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        let mut state = self.0.0.lock().expect("no test panics with it");
        state.asked += 1;
        let answer = if state.down {
            Err(Status::unavailable("down"))
        } else {
            (self.1)(&state, request.into_inner())
                .ok_or_else(|| Status::not_found("nothing to show"))
        };
        std::future::ready(answer.map(Response::new))
    }
}

/// Two entries a page, so that pages are turned.
fn page<E: Clone>(all: &BTreeMap<Uuid, E>, token: &str) -> (Vec<E>, String) {
    let from: usize = token.parse().unwrap_or(0);
    let entries: Vec<E> = all.values().skip(from).take(2).cloned().collect();
    let next = if from + 2 < all.len() {
        (from + 2).to_string()
    } else {
        String::new()
    };
    (entries, next)
}

macro_rules! owner {
    ($name:ident, $service:literal, $module:ident, $list:ident, $id:ident) => {
        #[derive(Clone)]
        struct $name(Owners);

        impl tonic::server::NamedService for $name {
            const NAME: &'static str = $service;
        }

        impl Service<http::Request<tonic::body::Body>> for $name {
            type Response = http::Response<tonic::body::Body>;
            type Error = std::convert::Infallible;
            type Future = BoxFuture<Self::Response, Self::Error>;

            fn poll_ready(
                &mut self,
                _: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Result<(), Self::Error>> {
                std::task::Poll::Ready(Ok(()))
            }

            fn call(&mut self, request: http::Request<tonic::body::Body>) -> Self::Future {
                let owners = self.0.clone();
                Box::pin(async move {
                    if request.uri().path().ends_with("/ListCatalogue") {
                        let method =
                            Method(owners, |state, q: $module::v1::ListCatalogueRequest| {
                                let (entries, next_page_token) = page(&state.$list, &q.page_token);
                                Some($module::v1::ListCatalogueResponse {
                                    entries,
                                    next_page_token,
                                })
                            });
                        let codec = tonic_prost::ProstCodec::default();
                        return Ok(tonic::server::Grpc::new(codec).unary(method, request).await);
                    }
                    let method =
                        Method(owners, |state, q: $module::v1::GetCatalogueEntryRequest| {
                            state.$list.get(&q.$id.parse().ok()?).cloned()
                        });
                    let codec = tonic_prost::ProstCodec::default();
                    Ok(tonic::server::Grpc::new(codec).unary(method, request).await)
                })
            }
        }
    };
}

owner!(
    Profiles,
    "kulturtorg.profiles.v1.ProfilesService",
    profiles,
    profiles,
    profile_id
);
owner!(
    Events,
    "kulturtorg.events.v1.EventsService",
    events,
    gatherings,
    gathering_id
);
owner!(
    Ticketing,
    "kulturtorg.ticketing.v1.TicketingService",
    ticketing,
    performances,
    performance_id
);

impl Owners {
    /// Their address: one for all three.
    pub(crate) async fn serve(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback has a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let server = tonic::transport::Server::builder()
            .add_service(Profiles(self.clone()))
            .add_service(Events(self.clone()))
            .add_service(Ticketing(self.clone()));
        tokio::spawn(
            server.serve_with_incoming(tonic::transport::server::TcpIncoming::from(listener)),
        );
        url
    }
}
