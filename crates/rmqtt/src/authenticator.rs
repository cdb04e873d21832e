//! Who judges credentials.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use rmqtt_codec::ReasonCode;
use rmqtt_session::{AuthenticationAnswer, AuthenticationQuestion};
use tokio::runtime::Handle;

/// Judges the credentials of clients, also over several AUTH packets and of connected clients that
/// authenticate again.
///
/// Questions are asked on the runtime on which the context was started, never on a worker: an answer
/// may take its time, up to [`ANSWER_TIME_MAX`].
pub trait Authenticator: Send + Sync + 'static {
    /// Answers one question. What goes wrong inside has to become a refusal; an answer that takes too
    /// long, or a panic, refuses the client as well.
    fn authenticate<'a>(
        &'a self,
        question: AuthenticationQuestion,
    ) -> Pin<Box<dyn Future<Output = AuthenticationAnswer> + Send + 'a>>;
}

/// The longest wait for an answer; then the client is refused.
pub const ANSWER_TIME_MAX: Duration = Duration::from_secs(30);

/// Asks, and hands the answer on.
pub(crate) fn ask(
    authenticator: &Arc<dyn Authenticator>,
    runtime: &Handle,
    question: AuthenticationQuestion,
    answer_to: impl FnOnce(AuthenticationAnswer) + Send + 'static,
) {
    let authenticator = Arc::clone(authenticator);
    let judged = runtime.spawn(async move {
        tokio::time::timeout(ANSWER_TIME_MAX, authenticator.authenticate(question)).await
    });
    runtime.spawn(async move {
        let answer = match judged.await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_elapsed)) => {
                tracing::warn!("the authenticator has not answered within {ANSWER_TIME_MAX:?}");
                AuthenticationAnswer::Refuse(ReasonCode::ServerUnavailable)
            }
            Err(error) => {
                tracing::error!("the authenticator failed: {error}");
                AuthenticationAnswer::Refuse(ReasonCode::UnspecifiedError)
            }
        };
        answer_to(answer);
    });
}
