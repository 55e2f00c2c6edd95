use std::collections::HashMap;

use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

const HEADER: &str = "traceparent";

/// The present span as a W3C `traceparent`, to send along or to store. Nothing if it is not traced.
#[must_use]
pub fn trace_parent() -> Option<String> {
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(&Span::current().context(), &mut carrier);
    carrier.remove(HEADER)
}

/// Makes `span` continue the trace that `trace_parent` names. What is malformed is left out.
pub fn set_trace_parent(span: &Span, trace_parent: &str) {
    let carrier = HashMap::from([(HEADER.to_owned(), trace_parent.to_owned())]);
    let context = TraceContextPropagator::new().extract(&carrier);
    // It fails for a span that is filtered out, or where nothing is traced.
    _ = span.set_parent(context);
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use tracing::info_span;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::{set_trace_parent, trace_parent};

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_trace_goes_on_over_a_call() {
        let provider = SdkTracerProvider::builder().build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let span = info_span!("server");
            set_trace_parent(&span, PARENT);
            let _entered = span.enter();
            let sent = trace_parent().unwrap();
            assert_eq!(sent[..35], PARENT[..35], "the same trace");
            assert_ne!(sent[36..52], PARENT[36..52], "another span");
        });
    }

    #[test]
    fn what_is_not_traced_has_no_parent_to_send() {
        assert_eq!(trace_parent(), None);
        set_trace_parent(&tracing::Span::current(), "malformed");
    }
}
