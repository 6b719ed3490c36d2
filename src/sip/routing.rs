//! Decides offline how an incoming SIP INVITE is routed, from a [`SipConfig`] alone, and why.
//!
//! It makes no request. It does not know which agents exist, and it neither checks the domain of the
//! To URI nor authenticates the caller. The rules are those of <https://docs.ultravox.ai/telephony/sip>.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use regex::Regex;
use uuid::Uuid;

use crate::types::{AgentAllowance, SipConfig};

/// How an INVITE reaches the account.
///
/// An [`IpAddr`], [`Ipv4Addr`] or [`Ipv6Addr`] converts into [`Source::Address`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// Directly from this address, which `allowedCidrRanges` has to contain.
    ///
    /// The ranges are IPv4 only: no IPv6 address is inside one, except that an IPv4-mapped address
    /// (`::ffff:192.0.2.1`) counts as its IPv4 address.
    Address(IpAddr),
    /// Over one of the account's SIP registrations: `allowedCidrRanges` does not apply.
    Registration,
}

impl From<IpAddr> for Source {
    fn from(address: IpAddr) -> Self {
        Self::Address(address)
    }
}

impl From<Ipv4Addr> for Source {
    fn from(address: Ipv4Addr) -> Self {
        Self::Address(address.into())
    }
}

impl From<Ipv6Addr> for Source {
    fn from(address: Ipv6Addr) -> Self {
        Self::Address(address.into())
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Registration => f.pad("registration"),
        }
    }
}

/// How an INVITE is routed, as [`SipConfig::route`] decides. Its `Display` is one line for people.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Routing {
    /// The call goes to an agent.
    Agent {
        /// The agent that takes the call. Under [`Rule::AllowAllAgents`] it is the one that the caller
        /// named: whether the account has such an agent is not known offline.
        agent_id: Uuid,
        /// The rule that applies.
        rule: Rule,
    },
    /// The call is rejected.
    Rejected {
        /// Why.
        reason: Rejection,
    },
    /// The outcome depends on patterns that cannot be evaluated here. It is not guessed.
    Undecidable {
        /// The patterns in question, in the order of `allowedAgents`; never empty. Entries after the
        /// one that `otherwise` names are not evaluated.
        unreadable: Vec<UnreadablePattern>,
        /// The outcome if none of these patterns matches; never itself undecidable.
        otherwise: Box<Routing>,
    },
}

impl fmt::Display for Routing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agent { agent_id, rule } => write!(f, "agent {agent_id} by {rule}"),
            Self::Rejected { reason } => write!(f, "rejected: {reason}"),
            Self::Undecidable {
                unreadable,
                otherwise,
            } => {
                f.write_str("undecidable: ")?;
                for pattern in unreadable {
                    write!(f, "{pattern}; ")?;
                }
                write!(f, "without a match there: {otherwise}")
            }
        }
    }
}

/// The rule of a [`SipConfig`] by which a call reaches its agent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// An entry of `allowedAgents`.
    Entry {
        /// Its position, from 0.
        index: usize,
        /// The pattern that matched.
        pattern: String,
        /// Whether the entry has no pattern, so that `^agent_<agent_id>$` applies.
        implied: bool,
    },
    /// No entry matched; `allowAllAgents` is on and the caller named the agent.
    AllowAllAgents,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry {
                index,
                pattern,
                implied,
            } => {
                let kind = if *implied {
                    "implied pattern"
                } else {
                    "pattern"
                };
                write!(f, "allowedAgents[{index}], {kind} `{}`", OneLine(pattern))
            }
            Self::AllowAllAgents => f.write_str("allowAllAgents"),
        }
    }
}

/// An entry of `allowedAgents` with a pattern that the
/// [`regex`](https://docs.rs/regex/latest/regex/#syntax) crate cannot compile.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnreadablePattern {
    /// The position of the entry in `allowedAgents`, from 0.
    pub index: usize,
    /// The agent that takes the call if the pattern matches.
    pub agent_id: Uuid,
    /// The pattern as configured.
    pub pattern: String,
    /// The reason, such as look-around or a compiled size over the limit.
    pub reason: String,
}

