use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Circle {
    radius: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    name: String,
    members: Vec<Figure>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    kind: String,
    around: Option<Box<Figure>>,
}

tagged_union! {
    Figure "kind"
    { Circle "circle" Circle, Group "a group" Box<Group>, }
    kept { Frame "frame" Frame, }
    from { Circle Circle, Group Group, Frame Frame, }
}

fn there_and_back(json: &Value) -> Figure {
    let figure: Figure = serde_json::from_str(&json.to_string()).unwrap();
    assert_eq!(serde_json::to_value(&figure).unwrap(), *json);
    assert_eq!(
        serde_json::from_value::<Figure>(json.clone()).unwrap(),
        figure
    );
    figure
}

#[test]
fn the_tag_chooses_the_variant_and_is_written_once() {
    let circle = json!({"kind": "circle", "radius": 0.5});
    let group =
        json!({"kind": "a group", "name": "g", "members": [circle, {"kind": "star", "tips": 5}]});
    let frame = json!({"kind": "frame", "around": group});
    assert_eq!(there_and_back(&circle), Circle { radius: 0.5 }.into());
    assert!(
        matches!(there_and_back(&group), Figure::Group(group) if group.members[0].tag() == Some("circle"))
    );
    assert!(matches!(there_and_back(&frame), Figure::Frame(frame) if frame.kind == "frame"));
    // First, and nowhere else.
    let text = serde_json::to_string(&Figure::from(Circle { radius: 1.0 })).unwrap();
    assert_eq!(text, r#"{"kind":"circle","radius":1.0}"#);
    let text = serde_json::to_string(&there_and_back(&frame)).unwrap();
    assert_eq!(text.matches(r#""kind":"frame""#).count(), 1);
}

#[test]
fn the_tag_may_come_last() {
    let figure: Figure = serde_json::from_str(r#"{"radius": 2, "kind": "circle"}"#).unwrap();
    assert_eq!(figure, Circle { radius: 2.0 }.into());
}

#[test]
fn an_object_of_another_tag_is_kept_whole() {
    for json in [
        json!({"kind": "star", "tips": 5, "deep": [{"kind": "circle"}]}),
        json!({"kind": "Circle", "radius": "none"}),
        json!({"kind": 3}),
        json!({"kind": null}),
        json!({"radius": 1}),
        json!({}),
    ] {
        let figure = there_and_back(&json);
        assert!(matches!(figure, Figure::Unknown(_)), "{figure:?}");
        assert_eq!(figure.tag(), json["kind"].as_str());
    }
}

#[test]
fn an_unknown_property_does_not_lose_the_rest() {
    let figure: Figure =
        serde_json::from_value(json!({"kind": "circle", "radius": 1, "new": []})).unwrap();
    assert_eq!(figure, Circle { radius: 1.0 }.into());
}

#[test]
fn an_error_names_the_variant_and_the_location_in_it_and_no_text() {
    let error = |json: Value| {
        serde_json::from_value::<Figure>(json)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        error(json!({"kind": "circle", "radius": "my secret"})),
        "the variant `circle` does not decode at radius: invalid type: string \"…\", expected f64"
    );
    assert_eq!(
        error(json!({"kind": "circle"})),
        "the variant `circle` does not decode: missing field `radius`"
    );
    let inner = json!({"kind": "circle", "radius": []});
    assert_eq!(
        error(json!({"kind": "a group", "name": "g", "members": [inner]})),
        "the variant `a group` does not decode at members[0]: the variant `circle` does not decode at \
         radius: invalid type: sequence, expected f64"
    );
    for json in [json!(3), json!(null), json!([]), json!("circle")] {
        error(json);
    }
}
