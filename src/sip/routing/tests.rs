#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;

const SALES: Uuid = Uuid::from_u128(0x6f0c_2a52_8f6e_4a52_9d5e_2d2f_1c0b_7a11);
const DESK: Uuid = Uuid::from_u128(0xa1b2_c3d4_0000_4000_8000_0000_0000_00ff);

fn config(agents: &[(Uuid, Option<&str>)]) -> SipConfig {
    let allowance = |&(agent_id, pattern): &(Uuid, Option<&str>)| AgentAllowance {
        agent_id,
        to_user_pattern: pattern.map(str::to_owned),
    };
    SipConfig {
        allow_all_agents: Some(false),
        allowed_agents: agents.iter().map(allowance).collect(),
        allowed_cidr_ranges: Some(
            ["192.0.2.0/24", "198.51.100.7/32"]
                .map(|range| range.parse().unwrap())
                .to_vec(),
        ),
        domain: "acme.sip.example".to_owned(),
    }
}

fn routed(config: &SipConfig, user: &str) -> String {
    config.route(Source::Registration, user).to_string()
}

#[test]
fn the_source_has_to_be_in_a_range_unless_the_call_comes_over_a_registration() {
    let config = config(&[(SALES, Some(""))]);
    for (source, allowed) in [
        ("192.0.2.0", true),
        ("192.0.2.255", true),
        ("192.0.3.0", false),
        ("198.51.100.7", true),
        ("198.51.100.8", false),
        ("::ffff:192.0.2.1", true),
        ("::ffff:203.0.113.1", false),
        ("::192.0.2.1", false),
        ("2001:db8::1", false),
    ] {
        let address: IpAddr = source.parse().unwrap();
        let routing = config.route(address, "x");
        let rejected = Routing::Rejected {
            reason: Rejection::SourceNotAllowed { address },
        };
        let admitted = config.route(Source::Registration, "x");
        assert_eq!(routing, if allowed { admitted } else { rejected });
    }
    let admitted = routed(&config, "x");
    assert!(admitted.starts_with("agent"), "{admitted}");
}

#[test]
fn empty_ranges_allow_no_address_and_0_0_0_0_0_allows_every_ipv4_address() {
    let mut config = config(&[(SALES, Some(""))]);
    let address = Ipv4Addr::new(192, 0, 2, 1);
    for none in [Some(vec![]), None] {
        config.allowed_cidr_ranges = none;
        assert_eq!(
            config.route(address, "x").to_string(),
            "rejected: allowedCidrRanges does not contain 192.0.2.1"
        );
    }
    config.allowed_cidr_ranges = Some(vec!["0.0.0.0/0".parse().unwrap()]);
    assert!(matches!(config.route(address, "x"), Routing::Agent { .. }));
    assert_eq!(
        config.route(Ipv6Addr::LOCALHOST, "x").to_string(),
        "rejected: allowedCidrRanges does not contain ::1 (it can only hold IPv4 ranges)"
    );
}

#[test]
fn a_source_that_is_not_allowed_is_reported_before_anything_about_the_user() {
    let config = config(&[(SALES, Some("(?=x)"))]);
    let routing = config.route(Ipv4Addr::LOCALHOST, "sip:%").to_string();
    assert!(routing.ends_with("does not contain 127.0.0.1"), "{routing}");
}

