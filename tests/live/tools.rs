//! Tools that the program runs for the agent.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use ultravox::live::{End, Event, Session, ToolError, Tools};
use ultravox::mock::live::{InMemory, Received, Script};
use ultravox::tools::{AgentReaction, NewStage, ToolResponse};

use crate::support::{all, in_memory, join_with, tasks_are};

#[derive(Deserialize)]
struct LookUp {
    order: u32,
}

#[derive(Deserialize)]
struct Nothing {}

/// The results, as JSON.
fn results(received: &Received) -> Vec<Value> {
    let results = received.messages();
    results
        .iter()
        .map(|result| serde_json::to_value(result).unwrap())
        .collect()
}

/// Runs one call of a tool; its result, and how it failed if it did.
async fn call(tools: Tools, name: &str, parameters: Value) -> (Value, Option<ToolError>) {
    let script = Script::new()
        .call_tool(name, "i-1", parameters)
        .wait_for_result()
        .close(1000, "");
    let (server, _sender, mut events): (InMemory, _, _) =
        in_memory(script, Session::builder().tools(tools)).await;
    let (told, _) = all(&mut events).await;
    let failure = told.into_iter().find_map(|event| match event {
        Event::ToolFailed(failure) => {
            assert_eq!((&*failure.tool, &*failure.invocation_id), (name, "i-1"));
            Some(failure.error)
        }
        _ => None,
    });
    let results = results(&server.received());
    assert_eq!(results.len(), 1);
    drop(server);
    tasks_are(0).await;
    (results[0].clone(), failure)
}

