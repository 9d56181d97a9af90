//! Traces of updates for an OpenTelemetry collector, where one is named (feature `otel`).

use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

/// Where traces go.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct TraceArguments {
    /// Send a trace of each update to the OpenTelemetry collector at this address, with OTLP over HTTP. Without it nothing
    /// is sent.
    #[cfg(feature = "otel")]
    #[arg(long, value_name = "URL", env = "OTEL_EXPORTER_OTLP_ENDPOINT", hide_env_values = true)]
    otlp_endpoint: Option<String>,
}

/// Traces that are collected, if there is where to send them.
#[derive(Debug, Default)]
pub(crate) struct Traces {
    #[cfg(feature = "otel")]
    provider: Option<opentelemetry_sdk::trace::SdkTracerProvider>,
}

#[cfg(not(feature = "otel"))]
impl Traces {
    pub(super) fn to(_: &TraceArguments) -> Self {
        Self::default()
    }

    pub(super) fn layer<S>(&self) -> Option<impl Layer<S> + use<S>>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        None::<tracing_subscriber::layer::Identity>
    }

    pub(super) async fn send_rest(self) {}
}

#[cfg(feature = "otel")]
impl Traces {
    /// The sender. Without an address nothing is collected; with one that cannot be used, a warning says so.
    pub(super) fn to(arguments: &TraceArguments) -> Self {
        use opentelemetry_otlp::WithExportConfig as _;
        use opentelemetry_sdk::Resource;
        use opentelemetry_sdk::trace::SdkTracerProvider;

        let Some(endpoint) = arguments.otlp_endpoint.as_deref().filter(|text| !text.is_empty())
        else {
            return Self::default();
        };
        let address = format!("{}/v1/traces", endpoint.trim_end_matches('/'));
        let exporter =
            opentelemetry_otlp::SpanExporter::builder().with_http().with_endpoint(address).build();
        let exporter = match exporter {
            Ok(exporter) => exporter,
            // The address may hold a secret.
            Err(_) => {
                let text = "no traces are sent: the address of --otlp-endpoint cannot be used";
                crate::report("warning", text);
                return Self::default();
            }
        };
        let resource = Resource::builder().with_service_name("deployer").build();
        let provider =
            SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource);
        Self { provider: Some(provider.build()) }
    }

    /// What makes spans of updates. It takes no events and no other spans, so errors, paths and names of others stay here.
    pub(super) fn layer<S>(&self) -> Option<impl Layer<S> + use<S>>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        use opentelemetry::trace::TracerProvider as _;
        use tracing_subscriber::filter::filter_fn;

        const SPANS: [&str; 2] = ["update", "step"];
        let tracer = self.provider.as_ref()?.tracer("deployer");
        let layer = tracing_opentelemetry::layer().with_tracer(tracer);
        let layer = layer.with_location(false).with_threads(false).with_tracked_inactivity(false);
        Some(layer.with_filter(filter_fn(|of| {
            of.is_span()
                && of.target().starts_with("project_deployer")
                && SPANS.contains(&of.name())
        })))
    }

    /// Sends what is left. A collector that does not answer is waited for a few seconds.
    pub(super) async fn send_rest(self) {
        let Some(provider) = self.provider else { return };
        // It blocks its thread.
        let sent = tokio::task::spawn_blocking(move || provider.shutdown()).await;
        if !matches!(sent, Ok(Ok(()))) {
            crate::report("warning", "the last traces of updates were not sent");
        }
    }
}
