//! Tells credentials from other values, by the name of a variable and by the form of its value.
//!
//! Works on text in which every part that only the environment knows is [`UNKNOWN`]. Nothing here returns, shows or
//! keeps a value.

use crate::image::expand::UNKNOWN;

/// What is taken for a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A value under a name such as `DB_PASSWORD`, or a password inside a URL.
    Password,
    /// A value in the form of a known service's token, or a private key.
    Token,
}

/// Endings of a word that mean a secret by themselves: `PASSWORD`, and `PGPASSWORD`.
const ENDINGS: [&str; 18] = [
    "ACCESSKEY",
    "APIKEY",
    "APITOKEN",
    "AUTHKEY",
    "AUTHTOKEN",
    "BOTTOKEN",
    "CREDENTIAL",
    "CREDENTIALS",
    "DBPASS",
    "PASSPHRASE",
    "PASSWD",
    "PASSWORD",
    "PRIVATEKEY",
    "REQUIREPASS",
    "SECRET",
    "SECRETKEY",
    "TOKEN",
    "USERPASS",
];

/// Words that mean a secret when they stand alone.
const WORDS: [&str; 6] = ["PASS", "PASSWORDS", "PSK", "PW", "PWD", "SALT"];

/// Words before `KEY` or `KEYS` that make it a secret one.
const SECRET_KEYS: [&str; 26] = [
    "ACCESS",
    "ACCOUNT",
    "ADMIN",
    "API",
    "APP",
    "APPLICATION",
    "AUTH",
    "COOKIE",
    "CRYPT",
    "CRYPTO",
    "ENC",
    "ENCRYPT",
    "ENCRYPTION",
    "FERNET",
    "HMAC",
    "JWT",
    "LICENSE",
    "MASTER",
    "PRESHARED",
    "PRIVATE",
    "ROLE",
    "SECRET",
    "SESSION",
    "SHARED",
    "SIGNING",
    "STORAGE",
];

/// Words that may follow: the name still means the secret.
const TAILS: [&str; 12] =
    ["B64", "BASE", "BASE64", "DEFAULT", "DEV", "HASH", "HEX", "KEY", "PLAIN", "PROD", "TEST", "VALUE"];

/// Beginnings of names whose values are shown to every visitor of a web site.
const PUBLIC: [&str; 2] = ["NEXT_PUBLIC_", "NUXT_PUBLIC_"];

/// Values that switch something, or say that there is none.
const SWITCHES: [&str; 18] = [
    "0", "1", "auto", "disable", "disabled", "enable", "enabled", "false", "n", "nil", "no", "none", "null",
    "off", "on", "true", "y", "yes",
];

/// Beginnings of tokens of well-known services, and how many characters follow at least.
const TOKENS: [(&str, usize); 24] = [
    ("AIza", 30),
    ("AKIA", 16),
    ("ASIA", 16),
    ("SG.", 30),
    ("dckr_pat_", 20),
    ("dop_v1_", 40),
    ("ghp_", 30),
    ("gho_", 30),
    ("ghs_", 30),
    ("ghu_", 30),
    ("github_pat_", 30),
    ("glpat-", 16),
    ("hf_", 30),
    ("hvs.", 20),
    ("npm_", 30),
    ("rk_live_", 16),
    ("sk-ant-", 20),
    ("sk-proj-", 20),
    ("sk_live_", 16),
    ("sk_test_", 16),
    ("tskey-", 16),
    ("whsec_", 20),
    ("xoxb-", 16),
    ("xoxp-", 16),
];

/// Nothing shorter is a token.
const SHORTEST_TOKEN: usize = 20;

/// Names inside a value that are followed by a password: in connection strings, queries and options.
const INNER: [&str; 6] = ["password=", "passwd=", "pwd=", "accountkey=", "sharedaccesskey=", "requirepass "];

