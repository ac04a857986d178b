//! Logs and traces. A trace comes in by `traceparent`, goes on to the handler, and leaves with facts and calls.
use std::str::FromStr;

use opentelemetry::global;
use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use serde::{Deserialize, Serialize};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// How to log and where to send traces.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// What to log, in `tracing` filter syntax: `info,ticketing=debug`.
    pub filter: String,
    /// One JSON object a line instead of text.
    pub json: bool,
    /// OTLP collector, `http://host:4317`; empty: traces stay here.
    pub otlp: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            filter: "info,async_nats=warn,sqlx=warn,h2=warn,hyper=warn".to_owned(),
            json: false,
            otlp: String::new(),
        }
    }
}

/// Sends what is left when dropped.
#[must_use = "traces are sent when this is dropped"]
pub struct Telemetry(SdkTracerProvider);

/// Starts logging and tracing. Call once, inside the runtime.
pub fn init(config: &Config, service: &'static str) -> anyhow::Result<Telemetry> {
    global::set_text_map_propagator(TraceContextPropagator::new());
    let mut provider = SdkTracerProvider::builder();
    if !config.otlp.is_empty() {
        use opentelemetry_otlp::WithExportConfig;
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_tonic()
            .with_endpoint(&config.otlp)
            .build()?;
        provider = provider.with_batch_exporter(exporter);
    }
    let provider = provider.build();
    let filter = EnvFilter::from_str(&config.filter)?;
    let lines = if config.json {
        tracing_subscriber::fmt::layer()
            .json()
            .with_writer(std::io::stderr)
            .boxed()
    } else {
        tracing_subscriber::fmt::layer()
            .compact()
            .with_writer(std::io::stderr)
            .boxed()
    };
    let traces = tracing_opentelemetry::layer().with_tracer(provider.tracer(service));
    tracing_subscriber::registry()
        .with(filter)
        .with(lines)
        .with(traces)
        .try_init()?;
    Ok(Telemetry(provider))
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Err(error) = self
            .0
            .shutdown_with_timeout(std::time::Duration::from_secs(1))
        {
            eprintln!("traces were not sent: {error}");
        }
    }
}

/// The span of a call that came in, under the caller's trace.
pub fn server_span<B>(request: &http::Request<B>) -> Span {
    let span = tracing::info_span!("rpc", method = request.uri().path(), otel.kind = "server");
    continue_trace(&span, request.headers());
    span
}

/// Puts a span that was not entered yet under the trace that these headers name.
pub fn continue_trace(span: &Span, headers: &http::HeaderMap) {
    let parent = global::get_text_map_propagator(|p| p.extract(&Headers(headers)));
    // Fails only for a span that was entered already, which then keeps its own trace.
    let _ = span.set_parent(parent);
}

/// Puts a span that was not entered yet under the trace of a stored `traceparent`.
pub fn continue_from(span: &Span, traceparent: Option<&str>) {
    if let Some(parent) = traceparent.and_then(|t| http::HeaderValue::from_str(t).ok()) {
        let headers =
            http::HeaderMap::from_iter([(http::HeaderName::from_static("traceparent"), parent)]);
        continue_trace(span, &headers);
    }
}

/// The present trace as a `traceparent` header, if there is one.
pub fn traceparent() -> Option<String> {
    let mut found = Found(None);
    let context = Span::current().context();
    global::get_text_map_propagator(|p| p.inject_context(&context, &mut found));
    found.0
}

struct Headers<'a>(&'a http::HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }
    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}

struct Found(Option<String>);

impl Injector for Found {
    fn set(&mut self, key: &str, value: String) {
        if key == "traceparent" {
            self.0 = Some(value);
        }
    }
}
