//! Every operation is called: the request is the one that the document describes, and each
//! documented response reaches the caller.

use std::collections::BTreeMap;

use serde_json::Value;
use ultravox::{Client, RetryPolicy};

use crate::Row;
use crate::client::{self, Arguments, Body, Failure, Observed};
use crate::compare::{Nulls, differences};
use crate::document::{Document, Media, Operation, Parameter, Response, is_json};
use crate::json_schema::Validators;
use crate::multipart;
use crate::schemas::SHAPES;
use crate::server::{Reply, Request, Server};
use ultravox_codegen::samples::{Direction, Shape, Wanted, sample};

const KEY: &str = "conformance.key";

/// Text that a path parameter without a format must transmit unchanged.
const AWKWARD: &str = "../a b/ü?c=%2F#d";

/// Bytes that are not text.
const BYTES: &[u8] = &[0x52, 0x49, 0x46, 0x46, 0x00, 0xff, 0x0d, 0x0a];

pub async fn check(document: &Document, validators: &mut Validators) -> Vec<Row> {
    let server = Server::start().await;
    let client = Client::builder()
        .api_key(KEY)
        .base_url(&server.url)
        .reqwest(reqwest::Client::builder().no_proxy())
        .retries(RetryPolicy::none())
        .build()
        .unwrap();
    let calls = client::operations();
    let mut rows = Vec::new();
    for operation in document.operations() {
        let mut problems = Vec::new();
        let body = operation.body.as_ref();
        let content = body.map(|body| body.content.as_slice()).unwrap_or_default();
        let (mut forms, others): (Vec<_>, Vec<_>) = content
            .iter()
            .partition(|media| media.media_type.starts_with("multipart/"));
        // A form without a file is another spelling of the JSON beside it.
        if others.iter().any(|media| is_json(&media.media_type)) {
            forms.retain(|form| multipart::has_file(&document.root, &form.schema));
        }
        // Of several media types that are not forms, one is enough to call the operation.
        let other = others
            .iter()
            .find(|media| is_json(&media.media_type))
            .or(others.first());
        // If there is another body, a form has a method of its own.
        let suffix = if others.is_empty() { "" } else { "_upload" };
        let mut methods: Vec<_> = forms
            .iter()
            .map(|form| (format!("{}{suffix}", operation.id), Some(*form)))
            .collect();
        if forms.is_empty() || other.is_some() {
            methods.push((operation.id.clone(), other.copied()));
        }
        for (method, media) in methods {
            let Some(call) = calls.iter().find(|call| normal(call.id) == normal(&method)) else {
                problems.push(format!("the client has no method `{method}` for it"));
                continue;
            };
            let mut check = Check {
                document,
                validators: &mut *validators,
                server: &server,
                client: &client,
                operation: &operation,
                media,
                call,
                patched: operation.method == "PATCH",
                problems: &mut problems,
            };
            check.all().await;
        }
        rows.push(Row {
            kind: "operation",
            name: operation.id,
            problems,
        });
    }
    rows
}

/// How a body is given to a call: as a whole, or field by field.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Whole,
    Setters,
}

/// What a call is made with: values by parameter, and the body.
struct Input<'a> {
    parameters: Vec<(&'a Parameter, Value)>,
    body: Option<(&'a Media, Value)>,
}

struct Check<'a> {
    document: &'a Document,
    validators: &'a mut Validators,
    server: &'a Server,
    client: &'a Client,
    operation: &'a Operation,
    /// The media type of the body that this method sends.
    media: Option<&'a Media>,
    call: &'a client::Operation,
    patched: bool,
    problems: &'a mut Vec<String>,
}

impl<'a> Check<'a> {
    async fn all(&mut self) {
        for shape in SHAPES {
            // The client sends no property that no schema has.
            if shape != Shape::Unknown {
                self.request(shape, Way::Whole).await;
                self.request(shape, Way::Setters).await;
            }
        }
        let operation = self.operation;
        for response in &operation.responses {
            for shape in SHAPES {
                self.response(response, shape).await;
            }
        }
    }

    fn report(&mut self, what: &str, problems: impl IntoIterator<Item = String>) {
        for problem in problems {
            let problem = format!("{what}: {problem}");
            if !self.problems.contains(&problem) {
                self.problems.push(problem);
            }
        }
    }