/// Whether a variable holds a credential.
pub(super) fn kind(name: &str, value: &str) -> Option<Kind> {
    let value = value.trim();
    if value.is_empty() || is_reference(value) {
        return None;
    }
    if is_token(value) {
        return Some(Kind::Token);
    }
    let is_password =
        has_url_password(value) || has_inner_password(value) || is_secret(value) && is_named(name);
    (is_password || is_pair(name, value)).then_some(Kind::Password)
}

/// Whether the name says that the value is a secret itself, and not its file, its length or its name.
fn is_named(name: &str) -> bool {
    let words = words(name);
    if words.is_empty() || PUBLIC.iter().any(|public| name.starts_with(public)) {
        return false;
    }
    let mut words: &[String] = &words;
    while let Some((last, rest)) = words.split_last() {
        if says_secret(rest, last) {
            return true;
        }
        let is_number = last.chars().all(|c| c.is_ascii_digit());
        if !is_number && !TAILS.contains(&last.as_str()) {
            return false;
        }
        words = rest;
    }
    false
}

fn says_secret(before: &[String], last: &str) -> bool {
    let previous = before.last().map_or("", String::as_str);
    // `DB_PASSWORD2`
    let bare = last.trim_end_matches(|c: char| c.is_ascii_digit());
    match last {
        // the shell's working directories
        "PWD" => !before.is_empty() && previous != "OLD",
        "KEY" | "KEYS" => SECRET_KEYS.contains(&previous),
        "COOKIE" => previous == "ERLANG",
        _ => WORDS.contains(&bare) || ENDINGS.iter().any(|ending| bare.ends_with(ending)),
    }
}

/// The words of `DB_PASSWORD`, `db.password` and `dbPassword`, in capitals.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_small = false;
    for c in name.chars() {
        if !c.is_ascii_alphanumeric() || after_small && c.is_ascii_uppercase() {
            words.push(String::new());
        }
        after_small = c.is_ascii_lowercase();
        if let Some(word) = words.last_mut().filter(|_| c.is_ascii_alphanumeric()) {
            word.push(c.to_ascii_uppercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// `user/password` or `user:password` under a name that ends in `AUTH`, such as `NEO4J_AUTH`.
fn is_pair(name: &str, value: &str) -> bool {
    let is_auth = || words(name).last().is_some_and(|word| word == "AUTH" || word == "AUTHS");
    let is_password = |password: &str| !password.starts_with('/') && is_secret(password);
    let pair = value.split_once(['/', ':']);
    pair.is_some_and(|(user, password)| is_word(user) && is_password(password)) && is_auth()
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '@'))
}

/// Whether a text could be a secret: written out whole, no switch and no path.
fn is_secret(value: &str) -> bool {
    !value.is_empty()
        && !value.contains(UNKNOWN)
        && !SWITCHES.iter().any(|switch| value.eq_ignore_ascii_case(switch))
        && !is_path(value)
        && !is_address(value)
}

/// A path with at least one slash inside, or one that ends in a file name.
fn is_path(value: &str) -> bool {
    let rooted = value.starts_with(['/', '~']) || value.starts_with("./") || value.starts_with("../");
    let plain = value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '~'));
    rooted && plain && value.trim_matches(['/', '~', '.']).contains(['/', '.'])
}

/// An address without a password in it, such as that of a token service.
fn is_address(value: &str) -> bool {
    value.starts_with("http://") || value.starts_with("https://")
}

/// A reference that another tool replaces by the secret.
fn is_reference(value: &str) -> bool {
    ["op://", "vault:", "ref+", "ENC[", "arn:aws:", "file:", "{{", "<%", "%{"]
        .iter()
        .any(|start| value.starts_with(start))
}

/// `scheme://user:password@host`, with the password written out.
fn has_url_password(value: &str) -> bool {
    value.split("://").skip(1).any(|rest| {
        let authority = rest.split(['/', '?', '#', ' ', ',', '"', '\'']).next().unwrap_or_default();
        let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
        user.split_once(':').is_some_and(|(_, password)| is_written_out(password))
    })
}