#[test]
fn the_first_entry_that_matches_names_the_agent_and_the_rule() {
    let entries = [
        (SALES, Some("^sales$")),
        (DESK, Some("^(?i:sales)$|^.$")),
        (SALES, Some(r"^\+1555\d{7}$|^15559999999$")),
        (SALES, Some("sal")),
        (DESK, None),
    ];
    let config = config(&entries);
    let desk = format!("agent_{DESK}");
    for (user, expected) in [
        ("sales", Some(0)),
        ("Sales", Some(1)),
        ("%C3%A4", Some(1)),
        ("+15551234567", Some(2)),
        ("+15551234567890", None),
        ("+15559999999", Some(2)),
        ("15551234567", None),
        ("presales2", Some(3)),
        (&desk, Some(4)),
        (&desk.replace("a1b2", "A1B2"), None),
        (&desk.replace('-', ""), None),
        (&format!("{desk}x"), None),
    ] {
        let expected = match expected {
            Some(index) => {
                let (agent_id, pattern) = entries[index];
                let rule = Rule::Entry {
                    index,
                    pattern: pattern.map_or(format!("^{desk}$"), str::to_owned),
                    implied: pattern.is_none(),
                };
                Routing::Agent { agent_id, rule }
            }
            None => {
                let user = user.to_owned();
                let reason = Rejection::NoMatch { user };
                Routing::Rejected { reason }
            }
        };
        assert_eq!(config.route(Source::Registration, user), expected, "{user}");
    }
}

#[test]
fn an_empty_pattern_matches_every_user() {
    assert_eq!(
        routed(&config(&[(SALES, Some("")), (DESK, None)]), "anyone"),
        format!("agent {SALES} by allowedAgents[0], pattern ``")
    );
}

#[test]
fn an_entry_without_a_pattern_stands_for_its_agent_id() {
    let config = config(&[(DESK, None), (SALES, None)]);
    assert_eq!(
        routed(&config, &format!("sip:agent_{SALES}@acme.sip.example")),
        format!("agent {SALES} by allowedAgents[1], implied pattern `^agent_{SALES}$`")
    );
}

#[test]
fn allow_all_agents_reaches_any_agent_after_the_entries_and_only_by_its_id() {
    let mut config = config(&[(SALES, Some("^sales$")), (SALES, Some("00ff$"))]);
    config.allow_all_agents = Some(true);
    let other = Uuid::from_u128(7);
    assert_eq!(
        routed(&config, &format!("agent_{other}")),
        format!("agent {other} by allowAllAgents")
    );
    assert_eq!(
        routed(&config, &format!("agent_{DESK}")),
        format!("agent {SALES} by allowedAgents[1], pattern `00ff$`")
    );
    let unhyphenated = format!("agent_{}", other.simple());
    for user in ["support", "agent_", &other.to_string(), &unhyphenated] {
        let routing = config.route(Source::Registration, user);
        let user = user.to_owned();
        let reason = Rejection::NotAnAgent { user };
        assert_eq!(routing, Routing::Rejected { reason });
    }
}

#[test]
fn all_agents_are_not_allowed_unless_the_configuration_says_so() {
    let mut config = config(&[]);
    let agent = format!("agent_{SALES}");
    for off in [Some(false), None] {
        config.allow_all_agents = off;
        let routing = routed(&config, &agent);
        assert!(routing.ends_with("allowAllAgents is off"), "{routing}");
    }
}

#[test]
fn an_unreadable_pattern_leaves_the_outcome_open_unless_an_earlier_entry_matches() {
    let agents = [
        (DESK, Some("^desk$")),
        (SALES, Some("^(?!x)")),
        (DESK, Some(r"(.)\1")),
        (SALES, Some("sales")),
    ];
    let config = config(&agents);
    assert_eq!(
        routed(&config, "desk"),
        format!("agent {DESK} by allowedAgents[0], pattern `^desk$`")
    );
    let open = format!(
        "undecidable: \
         allowedAgents[1], pattern `^(?!x)` for agent {SALES}: look-around, including look-ahead and look-behind, is not supported; \
         allowedAgents[2], pattern `(.)\\1` for agent {DESK}: backreferences are not supported; \
         without a match there: "
    );
    assert_eq!(
        routed(&config, "sales"),
        format!("{open}agent {SALES} by allowedAgents[3], pattern `sales`")
    );
    assert_eq!(
        routed(&config, "other"),
        format!(
            "{open}rejected: no entry of allowedAgents matches the user `other`, and allowAllAgents is off"
        )
    );
}