    async fn request(&mut self, shape: Shape, way: Way) {
        let what = format!("request, {shape:?}, {way:?}");
        let input = match self.input(shape) {
            Ok(input) => input,
            Err(problem) => return self.report(&what, [problem]),
        };
        // Any success will do: only the request is checked.
        let answers = self.operation.responses.iter();
        let exchange = answers
            .filter_map(|response| self.exchange(response, Shape::Full))
            .find(|exchange| exchange.succeeds);
        self.server
            .prepare(exchange.into_iter().flat_map(|exchange| exchange.replies));
        let result = self.send(&input, way).await;
        let requests = self.server.requests();
        if let Err(Failure::Argument(reason)) = &result {
            return self.report(&what, [reason.clone()]);
        }
        let Some(request) = requests.first() else {
            let result =
                result.map_or_else(|failure| failure.to_string(), |_| "a success".to_owned());
            return self.report(&what, [format!("nothing was sent: {result}")]);
        };
        let problems = self.judge(&input, request, shape);
        self.report(&what, problems);
    }

    /// Values for a call. Errors of the samples are distinguished from errors of the client.
    fn input(&mut self, shape: Shape) -> Result<Input<'a>, String> {
        let operation = self.operation;
        let wanted = Wanted {
            direction: Some(Direction::Sent),
            shape,
            choice: 0,
        };
        let mut parameters = Vec::new();
        for parameter in &operation.parameters {
            let is_path = parameter.location == "path";
            if shape == Shape::Bare && !parameter.required && !is_path {
                continue;
            }
            let schema = &parameter.schema;
            let value = if is_path && *schema == serde_json::json!({"type": "string"}) {
                AWKWARD.into()
            } else {
                sample(&self.document.root, schema, &parameter.name, wanted)
                    .ok_or_else(|| format!("no value was found for `{}`", parameter.name))?
            };
            parameters.push((parameter, value));
        }
        let body = match self.media {
            Some(media) => {
                let value = sample(&self.document.root, &media.schema, "body", wanted)
                    .ok_or("no value was found for the body")?;
                if shape != Shape::Foreign
                    && let Some(problem) =
                        self.validators
                            .problem(&media.pointer, Direction::Sent, &value)
                {
                    return Err(format!("the sample {value} is not valid: {problem}"));
                }
                Some((media, value))
            }
            None => None,
        };
        Ok(Input { parameters, body })
    }

    async fn send(&self, input: &Input<'_>, way: Way) -> Result<Observed, Failure> {
        let mut arguments = Arguments {
            by_setters: way == Way::Setters,
            ..Arguments::default()
        };
        for (parameter, value) in &input.parameters {
            let name = parameter.name.clone();
            arguments.parameters.insert(name, value.clone());
        }
        if let Some((media, value)) = &input.body {
            if media.media_type.starts_with("multipart/") {
                let fields = value.as_object().into_iter().flatten();
                // A form cannot say null: what is null is not set.
                arguments.fields = fields
                    .filter(|(_, value)| !value.is_null())
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .collect();
            } else {
                arguments.body = Some(value.clone());
            }
        }
        // A panic fails the operation, and does not end all checks.
        match tokio::spawn((self.call.call)(self.client.clone(), arguments)).await {
            Ok(result) => result,
            Err(panic) => Err(Failure::Response(format!("the call panicked: {panic}"))),
        }
    }

    fn judge(&mut self, input: &Input<'_>, request: &Request, shape: Shape) -> Vec<String> {
        let mut problems = Vec::new();
        let mut same = |what: &str, expected: String, got: String| {
            if expected != got {
                problems.push(format!("{what} should be {expected}, is {got}"));
            }
        };
        let (path, query) = match request.target.split_once('?') {
            Some((path, query)) => (path, query),
            None => (request.target.as_str(), ""),
        };
        same(
            "method",
            self.operation.method.clone(),
            request.method.clone(),
        );
        let segments: Vec<_> = path.split('/').map(percent_decoded).collect();
        same(
            "path",
            format!("{:?}", expected_path(&self.operation.path, input)),
            format!("{segments:?}"),
        );
        let mut pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        pairs.sort();
        same(
            "query",
            format!("{:?}", expected_query(input)),
            format!("{pairs:?}"),
        );
        let key = request.header(&self.document.key_header());
        same("key header", format!("{:?}", [KEY]), format!("{key:?}"));
        for (parameter, value) in &input.parameters {
            let expected = match parameter.location.as_str() {
                "header" if !value.is_null() => text(value),
                _ => continue,
            };
            let name = parameter.name.to_ascii_lowercase();
            let found = request.header(&name);
            if !found.contains(&expected.as_str()) {
                same(&name, expected, format!("{found:?}"));
            }
        }
        match &input.body {
            Some((media, value)) => problems.extend(self.judge_body(media, value, request, shape)),
            None if request.body.is_empty() => {}
            None => problems.push("there is a body, and none is documented".to_owned()),
        }
        problems
    }

    fn judge_body(
        &mut self,
        media: &Media,
        value: &Value,
        request: &Request,
        shape: Shape,
    ) -> Vec<String> {
        let content_type = request.header("content-type");
        if media.media_type.starts_with("multipart/") {
            let expected = multipart::expected(&self.document.root, &media.schema, value);
            return match multipart::parts(&content_type.concat(), &request.body) {
                Ok(got) if got == expected => Vec::new(),
                Ok(got) => vec![format!("the form should be {expected:?}, is {got:?}")],
                Err(problem) => vec![problem],
            };
        }
        let essence = |text: &str| text.split(';').next().unwrap_or_default().trim().to_owned();
        let documented = essence(&media.media_type);
        if content_type.len() != 1 || essence(content_type[0]) != documented {
            return vec![format!(
                "content-type should be {documented}, is {content_type:?}"
            )];
        }
        if is_json(&media.media_type) {
            let got: Value = match serde_json::from_slice(&request.body) {
                Ok(got) => got,
                Err(error) => return vec![format!("the body is not JSON: {error}")],
            };
            let nulls = if self.patched {
                Nulls::Distinct
            } else {
                Nulls::SameAsAbsent
            };
            let mut problems = differences(value, &got, nulls);
            if shape != Shape::Foreign {
                let invalid = self
                    .validators
                    .problem(&media.pointer, Direction::Sent, &got);
                problems.extend(invalid);
            }
            return problems;
        }
        if value
            .as_str()
            .is_some_and(|text| text.as_bytes() != request.body)
        {
            return vec!["the body is not what was given".to_owned()];
        }
        Vec::new()
    }

    async fn response(&mut self, response: &Response, shape: Shape) {
        let Some(exchange) = self.exchange(response, shape) else {
            return;
        };
        let what = format!("response {}, {shape:?}", response.status);
        let input = match self.input(Shape::Full) {
            Ok(input) => input,
            // It has been reported with the request.
            Err(_) => return,
        };
        self.server.prepare(exchange.replies.clone());
        let result = self.send(&input, Way::Whole).await;
        let requests = self.server.requests().len();
        let expected = &exchange.replies[exchange.replies.len() - 1];
        let mut problems = Vec::new();
        match result {
            Err(Failure::Argument(_)) => return,
            Err(Failure::Call(ultravox::Error::Api(error))) if !exchange.succeeds => {
                if error.status != expected.status || error.body != expected.body {
                    problems.push(format!("became another error: {error}"));
                }
            }
            Err(failure) => problems.push(format!("does not reach the caller: {failure}")),
            Ok(observed) if !exchange.succeeds => {
                problems.push(format!("passes for a success: {observed:?}"));
            }
            Ok(observed) => problems.extend(compare(&observed, expected)),
        }
        if requests != exchange.replies.len() {
            problems.push(format!("took {requests} requests"));
        }
        self.report(&what, problems);
    }

    /// The response of a server that follows the document. `None` if it would be the same as for
    /// another shape.
    fn exchange(&self, response: &Response, shape: Shape) -> Option<Exchange> {
        let has_success =
            self.operation.responses.iter().any(|response| {
                response.status.starts_with('2') || response.status.starts_with('3')
            });
        let status = match response.status.as_str() {
            "default" if has_success => 500,
            "default" => 200,
            status => status
                .to_ascii_lowercase()
                .replace("xx", "00")
                .parse()
                .ok()?,
        };
        let json = response
            .content
            .iter()
            .find(|media| is_json(&media.media_type));
        let body = match (json, response.content.is_empty()) {
            (Some(media), _) => {
                let wanted = Wanted {
                    direction: Some(Direction::Received),
                    shape,
                    choice: 0,
                };
                let value = sample(&self.document.root, &media.schema, "body", wanted)?;
                value.to_string().into_bytes()
            }
            (None, _) if shape != Shape::Full => return None,
            (None, true) => Vec::new(),
            (None, false) => BYTES.to_vec(),
        };
        let reply = |status, header, body| Reply {
            status,
            header,
            body,
        };
        let media_type = json.or(response.content.first());
        let content_type = media_type
            .filter(|media| !media.media_type.contains('*'))
            .map(|media| ("content-type", media.media_type.clone()));
        Some(match status {
            300..400 => {
                let location = ("location", format!("{}/elsewhere", self.server.url));
                Exchange {
                    replies: vec![
                        reply(status, Some(location), Vec::new()),
                        reply(200, None, BYTES.to_vec()),
                    ],
                    succeeds: true,
                }
            }
            status => Exchange {
                succeeds: status < 300,
                replies: vec![reply(status, content_type, body)],
            },
        })
    }
}

