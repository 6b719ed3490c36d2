//! The tools that a program runs for an agent: which there are, and the calls of them that are running.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::task::{Id, JoinSet};

use super::error::{ToolError, ToolFailure};
use crate::messages::{ClientMessage, ClientToolResult, DataConnectionToolResult};
use crate::redact::excerpt;
use crate::tools::{self, ParametersError, ToolResponse};

type Running = Pin<Box<dyn Future<Output = Result<ToolResponse, ToolError>> + Send>>;
type Tool = Arc<dyn Fn(Value) -> Result<Running, ParametersError> + Send + Sync>;

/// What a tool answers: a [`ToolResponse`], or an error.
///
/// ```
/// use ultravox::live::Tools;
/// use ultravox::tools::ToolResponse;
///
/// #[derive(serde::Deserialize)]
/// struct Charge {
///     cents: u32,
/// }
///
/// let tools = Tools::new().tool("charge", |Charge { cents }| async move {
///     match cents {
///         0 => Err("nothing to charge"),
///         _ => Ok(ToolResponse::text("Charged.")),
///     }
/// });
/// ```
pub trait ToolOutput {
    #[doc(hidden)]
    fn into_result(self) -> Result<ToolResponse, ToolError>;
}

impl ToolOutput for ToolResponse {
    fn into_result(self) -> Result<ToolResponse, ToolError> {
        Ok(self)
    }
}

impl<E: fmt::Display> ToolOutput for Result<ToolResponse, E> {
    fn into_result(self) -> Result<ToolResponse, ToolError> {
        self.map_err(|error| ToolError::Failed(excerpt(&error.to_string())))
    }
}

/// The tools that a program runs for an agent, by their names: client tools in a session, data connection tools
/// in a data connection.
///
/// Each call runs in a task of its own, so that the conversation goes on meanwhile, within a time limit. Its
/// response is that of an HTTP tool: text, JSON, the end of the call, a new stage. An error, a panic, a call that
/// takes too long and parameters of another type are reported to the server as `implementation-error`, a name
/// that is not here as `undefined`, and both to the program as
/// [`Event::ToolFailed`](super::Event::ToolFailed). Calls that are running when the session ends are dropped at
/// their next `await`.
///
/// ```
/// use serde::Deserialize;
/// use ultravox::live::Tools;
/// use ultravox::tools::ToolResponse;
///
/// #[derive(Deserialize)]
/// struct LookUp {
///     order: u32,
/// }
///
/// #[derive(Deserialize)]
/// struct Nothing {}
///
/// let tools = Tools::new()
///     .tool("look_up", |LookUp { order }| async move {
///         ToolResponse::json(&serde_json::json!({"order": order, "state": "on its way"}))
///     })
///     .tool("goodbye", |Nothing {}| async { ToolResponse::hang_up() });
/// assert_eq!(tools.names().count(), 2);
/// ```
#[derive(Clone)]
pub struct Tools {
    tools: HashMap<String, Tool>,
    timeout: Duration,
    max_running: usize,
}

impl Tools {
    /// No tools yet.
    ///
    /// ```
    /// assert_eq!(ultravox::live::Tools::new().names().count(), 0);
    /// ```
    pub fn new() -> Self {
        Self {
            tools: HashMap::new(),
            timeout: Duration::from_secs(40),
            max_running: 256,
        }
    }

    /// Adds a tool, or replaces the one of this name. It is the name that the model knows it by: the
    /// `nameOverride` of the selected tool, or else its `modelToolName`.
    ///
    /// The parameters are of a type of your own, or JSON.
    ///
    /// ```
    /// use ultravox::live::Tools;
    /// use ultravox::tools::ToolResponse;
    ///
    /// let tools = Tools::new().tool("echo", |parameters: serde_json::Value| async move {
    ///     ToolResponse::json(&parameters)
    /// });
    /// ```
    pub fn tool<P, F, R>(
        mut self,
        name: impl Into<String>,
        run: impl Fn(P) -> F + Send + Sync + 'static,
    ) -> Self
    where
        P: DeserializeOwned,
        F: Future<Output = R> + Send + 'static,
        R: ToolOutput,
    {
        let tool = move |parameters: Value| {
            let running = run(tools::parameters_of(parameters)?);
            Ok(Box::pin(async move { running.await.into_result() }) as Running)
        };
        self.tools.insert(name.into(), Arc::new(tool));
        self
    }

