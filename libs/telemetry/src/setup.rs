use std::{
    fs::{File, OpenOptions, create_dir_all},
    io::stdout,
    path::Path,
};

use anyhow::Context as _;
use opentelemetry::{global, trace::TracerProvider as _};
use opentelemetry_sdk::{propagation::TraceContextPropagator, trace::SdkTracerProvider};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    fmt::{self, MakeWriter},
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

use crate::{LogFormat, TelemetryConfig, exporter::tracer_provider};

/// Flushes the spans still buffered. Held by `main` until nothing is left to trace.
#[derive(Debug)]
#[must_use = "dropping the guard at once loses buffered spans"]
pub struct TelemetryGuard(Option<SdkTracerProvider>);

impl TelemetryGuard {
    pub fn shutdown(self) -> anyhow::Result<()> {
        match self.0 {
            Some(provider) => provider.shutdown().context("cannot flush spans"),
            None => Ok(()),
        }
    }
}

/// Starts telemetry for the process, with logs on stdout.
pub fn init(service: &'static str, config: &TelemetryConfig) -> anyhow::Result<TelemetryGuard> {
    init_with_writer(service, config, stdout)
}

/// As [`init`], with logs where the caller says: a program that prints its results keeps stdout
/// to itself.
pub fn init_with_writer<W>(
    service: &'static str,
    config: &TelemetryConfig,
    writer: W,
) -> anyhow::Result<TelemetryGuard>
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    global::set_text_map_propagator(TraceContextPropagator::new());
    let filter = EnvFilter::try_new(&config.filter).context("invalid telemetry filter")?;
    let provider = match &config.otlp_endpoint {
        Some(endpoint) => Some(tracer_provider(service, endpoint, config.sample_ratio)?),
        None => None,
    };
    let spans = provider
        .as_ref()
        .map(|provider| tracing_opentelemetry::layer().with_tracer(provider.tracer(service)));

    tracing_subscriber::registry()
        .with(
            logs(config.format, writer)
                .and_then(spans)
                .with_filter(filter),
        )
        .try_init()
        .context("telemetry is already set up")?;
    Ok(TelemetryGuard(provider))
}

/// A file to append logs to, in a folder that is made if need be. It is a writer for
/// [`init_with_writer`].
pub fn open_log_file(path: &Path) -> anyhow::Result<File> {
    if let Some(folder) = path.parent() {
        create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .with_context(|| format!("cannot open {}", path.display()))
}

fn logs<W>(format: LogFormat, writer: W) -> Box<dyn Layer<Registry> + Send + Sync>
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    match format {
        LogFormat::Json => Box::new(fmt::layer().json().with_writer(writer)),
        LogFormat::Text => Box::new(fmt::layer().with_ansi(false).with_writer(writer)),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tracing::info;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::{logs, open_log_file};
    use crate::LogFormat;

    fn logged(format: LogFormat) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log/contacts.log");
        let file = open_log_file(&path).unwrap();
        let subscriber = tracing_subscriber::registry().with(logs(format, file));
        tracing::subscriber::with_default(subscriber, || info!(broadcast.id = "b1", "froze"));
        fs::read_to_string(path).unwrap()
    }

    #[test]
    fn machines_get_one_json_object_a_line() {
        let line: serde_json::Value = serde_json::from_str(&logged(LogFormat::Json)).unwrap();
        assert_eq!(line["fields"]["message"], "froze");
        assert_eq!(line["fields"]["broadcast.id"], "b1");
    }

    #[test]
    fn people_get_a_line_without_colours() {
        let line = logged(LogFormat::Text);
        assert!(line.contains("froze broadcast.id=\"b1\""), "{line}");
        assert!(!line.contains('\u{1b}'), "{line}");
    }
}