struct Exchange {
    replies: Vec<Reply>,
    succeeds: bool,
}

fn compare(observed: &Observed, expected: &Reply) -> Vec<String> {
    let mut problems = Vec::new();
    if observed.status != expected.status {
        problems.push(format!("has the status {}", observed.status));
    }
    match &observed.body {
        Body::Empty if expected.body.is_empty() => {}
        // A method that has a value for some statuses gives none for the others.
        Body::Json(Value::Null) if expected.body.is_empty() => {}
        Body::Empty => problems.push("loses its body".to_owned()),
        Body::Bytes(bytes) if *bytes == expected.body => {}
        Body::Bytes(bytes) => problems.push(format!("became {bytes:?}")),
        Body::Json(got) => match serde_json::from_slice(&expected.body) {
            Ok(expected) => problems.extend(differences(&expected, got, Nulls::SameAsAbsent)),
            Err(_) => problems.push(format!("became the JSON {got}")),
        },
    }
    problems
}

/// A name without case and punctuation.
fn normal(name: &str) -> String {
    let name = name.strip_prefix("r#").unwrap_or(name);
    let kept = name.chars().filter(|character| character.is_alphanumeric());
    kept.flat_map(char::to_lowercase).collect()
}

fn percent_decoded(segment: &str) -> String {
    // A plus means itself in a path.
    let query = segment.replace('+', "%2B");
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    match pairs.next() {
        Some((name, value)) if value.is_empty() => name.into_owned(),
        Some((name, value)) => format!("{name}={value}"),
        None => String::new(),
    }
}