/// `Password=…;` in a connection string, `?password=…` in a query, `-Dx.password=…` in options.
fn has_inner_password(value: &str) -> bool {
    if !value.contains(['=', ' ']) {
        return false;
    }
    let lower = value.to_ascii_lowercase();
    INNER.iter().any(|name| {
        lower.split(name).skip(1).any(|rest| {
            let rest = rest.trim_start_matches(['"', '\'']);
            let password = rest.split([';', '&', ' ', '"', '\'', ',']).next().unwrap_or_default();
            is_written_out(password) && !SWITCHES.contains(&password) && !is_path(password)
        })
    })
}

/// Not a variable, and not a placeholder of a template such as `<password>` in a URL that something else fills in.
fn is_written_out(password: &str) -> bool {
    !password.is_empty()
        && !password.contains(UNKNOWN)
        && !password.starts_with("%(")
        && !password.starts_with('{')
}

fn is_token(value: &str) -> bool {
    if value.len() < SHORTEST_TOKEN {
        return false;
    }
    value.contains("PRIVATE KEY-----") && value.contains("-----BEGIN")
        || value.contains("hooks.slack.com/services/T")
        || is_jwt(value)
        || TOKENS.iter().any(|(start, least)| {
            let rest = value.strip_prefix(start).unwrap_or_default();
            rest.len() >= *least
                && rest.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
        })
}

/// Three parts in base64, the first two of which open with `{"`.
fn is_jwt(value: &str) -> bool {
    if !value.starts_with("eyJ") {
        return false;
    }
    let parts: Vec<&str> = value.split('.').collect();
    let is_part = |part: &&str| {
        part.len() > 8 && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
    };
    parts.len() == 3 && parts.iter().all(is_part) && parts.iter().take(2).all(|part| part.starts_with("eyJ"))
}

#[cfg(test)]
mod tests {
    use super::{Kind, kind};

    #[test]
    fn names_of_secrets() {
        for name in [
            "POSTGRES_PASSWORD",
            "PGPASSWORD",
            "MYSQL_PWD",
            "DB_PASS",
            "SMTP_PASSWD",
            "LDAP_BIND_PW",
            "JWT_SECRET",
            "API_KEY",
            "APIKEY",
            "OPENAI_API_KEY",
            "AWS_SECRET_ACCESS_KEY",
            "MINIO_ACCESS_KEY",
            "SECRET_KEY_BASE",
            "DJANGO_SECRET_KEY",
            "APP_KEY",
            "N8N_ENCRYPTION_KEY",
            "GITHUB_TOKEN",
            "token",
            "spring.datasource.password",
            "dbPassword",
            "RABBITMQ_ERLANG_COOKIE",
            "TS_AUTHKEY",
            "PASSWORD_1",
            "DB_PASSWORD2",
            "WG_PASSWORD_HASH",
            "AUTH_SALT",
            "CREDENTIALS",
            "SERVICE_ROLE_KEY",
            "Jwt__Key",
            "REDIS_REQUIREPASS",
            "AIRFLOW__CORE__FERNET_KEY",
        ] {
            assert_eq!(kind(name, "s3cret"), Some(Kind::Password), "{name}");
            assert_eq!(kind(name, "12345"), Some(Kind::Password), "{name}");
        }
    }