    /// How long a call may take: 40 s unless it is set, the most that the API lets a tool take. The agent waits
    /// for as long as the tool's definition says, and 2.5 s if it says nothing.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let tools = ultravox::live::Tools::new().timeout(Duration::from_secs(2));
    /// ```
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How many calls may run at once: 256 unless it is set. One more is not started, and reported as failed.
    ///
    /// ```
    /// let tools = ultravox::live::Tools::new().max_running(8);
    /// ```
    pub fn max_running(mut self, max_running: usize) -> Self {
        self.max_running = max_running;
        self
    }

    /// The names of the tools, in no order.
    ///
    /// ```
    /// for name in ultravox::live::Tools::new().names() {
    ///     println!("{name}");
    /// }
    /// ```
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tools.keys().map(String::as_str)
    }
}

impl Default for Tools {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Tools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<&str> = self.names().collect();
        names.sort_unstable();
        f.debug_struct("Tools")
            .field("tools", &names)
            .field("timeout", &self.timeout)
            .field("max_running", &self.max_running)
            .finish()
    }
}

/// A call of a tool, of either kind.
#[derive(Clone, Debug)]
pub(super) struct Invocation {
    pub(super) tool: String,
    pub(super) id: String,
    pub(super) parameters: Value,
    pub(super) kind: Kind,
}

/// Who called a tool, and gets the result in a message of its own kind.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Client,
    DataConnection,
}

/// What has become of a call.
pub(super) struct Outcome {
    /// The message with the result.
    pub(super) message: ClientMessage,
    pub(super) hangs_up: bool,
    pub(super) failure: Option<ToolFailure>,
}

/// The calls that are running. Dropping it stops them.
pub(super) struct Runner {
    tools: Tools,
    running: JoinSet<Result<ToolResponse, ToolError>>,
    invocations: HashMap<Id, Invocation>,
}

impl Runner {
    pub(super) fn new(tools: Tools) -> Self {
        Self {
            tools,
            running: JoinSet::new(),
            invocations: HashMap::new(),
        }
    }

    /// Starts a call. It has an outcome at once where it cannot be started.
    pub(super) fn start(&mut self, mut invocation: Invocation) -> Option<Outcome> {
        let Some(tool) = self.tools.tools.get(&invocation.tool).map(Arc::clone) else {
            return Some(outcome(&invocation, Err(ToolError::Undefined)));
        };
        let limit = self.tools.max_running;
        if self.running.len() >= limit {
            return Some(outcome(&invocation, Err(ToolError::TooMany { limit })));
        }
        let parameters = invocation.parameters.take();
        let limit = self.tools.timeout;
        // All of it is in the task: the function itself may panic before its first `await`.
        let task = self.running.spawn(async move {
            let running = tool(parameters).map_err(ToolError::Parameters)?;
            match tokio::time::timeout(limit, running).await {
                Ok(result) => result,
                Err(_elapsed) => Err(ToolError::TimedOut { limit }),
            }
        });
        self.invocations.insert(task.id(), invocation);
        None
    }

    /// The outcome of a call that is done.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Outcome> {
        while let Poll::Ready(Some(done)) = self.running.poll_join_next_with_id(cx) {
            let (id, result) = match done {
                Ok(done) => done,
                // None is cancelled before the end of the session.
                Err(error) => (error.id(), Err(ToolError::Panicked)),
            };
            if let Some(invocation) = self.invocations.remove(&id) {
                return Poll::Ready(outcome(&invocation, result));
            }
        }
        Poll::Pending
    }
}

fn outcome(invocation: &Invocation, result: Result<ToolResponse, ToolError>) -> Outcome {
    let id = invocation.id.as_str();
    let (message, hangs_up, error) = match (result, invocation.kind) {
        (Ok(response), kind) => {
            let hangs_up = response.hangs_up();
            let failure = response.failure().map(excerpt).map(ToolError::Failed);
            let message = match kind {
                Kind::Client => response.into_client_tool_result(id).into(),
                Kind::DataConnection => response.into_data_connection_tool_result(id).into(),
            };
            (message, hangs_up, failure)
        }
        (Err(error), Kind::Client) => {
            let message = ClientToolResult::new(id)
                .error_type(error.error_type())
                .error_message(error.to_string());
            (message.into(), false, Some(error))
        }
        (Err(error), Kind::DataConnection) => {
            let message = DataConnectionToolResult::new(id)
                .error_type(error.error_type())
                .error_message(error.to_string());
            (message.into(), false, Some(error))
        }
    };
    let failure = error.map(|error| ToolFailure {
        tool: invocation.tool.clone(),
        invocation_id: invocation.id.clone(),
        error,
    });
    Outcome {
        message,
        hangs_up,
        failure,
    }
}