/// The segments of the path, decoded.
fn expected_path(template: &str, input: &Input<'_>) -> Vec<String> {
    let parameters: BTreeMap<_, _> = input
        .parameters
        .iter()
        .filter(|(parameter, _)| parameter.location == "path")
        .map(|(parameter, value)| (format!("{{{}}}", parameter.name), text(value)))
        .collect();
    let segment = |segment: &str| {
        let mut segment = segment.to_owned();
        for (placeholder, text) in &parameters {
            segment = segment.replace(placeholder, text);
        }
        segment
    };
    template.split('/').map(segment).collect()
}

fn expected_query(input: &Input<'_>) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for (parameter, value) in &input.parameters {
        let name = &parameter.name;
        if parameter.location != "query" || value.is_null() {
            continue;
        }
        match value.as_object().filter(|_| parameter.dotted) {
            Some(entries) => {
                for (key, value) in entries {
                    exploded(&format!("{name}.{key}"), value, &mut pairs);
                }
            }
            None => exploded(name, value, &mut pairs),
        }
    }
    pairs.sort();
    pairs
}

fn exploded(name: &str, value: &Value, pairs: &mut Vec<(String, String)>) {
    match value {
        Value::Array(items) => pairs.extend(items.iter().map(|item| (name.to_owned(), text(item)))),
        Value::Object(entries) => {
            pairs.extend(
                entries
                    .iter()
                    .map(|(key, value)| (key.clone(), text(value))),
            );
        }
        Value::Null => {}
        value => pairs.push((name.to_owned(), text(value))),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