impl fmt::Display for UnreadablePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (pattern, reason) = (OneLine(&self.pattern), OneLine(&self.reason));
        write!(
            f,
            "allowedAgents[{}], pattern `{pattern}` for agent {}: {reason}",
            self.index, self.agent_id
        )
    }
}

/// Why a call is rejected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// The call comes from an address outside `allowedCidrRanges`.
    #[error(
        "allowedCidrRanges does not contain {address}{}",
        if address.to_canonical().is_ipv6() { " (it can only hold IPv4 ranges)" } else { "" }
    )]
    SourceNotAllowed {
        /// The address, as it was given.
        address: IpAddr,
    },
    /// The user part could not be found in `to_user`.
    #[error("the To URI cannot be read: {0}")]
    UnreadableTo(UnreadableTo),
    /// No entry of `allowedAgents` matches, and `allowAllAgents` is off.
    #[error(
        "no entry of allowedAgents matches the user `{}`, and allowAllAgents is off",
        OneLine(user)
    )]
    NoMatch {
        /// The user part that was tried, decoded.
        user: String,
    },
    /// No entry of `allowedAgents` matches; `allowAllAgents` is on, but the user part is not of the
    /// form `agent_<agent_id>`.
    #[error(
        "no entry of allowedAgents matches the user `{}`, and allowAllAgents only accepts \
         agent_<agent_id>, the id in lower case with hyphens",
        OneLine(user)
    )]
    NotAnAgent {
        /// The user part that was tried, decoded.
        user: String,
    },
}

/// Why a To URI has no usable user part. The URI is not repeated, as it may contain a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum UnreadableTo {
    /// There is no user part, as in `sip:example.com`.
    #[error("it has no user part; expected a user or sip:user@domain")]
    NoUser,
    /// Nothing follows the `@`.
    #[error("it has no domain after the `@`")]
    NoDomain,
    /// A quoted display name or a `<` is not closed, or the display name is not followed by `<`.
    #[error("its quotes or angle brackets do not pair up")]
    Unbalanced,
    /// An address contains more than one `@`, so that its user part is ambiguous.
    #[error("it has more than one `@`; one inside the user part is written %40")]
    SecondAt,
    /// The scheme is none of `sip`, `sips` and `tel`, or a `:` without an `@` makes it look like one.
    #[error("its scheme is none of sip, sips and tel; a `:` inside the user part is written %3A")]
    Scheme,
    /// White space or a control character before the `@` is not percent-encoded.
    #[error("its user part has white space or control characters that are not percent-encoded")]
    Space,
    /// A `%` is not followed by two hexadecimal digits, or the decoded bytes are not UTF-8.
    #[error("a percent-encoding in the user part is invalid; a `%` itself is written %25")]
    PercentEncoding,
}