#[test]
fn a_pattern_that_is_too_big_or_misses_an_operand_is_unreadable() {
    for (pattern, reason) in [
        ("((a{999}){999}){999}", "Compiled regex exceeds size limit"),
        ("+15551234567", "repetition operator missing expression"),
        (r"^sales\Z", "unrecognized escape sequence"),
        ("sales\nerror: (", "unclosed group"),
    ] {
        let routing = config(&[(SALES, Some(pattern))]).route(Source::Registration, "x");
        let Routing::Undecidable { unreadable, .. } = routing else {
            panic!("{pattern}: {routing}");
        };
        let [found] = &unreadable[..] else {
            panic!("{unreadable:?}");
        };
        assert_eq!(found.pattern, pattern);
        assert!(found.reason.starts_with(reason), "{found}");
    }
}

#[test]
fn the_user_part_is_found_in_every_form_of_an_address() {
    use UnreadableTo::*;
    for (to, expected) in [
        ("sales", Ok("sales")),
        ("sales@example.com", Ok("sales")),
        ("sip:sales@example.com", Ok("sales")),
        ("SIPS:sales@example.com:5061;transport=tls", Ok("sales")),
        (
            " Sales Desk <sip:sales@[2001:db8::1]:5060;lr?Subject=x>;tag=a@b ",
            Ok("sales"),
        ),
        (
            r#""a \" <sip:x@y> \\" <sip:sales@example.com;user=phone>;tag=1"#,
            Ok("sales"),
        ),
        ("<sip:sales@example.com>", Ok("sales")),
        ("sip:sales@example.com ;tag=1", Ok("sales")),
        ("sip:sales:secret@example.com", Ok("sales")),
        ("sales:secret@example.com", Ok("sales")),
        ("sip:+1555;phone-context=+1:secret@example.com", Ok("+1555")),
        ("sip:sip@example.com", Ok("sip")),
        ("tel:+1-555-123-4567;ext=1", Ok("+1-555-123-4567")),
        ("sip:a%40b%3a%3B%25@example.com", Ok("a@b:;%")),
        ("j%C3%BCrgen", Ok("jürgen")),
        ("sip:example.com", Err(NoUser)),
        ("sip:[2001:db8::1]:5060", Err(NoUser)),
        ("sip:@example.com", Err(NoUser)),
        ("sip::secret@example.com", Err(NoUser)),
        ("tel:", Err(NoUser)),
        ("", Err(NoUser)),
        ("sip:sales@", Err(NoDomain)),
        ("sip:a@b@example.com", Err(SecondAt)),
        ("\"Sales <sip:sales@example.com>", Err(Unbalanced)),
        ("\"Sales\" sip:sales@example.com", Err(Unbalanced)),
        ("<sip:sales@example.com", Err(Unbalanced)),
        ("sip:sales@example.com>", Err(Unbalanced)),
        ("urn:service:sos", Err(Scheme)),
        ("sales desk", Err(Space)),
        ("sip:sa\0les@example.com", Err(Space)),
        ("50%", Err(PercentEncoding)),
        ("sip:%4@example.com", Err(PercentEncoding)),
        ("sip:%+1@example.com", Err(PercentEncoding)),
        ("sip:%1ä@example.com", Err(PercentEncoding)),
        ("sip:%ff@example.com", Err(PercentEncoding)),
    ] {
        assert_eq!(user_part(to), expected.map(str::to_owned), "{to}");
    }
}

#[test]
fn neither_a_password_nor_a_control_character_is_shown() {
    let config = config(&[(SALES, Some("^\u{1b}(?=x)"))]);
    assert!(!routed(&config, "sip:x%:secret@example.com").contains("secret"));
    assert!(!routed(&config, "sip:%0A%1B[2J:secret@example.com").contains(char::is_control));
}
