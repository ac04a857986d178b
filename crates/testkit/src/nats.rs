//! A nats-server for each test. It is ready in 30 ms, and streams named after a region and a role would collide in
//! a shared one.

use servers::{Nats, NatsOptions, Scratch, Tools};

/// A nats-server of one's own, gone with the value.
pub struct TestNats {
    // The server ends before its directory goes.
    server: Option<Nats>,
    options: NatsOptions,
    url: String,
    _scratch: Scratch,
}

/// Starts a nats-server with JetStream.
pub async fn nats() -> TestNats {
    let scratch = Scratch::new().unwrap_or_else(|error| panic!("{error}"));
    let mut options = NatsOptions::throwaway(scratch.path().join("nats"));
    let server = start(&options).await;
    // A server that comes back must be found where it was.
    options.port = Some(server.port());
    TestNats {
        url: server.url(),
        server: Some(server),
        options,
        _scratch: scratch,
    }
}

impl TestNats {
    /// Where it is.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Kills the server, as `kill -9` does. What it acknowledged stays.
    pub fn kill(&mut self) {
        self.server = None;
    }

    /// Stops the server in order.
    pub async fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
    }

    /// Starts it again at the same address, with what it had stored.
    pub async fn start(&mut self) {
        if self.server.is_none() {
            self.server = Some(start(&self.options).await);
        }
    }
}

async fn start(options: &NatsOptions) -> Nats {
    let tools = Tools::find().unwrap_or_else(|error| panic!("{error}"));
    Nats::start(&tools, options.clone())
        .await
        .unwrap_or_else(|error| panic!("{error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_killed_server_comes_back_at_its_address_with_what_it_acknowledged() {
        let mut nats = nats().await;
        let jetstream = async_nats::jetstream::new(async_nats::connect(nats.url()).await.unwrap());
        let config = async_nats::jetstream::stream::Config {
            name: "facts".into(),
            ..Default::default()
        };
        jetstream.create_stream(config).await.unwrap();
        jetstream
            .publish("facts", "payload".into())
            .await
            .unwrap()
            .await
            .unwrap();

        nats.kill();
        async_nats::connect(nats.url()).await.unwrap_err();
        nats.start().await;
        let jetstream = async_nats::jetstream::new(async_nats::connect(nats.url()).await.unwrap());
        let mut stream = jetstream.get_stream("facts").await.unwrap();
        assert_eq!(stream.info().await.unwrap().state.messages, 1);
    }
}