impl SipConfig {
    /// Decides offline which agent takes an incoming call, or why none does, by the rules that the
    /// [SIP guide](https://docs.ultravox.ai/telephony/sip) publishes:
    ///
    /// 1. The address of a call must be in `allowed_cidr_ranges`; if that is empty or absent, no
    ///    address is allowed. A call over a registration ([`Source::Registration`]) passes.
    /// 2. The patterns of `allowed_agents` are searched for in the user part of the To URI, in order.
    ///    The first that matches names the agent. It need not match the whole user part: only `^` and
    ///    `$` anchor it. An entry without a pattern means `^agent_<agent_id>$`; an empty
    ///    pattern is a pattern, and matches everything.
    /// 3. If none matches and `allow_all_agents` is on, the user `agent_<agent_id>` reaches that agent.
    /// 4. Everything else is rejected.
    ///
    /// `to_user` is the user part alone (`sales`), an address (`sales@example.com`), a `sip:`, `sips:`
    /// or `tel:` URI, or a whole To header value (`"Sales" <sip:sales@example.com>;tag=1`). A password and
    /// user parameters (`user;param:password@`) are dropped, percent-encodings are decoded. A number
    /// stays as it is written: `+15551234567` does not match `^15551234567$`. The domain is ignored.
    ///
    /// # Limits
    ///
    /// The guide does not name the regular expression dialect of the service. Here patterns are
    /// compiled by the [`regex`](https://docs.rs/regex/latest/regex/#syntax) crate, in time linear in the user
    /// part. One that it cannot compile (look-around, back-references, too large) makes the outcome
    /// [`Routing::Undecidable`], unless an earlier entry matches. One that it can compile is
    /// evaluated, although a few constructs have other meanings in other dialects: possessive quantifiers
    /// (`a*+`), `[`, `&&`, `--` and `~~` inside a class, `\<` and `\>`, and `$` before a trailing line feed.
    ///
    /// # Example
    ///
    /// ```
    /// use std::net::Ipv4Addr;
    /// use ultravox::{sip::{Routing, Source}, types::SipConfig};
    ///
    /// let sip: SipConfig = serde_json::from_value(serde_json::json!({
    ///     "domain": "acme.sip.example",
    ///     "allowedCidrRanges": ["192.0.2.0/24"],
    ///     "allowedAgents": [{
    ///         "agentId": "6f0c2a52-8f6e-4a52-9d5e-2d2f1c0b7a11",
    ///         "toUserPattern": "^sales$",
    ///     }],
    /// }))?;
    ///
    /// match sip.route(Ipv4Addr::new(192, 0, 2, 7), "sip:sales@acme.sip.example") {
    ///     Routing::Agent { agent_id, rule } => {
    ///         assert_eq!(agent_id.to_string(), "6f0c2a52-8f6e-4a52-9d5e-2d2f1c0b7a11");
    ///         assert_eq!(rule.to_string(), "allowedAgents[0], pattern `^sales$`");
    ///     }
    ///     other => unreachable!("{other}"),
    /// }
    /// assert_eq!(
    ///     sip.route(Source::Registration, "support").to_string(),
    ///     "rejected: no entry of allowedAgents matches the user `support`, and allowAllAgents is off"
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn route(&self, source: impl Into<Source>, to_user: &str) -> Routing {
        let user = match self.admit(source.into(), to_user) {
            Ok(user) => user,
            Err(reason) => return Routing::Rejected { reason },
        };

        let mut unreadable = Vec::new();
        let matched = self
            .allowed_agents
            .iter()
            .enumerate()
            .find_map(|(index, entry)| {
                try_entry(index, entry, &user).unwrap_or_else(|pattern| {
                    unreadable.push(pattern);
                    None
                })
            });
        let decided = matched.unwrap_or_else(|| self.route_unmatched(user));
        if unreadable.is_empty() {
            return decided;
        }
        Routing::Undecidable {
            unreadable,
            otherwise: Box::new(decided),
        }
    }

    fn admit(&self, source: Source, to_user: &str) -> Result<String, Rejection> {
        match source {
            Source::Address(address) if !self.allows(address) => {
                Err(Rejection::SourceNotAllowed { address })
            }
            _ => user_part(to_user).map_err(Rejection::UnreadableTo),
        }
    }

    fn allows(&self, address: IpAddr) -> bool {
        match address.to_canonical() {
            IpAddr::V4(address) => self
                .allowed_cidr_ranges
                .iter()
                .flatten()
                .any(|range| range.contains(&address)),
            IpAddr::V6(_) => false,
        }
    }

    fn route_unmatched(&self, user: String) -> Routing {
        let reason = if !self.allow_all_agents.unwrap_or_default() {
            Rejection::NoMatch { user }
        } else if let Some(agent_id) = named_agent(&user) {
            let rule = Rule::AllowAllAgents;
            return Routing::Agent { agent_id, rule };
        } else {
            Rejection::NotAnAgent { user }
        };
        Routing::Rejected { reason }
    }
}

