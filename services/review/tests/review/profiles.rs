//! A stand-in for profiles, for as much of it as review asks.
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use contracts::profiles::v1::{GetProfileRequest, Profile, ProfileContent};
use kit::Clock;
use kit::auth::Keys;
use tonic::codegen::{BoxFuture, Service, http};
use tonic::{Request, Response, Status};
use uuid::Uuid;

/// Stands in for profiles: answers `GetProfile` over real gRPC. Every profile is published, so that others see it
/// too and only the owner's flag tells whose it is.
#[derive(Clone)]
pub(crate) struct Profiles {
    known: Arc<Mutex<HashMap<Uuid, Known>>>,
    keys: Keys,
    clock: Clock,
}

struct Known {
    owner: Uuid,
    art_fields: Vec<String>,
}

impl Profiles {
    pub(crate) fn new(keys: Keys, clock: Clock) -> Self {
        Self {
            known: Arc::default(),
            keys,
            clock,
        }
    }

    /// A new profile of this owner, or other art fields of a known one.
    pub(crate) fn put(&self, id: Uuid, owner: Uuid, art_fields: &[&str]) {
        let art_fields = art_fields.iter().map(|f| (*f).to_owned()).collect();
        self.known
            .lock()
            .expect("no test panics with it")
            .insert(id, Known { owner, art_fields });
    }

    /// Its address.
    pub(crate) async fn serve(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback has a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let incoming = tonic::transport::server::TcpIncoming::from(listener);
        tokio::spawn(
            tonic::transport::Server::builder()
                .add_service(self.clone())
                .serve_with_incoming(incoming),
        );
        url
    }

    fn get(&self, request: &Request<GetProfileRequest>) -> Result<Profile, Status> {
        let header = request
            .metadata()
            .get("authorization")
            .and_then(|h| h.to_str().ok())
            .unwrap_or_default();
        let caller = self
            .keys
            .verify(header.trim_start_matches("Bearer "), self.clock.now())
            .ok();
        let id: Uuid = request
            .get_ref()
            .profile_id
            .parse()
            .map_err(|_| Status::invalid_argument("profile_id"))?;
        let known = self.known.lock().expect("no test panics with it");
        let Known { owner, art_fields } = known
            .get(&id)
            .ok_or_else(|| Status::not_found("there is no such profile"))?;
        Ok(Profile {
            id: id.to_string(),
            owned_by_caller: caller.and_then(|c| c.maybe_account()) == Some(*owner),
            content: Some(ProfileContent {
                art_fields: art_fields.clone(),
                municipality: "1784".to_owned(),
                ..ProfileContent::default()
            }),
            ..Profile::default()
        })
    }
}

impl tonic::server::NamedService for Profiles {
    const NAME: &'static str = "kulturtorg.profiles.v1.ProfilesService";
}

impl tonic::server::UnaryService<GetProfileRequest> for Profiles {
    type Response = Profile;
    type Future = std::future::Ready<Result<Response<Profile>, Status>>;

    fn call(&mut self, request: Request<GetProfileRequest>) -> Self::Future {
        std::future::ready(self.get(&request).map(Response::new))
    }
}

impl Service<http::Request<tonic::body::Body>> for Profiles {
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
        let this = self.clone();
        Box::pin(async move {
            Ok(tonic::server::Grpc::new(tonic_prost::ProstCodec::default())
                .unary(this, request)
                .await)
        })
    }
}
