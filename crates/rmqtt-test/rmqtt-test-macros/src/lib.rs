//! `#[broker_test]`: one function, one test per protocol version and driver.
//!
//! ```text
//! #[broker_test(v31, v311("MQTT-3.3.1-5"), v5("MQTT-3.3.1-5"), config = "max_inflight = 4")]
//! fn a_retained_message_replaces_the_former(case: &Case) { … }
//! ```
//!
//! Each version names the specification statements that the test shows. The same text is read by
//! `cargo xtask conformance`, which is why statements are written out in full and never computed.
//! `config` holds further keys of the listener, `preamble` further lines before the listener
//! section, and `own_process` marks a test that must control the broker's process; all three make
//! the test inapplicable to a broker that was started by somebody else.

use proc_macro::{Delimiter, TokenStream, TokenTree};

const DRIVERS: [&str; 2] = ["epoll", "portable"];

/// See the crate's documentation.
#[proc_macro_attribute]
pub fn broker_test(arguments: TokenStream, item: TokenStream) -> TokenStream {
    match Arguments::parse(arguments).and_then(|arguments| expand(&arguments, item)) {
        Ok(tokens) => tokens,
        Err(problem) => {
            format!("compile_error!({problem:?});").parse().expect("a string literal is a token")
        }
    }
}

#[derive(Default)]
struct Arguments {
    versions: Vec<String>,
    config: String,
    preamble: String,
    own_process: bool,
}

impl Arguments {
    fn parse(tokens: TokenStream) -> Result<Self, String> {
        let mut arguments =
            Self { config: "\"\"".into(), preamble: "\"\"".into(), ..Self::default() };
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token.to_string().as_str() {
                version @ ("v31" | "v311" | "v5") => {
                    arguments.versions.push(version.to_owned());
                    if let Some(TokenTree::Group(group)) = tokens.peek()
                        && group.delimiter() == Delimiter::Parenthesis
                    {
                        check_statements(group.stream())?;
                        tokens.next();
                    }
                }
                "config" => arguments.config = text_after_equals(&mut tokens)?,
                "preamble" => arguments.preamble = text_after_equals(&mut tokens)?,
                "own_process" => arguments.own_process = true,
                "," => {}
                other => return Err(format!("broker_test: unexpected `{other}`")),
            }
        }
        if arguments.versions.is_empty() {
            return Err("broker_test: name at least one of v31, v311, v5".into());
        }
        Ok(arguments)
    }
}

fn check_statements(tokens: TokenStream) -> Result<(), String> {
    for token in tokens {
        let text = token.to_string();
        if text != "," && !text.starts_with("\"MQTT-") {
            return Err(format!("broker_test: {text} is no statement of the specification"));
        }
    }
    Ok(())
}

fn text_after_equals(tokens: &mut impl Iterator<Item = TokenTree>) -> Result<String, String> {
    match (tokens.next().map(|token| token.to_string()), tokens.next()) {
        (Some(equals), Some(TokenTree::Literal(text))) if equals == "=" => Ok(text.to_string()),
        _ => Err("broker_test: expected `= \"…\"`".into()),
    }
}

fn expand(arguments: &Arguments, item: TokenStream) -> Result<TokenStream, String> {
    let name = function_name(item.clone()).ok_or("broker_test: expected a function")?;
    let mut module = format!("mod {name} {{");
    for version in &arguments.versions {
        for driver in DRIVERS {
            module.push_str(&test_function(arguments, &name, version, driver));
        }
    }
    module.push('}');
    let module: TokenStream =
        module.parse().map_err(|problem| format!("broker_test: {problem}"))?;
    Ok(item.into_iter().chain(module).collect())
}

fn test_function(arguments: &Arguments, name: &str, version: &str, driver: &str) -> String {
    let Arguments { config, preamble, own_process, .. } = arguments;
    format!(
        "#[test]
        fn {version}_{driver}() {{
            ::rmqtt_test::Plan {{
                name: ::core::concat!(::core::module_path!(), \"::{version}_{driver}\"),
                version: ::rmqtt_test::Version::{},
                driver: ::rmqtt_test::Driver::{},
                listener_keys: {config},
                preamble: {preamble},
                own_process: {own_process},
            }}
            .run(super::{name});
        }}",
        version.to_uppercase(),
        if driver == "epoll" { "Epoll" } else { "Portable" },
    )
}

fn function_name(item: TokenStream) -> Option<String> {
    let mut tokens = item.into_iter();
    tokens.find(|token| token.to_string() == "fn")?;
    tokens.next().map(|token| token.to_string())
}