#[tokio::test(start_paused = true)]
async fn a_tool_gets_its_parameters_and_its_response_becomes_the_result() {
    let tools = Tools::new()
        .tool("look_up", |LookUp { order }| async move {
            ToolResponse::json(&json!({"order": order}))?
                .agent_reaction(AgentReaction::SpeaksOnce)
                .update_call_state(&json!({"name": "Zoë"}))
        })
        .tool("manager", |Nothing {}| async {
            ToolResponse::new_stage(NewStage::new().system_prompt("You are the manager."))
        });
    let (result, failure) = call(tools.clone(), "look_up", json!({"order": 7})).await;
    assert_eq!(failure, None);
    assert_eq!(
        result,
        json!({
            "type": "client_tool_result",
            "invocationId": "i-1",
            "result": "{\"order\":7}",
            "agentReaction": "speaks-once",
            "updateCallState": {"name": "Zoë"},
        })
    );
    let (result, failure) = call(tools, "manager", json!({})).await;
    assert_eq!(failure, None);
    assert_eq!(result["responseType"], "new-stage");
    assert_eq!(
        result["result"],
        "{\"systemPrompt\":\"You are the manager.\"}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_goes_wrong_in_a_tool_is_reported_to_the_server_and_to_the_program() {
    let tools = Tools::new()
        .timeout(Duration::from_secs(3))
        .tool("fails", |Nothing {}| async {
            Err::<ToolResponse, _>("the till is\u{1b} empty")
        })
        .tool("says so", |Nothing {}| async {
            ToolResponse::text("no such order").status(ultravox::http::StatusCode::NOT_FOUND)
        })
        .tool("never returns", |Nothing {}| async {
            std::future::pending::<ToolResponse>().await
        })
        .tool("panics", |Nothing {}| async {
            if true {
                panic!("the secret is hunter2");
            }
            ToolResponse::text("")
        })
        .tool("panics at once", |Nothing {}| {
            if true {
                panic!("the secret is hunter2");
            }
            async { ToolResponse::text("") }
        })
        .tool("look_up", |LookUp { order }| async move {
            ToolResponse::text(order.to_string())
        });
    for (name, parameters, error_type, message, expected) in [
        (
            "fails",
            json!({}),
            "implementation-error",
            "it failed: the till is\\u{1b} empty",
            ToolError::Failed("the till is\\u{1b} empty".to_owned()),
        ),
        (
            "says so",
            json!({}),
            "implementation-error",
            "no such order",
            ToolError::Failed("no such order".to_owned()),
        ),
        (
            "never returns",
            json!({}),
            "implementation-error",
            "it took longer than 3s",
            ToolError::TimedOut {
                limit: Duration::from_secs(3),
            },
        ),
        (
            "panics",
            json!({}),
            "implementation-error",
            "it panicked",
            ToolError::Panicked,
        ),
        (
            "panics at once",
            json!({}),
            "implementation-error",
            "it panicked",
            ToolError::Panicked,
        ),
        (
            "no such tool",
            json!({}),
            "undefined",
            "there is no such tool here",
            ToolError::Undefined,
        ),
    ] {
        let (result, failure) = call(tools.clone(), name, parameters).await;
        assert_eq!(failure, Some(expected), "{name}");
        assert_eq!(
            result,
            json!({
                "type": "client_tool_result",
                "invocationId": "i-1",
                "errorType": error_type,
                "errorMessage": message,
            }),
            "{name}"
        );
    }
    let (result, failure) = call(tools, "look_up", json!({"order": "hunter2"})).await;
    assert!(
        matches!(failure, Some(ToolError::Parameters(_))),
        "{failure:?}"
    );
    assert_eq!(result["errorType"], "implementation-error");
    assert!(!result.to_string().contains("hunter2"), "{result}");
    assert!(!format!("{failure:?}").contains("hunter2"), "{failure:?}");
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_takes_long_does_not_hold_up_the_call() {
    let tools = Tools::new().tool("slow", |Nothing {}| async {
        tokio::time::sleep(Duration::from_secs(10)).await;
        ToolResponse::text("done")
    });
    let script = Script::new()
        .call_tool("slow", "i-1", json!({}))
        .audio_in_real_time(vec![1; 16_000], 8000)
        .wait_for_result()
        .close(1000, "");
    let (server, sender, mut events) = in_memory(script, Session::builder().tools(tools)).await;
    let start = tokio::time::Instant::now();
    let mut heard = 0;
    while let Some(event) = events.next().await {
        match event {
            Event::Audio(audio) => {
                heard += audio.len();
                if heard == 16_000 {
                    assert!(start.elapsed() < Duration::from_secs(2));
                    sender.text("meanwhile").await.unwrap();
                }
            }
            Event::Ended(_) => assert!(start.elapsed() >= Duration::from_secs(10)),
            _ => {}
        }
    }
    assert_eq!(heard, 16_000);
    assert_eq!(server.received().messages().len(), 2);
}

#[tokio::test]
async fn two_hundred_tools_run_at_once() {
    let running = Arc::new(AtomicUsize::new(0));
    let barrier = Arc::new(tokio::sync::Barrier::new(200));
    let tools = {
        let (running, barrier) = (Arc::clone(&running), Arc::clone(&barrier));
        Tools::new().tool("together", move |LookUp { order }| {
            let (running, barrier) = (Arc::clone(&running), Arc::clone(&barrier));
            async move {
                running.fetch_add(1, Ordering::Relaxed);
                // None returns before all have begun.
                barrier.wait().await;
                ToolResponse::text(order.to_string())
            }
        })
    };
    let mut script = Script::new();
    for order in 0..200 {
        script = script.call_tool("together", &format!("i-{order}"), json!({"order": order}));
    }
    for _ in 0..200 {
        script = script.wait_for_result();
    }
    let (server, _sender, mut events) =
        join_with(script.close(1000, ""), |settings| settings.tools(tools)).await;
    let (told, end) = all(&mut events).await;
    assert!(matches!(end, End::CallEnded(_)), "{end:?}");
    assert!(
        !told
            .iter()
            .any(|event| matches!(event, Event::ToolFailed(_)))
    );
    assert_eq!(running.load(Ordering::Relaxed), 200);
    let results = results(&server.received());
    assert_eq!(results.len(), 200);
    for result in results {
        assert_eq!(
            result["invocationId"],
            format!("i-{}", result["result"].as_str().unwrap())
        );
    }
    drop(server);
    tasks_are(0).await;
}

#[tokio::test(start_paused = true)]
async fn more_tools_than_allowed_are_not_started_and_the_others_go_on() {
    let tools = Tools::new()
        .max_running(3)
        .tool("slow", |Nothing {}| async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            ToolResponse::text("done")
        });
    let mut script = Script::new();
    for index in 0..5 {
        script = script.call_tool("slow", &format!("i-{index}"), json!({}));
    }
    for _ in 0..5 {
        script = script.wait_for_result();
    }
    let (server, _sender, mut events) =
        in_memory(script.close(1000, ""), Session::builder().tools(tools)).await;
    let (told, _) = all(&mut events).await;
    let failures: Vec<_> = told
        .iter()
        .filter_map(|event| match event {
            Event::ToolFailed(failure) => Some(failure.error.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(failures, vec![ToolError::TooMany { limit: 3 }; 2]);
    let done = results(&server.received());
    assert_eq!(
        done.iter()
            .filter(|result| result["result"] == "done")
            .count(),
        3
    );
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_hangs_up_ends_the_call_from_this_side() {
    let tools = Tools::new().tool("goodbye", |Nothing {}| async { ToolResponse::hang_up() });
    let script = Script::new()
        .call_tool("goodbye", "i-1", json!({}))
        .wait_for_result()
        .close(1000, "");
    let (server, _sender, mut events) = in_memory(script, Session::builder().tools(tools)).await;
    let (_, end) = all(&mut events).await;
    assert!(matches!(end, End::HungUp(_)), "{end:?}");
    assert_eq!(results(&server.received())[0]["responseType"], "hang-up");
}

#[tokio::test]
async fn tools_that_are_running_when_the_session_ends_are_dropped() {
    struct Dropped(Arc<AtomicUsize>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let dropped = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&dropped);
    let tools = Tools::new().tool("never returns", move |Nothing {}| {
        let guard = Dropped(Arc::clone(&counter));
        async move {
            let _guard = guard;
            std::future::pending::<ToolResponse>().await
        }
    });
    let mut script = Script::new();
    for index in 0..20 {
        script = script.call_tool("never returns", &format!("i-{index}"), json!({}));
    }
    let (server, _sender, mut events) =
        join_with(script.pause(Duration::from_millis(50)).cut(), |settings| {
            settings.tools(tools)
        })
        .await;
    let (_, end) = all(&mut events).await;
    assert!(matches!(end, End::NetworkLost(_)), "{end:?}");
    drop(server);
    tasks_are(0).await;
    assert_eq!(dropped.load(Ordering::Relaxed), 20);
}

#[tokio::test(start_paused = true)]
async fn without_any_tools_the_program_answers_by_itself() {
    let script = Script::new()
        .call_tool("look_up", "i-1", json!({"order": 7}))
        .pause(Duration::from_secs(1))
        .close(1000, "");
    let (server, _sender, mut events) = in_memory(script, Session::builder()).await;
    let (told, _) = all(&mut events).await;
    assert_eq!(told.len(), 1);
    assert!(server.received().messages().is_empty());
}
