use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
    time::Instant,
};

use http_body::{Frame, SizeHint};
use tonic::{
    Code, Status,
    body::Body,
    codegen::{
        BoxFuture, Bytes, Service,
        http::{HeaderMap, Request, Response},
    },
    service::Routes,
};
use tracing::{Instrument as _, Span, debug, field, info, info_span};

/// Probed every few seconds.
const HEALTH: &str = "grpc.health.v1.Health/";

/// Gives each call a span that continues the caller's trace, and one line in the log when it is
/// over: its method, code and duration, never what it carries.
#[derive(Debug, Clone)]
pub(super) struct Traced {
    routes: Routes,
}

impl Traced {
    pub(super) fn new(routes: Routes) -> Self {
        Self { routes }
    }
}

impl Service<Request<Body>> for Traced {
    type Response = Response<TracedBody>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request<Body>>::poll_ready(&mut self.routes, context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let mut call = Call::begin(&request);
        let response = self.routes.call(request).instrument(call.span.clone());
        Box::pin(async move {
            let response = response.await?;
            // An error has its status in the headers, without a body.
            call.note_status(response.headers());
            Ok(response.map(|body| TracedBody { body, call }))
        })
    }
}

/// A call in flight. It is written to the log when it is dropped, however it ended.
struct Call {
    method: String,
    started: Instant,
    code: Option<Code>,
    span: Span,
}

impl Call {
    fn begin(request: &Request<Body>) -> Self {
        let method = request.uri().path().trim_start_matches('/');
        let span = info_span!("grpc.server", rpc.method = method, rpc.code = field::Empty);
        let trace_parent = request.headers().get("traceparent");
        if let Some(trace_parent) = trace_parent.and_then(|value| value.to_str().ok()) {
            telemetry::set_trace_parent(&span, trace_parent);
        }
        Self {
            method: method.to_owned(),
            started: Instant::now(),
            code: None,
            span,
        }
    }

    fn note_status(&mut self, headers: &HeaderMap) {
        if let Some(status) = Status::from_header_map(headers) {
            self.code = Some(status.code());
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        // Without a status the caller has gone, or its deadline has passed.
        let code = self.code.unwrap_or(Code::Cancelled);
        let duration_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.span.record("rpc.code", field::debug(code));
        let _entered = self.span.enter();
        if self.method.starts_with(HEALTH) {
            debug!(rpc.method = self.method, rpc.code = ?code, duration_ms, "call ended");
        } else {
            info!(rpc.method = self.method, rpc.code = ?code, duration_ms, "call ended");
        }
    }
}

pub(super) struct TracedBody {
    body: Body,
    call: Call,
}

impl http_body::Body for TracedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        let _entered = this.call.span.clone().entered();
        let polled = Pin::new(&mut this.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(trailers) = frame.trailers_ref()
        {
            this.call.note_status(trailers);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