    #[test]
    fn names_that_only_speak_of_secrets() {
        for name in [
            "PWD",
            "OLD_PWD",
            "POSTGRES_PASSWORD_FILE",
            "ACCESS_TOKEN_TTL",
            "PASSWORD_MIN_LENGTH",
            "TOKEN_EXPIRES_IN",
            "MAX_TOKENS",
            "PASSWORD_POLICY",
            "SECRET_NAME",
            "SECRET_ID",
            "AWS_ACCESS_KEY_ID",
            "PUBLIC_KEY",
            "SITE_KEY",
            "KEY",
            "SORT_KEY",
            "TOKENIZER",
            "PASSWORD_RESET_URL",
            "AUTH_TYPE",
            "AUTHOR",
            "COMPASS",
            "BYPASS",
            "MONKEY",
            "NEXT_PUBLIC_API_KEY",
            "POSTGRES_USER",
            "KEYCLOAK_URL",
            "COOKIE",
            "PASSWORD_ENCRYPTION",
            "",
        ] {
            assert_eq!(kind(name, "4096x"), None, "{name}");
        }
    }

    #[test]
    fn values_that_are_no_secrets() {
        for value in [
            "",
            " ",
            "yes",
            "True",
            "none",
            "1",
            "/run/secrets/db",
            "./keys/jwt.pem",
            "~/.ssh/id",
            "\0",
            "base64:\0",
            "op://vault/item/field",
            "{{ db_password }}",
            "ENC[x]",
            "http://auth.example.com/token",
        ] {
            assert_eq!(kind("DB_PASSWORD", value), None, "{value:?}");
        }
        for value in ["changeme", "<your password>", "/x+=y", "/secret", "0000", "a b", "p@ss"] {
            assert_eq!(kind("DB_PASSWORD", value), Some(Kind::Password), "{value:?}");
        }
    }

    #[test]
    fn passwords_inside_values() {
        for value in [
            "postgres://app:s3cret@db:5432/app",
            "amqp://guest:guest@mq",
            "redis://:pw@redis:6379/0",
            "mongodb://a:b@one,two/db?x=1",
            "jdbc:postgresql://db/app?user=a&password=b",
            "Server=db;User Id=sa;Password=Pa55;TrustServerCertificate=true",
            "host=db user=app password=pw dbname=x",
            "PlainLoginModule required username=\"a\" password=\"b\";",
            "-Xmx1g -Dspring.datasource.password=pw",
            "DefaultEndpointsProtocol=https;AccountKey=abc==;",
        ] {
            assert_eq!(kind("URL", value), Some(Kind::Password), "{value}");
        }
        for value in [
            "postgres://db:5432/app",
            "postgres://app@db/app",
            "postgres://app:\0@db/app",
            "postgres://app:@db/app",
            "https://example.com/a:b@c",
            "https://key@sentry.example.com/1",
            "http://a:80,http://b@c",
            "host=db password=\0",
            "host=db password= dbname=x",
            "reset_password=true",
            "12:30@noon",
        ] {
            assert_eq!(kind("URL", value), None, "{value}");
        }
    }

    #[test]
    fn pairs_under_auth() {
        assert_eq!(kind("NEO4J_AUTH", "neo4j/password"), Some(Kind::Password));
        assert_eq!(kind("BASIC_AUTH", "admin:admin"), Some(Kind::Password));
        for value in ["none", "login", "true", "https://auth.example.com", "neo4j/\0", "plain"] {
            assert_eq!(kind("NEO4J_AUTH", value), None, "{value}");
        }
    }

    #[test]
    fn tokens_by_their_form() {
        let long = "0123456789abcdef0123456789abcdef01234567";
        for value in [
            format!("ghp_{long}"),
            format!("sk_live_{long}"),
            format!("xoxb-{long}"),
            "AKIAIOSFODNN7EXAMPLE".to_owned(),
            "-----BEGIN RSA PRIVATE KEY-----\nabc".to_owned(),
            "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYW5vbiJ9.c2lnbmF0dXJl".to_owned(),
        ] {
            assert_eq!(kind("X", &value), Some(Kind::Token), "{value}");
        }
        for value in ["ghp_short", "AKIA", "eyJ.eyJ.x", "-----BEGIN CERTIFICATE-----", "1.2.3"] {
            assert_eq!(kind("X", value), None, "{value}");
        }
    }
}