fn try_entry(
    index: usize,
    entry: &AgentAllowance,
    user: &str,
) -> Result<Option<Routing>, UnreadablePattern> {
    let agent_id = entry.agent_id;
    let (matches, pattern, implied) = match &entry.to_user_pattern {
        None => (
            named_agent(user) == Some(agent_id),
            format!("^agent_{agent_id}$"),
            true,
        ),
        Some(pattern) => {
            let regex = Regex::new(pattern).map_err(|error| UnreadablePattern {
                index,
                agent_id,
                pattern: pattern.clone(),
                reason: short_reason(&error),
            })?;
            (regex.is_match(user), pattern.clone(), false)
        }
    };
    let rule = Rule::Entry {
        index,
        pattern,
        implied,
    };
    Ok(matches.then_some(Routing::Agent { agent_id, rule }))
}

/// `Uuid` parses several spellings; the user part of a SIP URI is case-sensitive, so only one is meant.
fn named_agent(user: &str) -> Option<Uuid> {
    let text = user.strip_prefix("agent_")?;
    let agent_id = Uuid::parse_str(text).ok()?;
    (agent_id.to_string() == text).then_some(agent_id)
}

/// A syntax error of `regex` spans several lines, of which the last has the reason.
fn short_reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or(&text);
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

fn user_part(to: &str) -> Result<String, UnreadableTo> {
    let address = addr_spec(to.trim())?;
    let (scheme, rest) = match address.split_once(':') {
        Some((scheme, rest)) if is_scheme(scheme) => (Some(scheme), rest),
        _ => (None, address),
    };
    let is_tel = scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("tel"));
    let user_info = match rest.split_once('@') {
        Some((_, domain)) if domain.contains('@') => return Err(UnreadableTo::SecondAt),
        Some((_, "")) => return Err(UnreadableTo::NoDomain),
        Some((user_info, _)) => user_info,
        None if scheme.is_some() && !is_tel => return Err(UnreadableTo::NoUser),
        None if rest.contains(':') => return Err(UnreadableTo::Scheme),
        None => rest,
    };
    if user_info.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(UnreadableTo::Space);
    }
    match user_info.split([':', ';']).next() {
        None | Some("") => Err(UnreadableTo::NoUser),
        Some(user) => percent_decode(user),
    }
}

fn is_scheme(text: &str) -> bool {
    ["sip", "sips", "tel"]
        .iter()
        .any(|scheme| text.eq_ignore_ascii_case(scheme))
}

/// A quoted display name may itself contain `<`, `@` and escaped quotes.
fn addr_spec(to: &str) -> Result<&str, UnreadableTo> {
    let rest = match to.strip_prefix('"') {
        None => to,
        Some(quoted) => {
            let mut escaped = false;
            let end = quoted.find(|c| {
                let closes = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                closes
            });
            let rest = &quoted[end.ok_or(UnreadableTo::Unbalanced)? + 1..];
            if !rest.trim_start().starts_with('<') {
                return Err(UnreadableTo::Unbalanced);
            }
            rest
        }
    };
    match rest.split_once('<') {
        None if rest.contains('>') => Err(UnreadableTo::Unbalanced),
        None => Ok(rest),
        Some((_, inner)) => match inner.split_once('>') {
            Some((address, _)) => Ok(address.trim()),
            None => Err(UnreadableTo::Unbalanced),
        },
    }
}

fn percent_decode(text: &str) -> Result<String, UnreadableTo> {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (hex, rest) = part
            .split_at_checked(2)
            .ok_or(UnreadableTo::PercentEncoding)?;
        if !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(UnreadableTo::PercentEncoding);
        }
        bytes.push(u8::from_str_radix(hex, 16).map_err(|_| UnreadableTo::PercentEncoding)?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).map_err(|_| UnreadableTo::PercentEncoding)
}

/// Text of a caller or of the service may be printed to a terminal: it must not control it.
struct OneLine<'a>(&'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A line separator or a bidirectional control would make a line look like another one.
        let is_shown = |c: char| {
            !c.is_control()
                && !matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        self.0.chars().try_for_each(|c| match is_shown(c) {
            true => write!(f, "{c}"),
            false => write!(f, "{}", c.escape_default()),
        })
    }
}

#[cfg(test)]
mod tests {
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
}
