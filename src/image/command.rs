//! Whether a service runs the image's own program the way the image means it.
//!
//! An official entrypoint hands its directories over and steps down only when it is the entrypoint, and only when
//! the first word of the command is the server. With anything else, nothing that is known of the start holds.

use super::Facts;
use super::catalogue::fits;
use crate::compose::{Command, Service};

/// Programs that only start another one as process 1.
const INIT_WRAPPERS: [&str; 5] = ["tini", "tini-static", "dumb-init", "docker-init", "catatonit"];

/// Programs that want to be process 1, or do its work.
const INITS: [&str; 13] = [
    "tini",
    "tini-static",
    "dumb-init",
    "catatonit",
    "docker-init",
    "my_init",
    "pid1",
    "runsvdir",
    "runit",
    "s6-svscan",
    "s6-overlay-suexec",
    "supervisord",
    "systemd",
];

/// Paths of inits whose name alone is too common a word: `airflow db init` is no init process.
const INIT_PATHS: [&str; 4] = ["/init", "/sbin/init", "/usr/sbin/init", "/bin/init"];

/// Programs that run whatever they are told.
const SHELLS: [&str; 6] = ["sh", "bash", "ash", "dash", "zsh", "env"];

/// Whether the service is started by the image's own entrypoint, and that starts the image's own server.
pub(super) fn runs_own_program(service: &Service, facts: &Facts) -> bool {
    let entrypoint = service.entrypoint.as_ref().map(|command| &command.value);
    let command = service.command.as_ref().map(|command| &command.value);
    let command = command.into_iter().flat_map(Command::words);
    match entrypoint {
        None | Some(Command::Default) => is_server(command, facts),
        Some(entrypoint) => after_own_entrypoint(entrypoint.words().chain(command), facts)
            .is_some_and(|rest| is_server(rest.into_iter(), facts)),
    }
}

/// The words after the image's own entrypoint, also when an init wrapper starts that.
fn after_own_entrypoint<'a>(words: impl Iterator<Item = &'a str>, facts: &Facts) -> Option<Vec<&'a str>> {
    let own = facts.entrypoint.as_ref()?;
    let mut words = words.peekable();
    if words.peek().is_some_and(|word| INIT_WRAPPERS.contains(&last_segment(word))) {
        words.next();
        while words.next_if(|word| word.starts_with('-')).is_some() {}
    }
    (last_segment(words.next()?) == own.value).then(|| words.collect())
}

/// Whether the first word starts the server: none, an option, one of its names, or any word but a shell where the
/// command is only arguments.
fn is_server<'a>(mut words: impl Iterator<Item = &'a str>, facts: &Facts) -> bool {
    let Some(first) = words.next() else { return true };
    if first.starts_with('-') {
        return true;
    }
    let program = last_segment(first.trim_matches(['"', '\'']));
    match &facts.servers {
        Some(servers) => servers.value.iter().any(|server| fits(server, program)),
        None => {
            !(SHELLS.contains(&program) || program.rsplit('.').next() == Some("sh") || program.contains('$'))
        }
    }
}

/// Whether a word of a command is a program that wants to be process 1, or does its work.
pub(crate) fn is_init(word: &str) -> bool {
    INITS.contains(&last_segment(word)) || INIT_PATHS.contains(&word)
}

fn last_segment(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::runs_own_program;
    use crate::compose::{Command, Service, Spanned};
    use crate::image::{Basis, Fact, Facts};

    fn postgres() -> Facts {
        let servers = vec!["postgres".to_owned(), "*.conf".to_owned()];
        Facts {
            entrypoint: Some(Fact {
                value: "docker-entrypoint.sh".to_owned(),
                basis: Basis::Stated,
                source: "".into(),
            }),
            servers: Some(Fact { value: servers, basis: Basis::Stated, source: "".into() }),
            ..Facts::default()
        }
    }

    fn runs(entrypoint: Option<&str>, command: Option<&str>, facts: &Facts) -> bool {
        let line = |text: &str| Spanned::planned(Command::Line(text.to_owned()));
        let service =
            Service { entrypoint: entrypoint.map(line), command: command.map(line), ..Service::default() };
        runs_own_program(&service, facts)
    }

    #[test]
    fn only_the_server_steps_down() {
        for command in ["postgres -c x=y", "-c x=y", "/usr/bin/postgres", "'postgres' -c x", "my.conf"] {
            assert!(runs(None, Some(command), &postgres()), "{command}");
        }
        for command in ["sh -c 'exec postgres'", "/init.sh", "bash", "${CMD}", "pg_dump"] {
            assert!(!runs(None, Some(command), &postgres()), "{command}");
        }
        assert!(runs(None, None, &postgres()));
    }

    #[test]
    fn only_the_own_entrypoint_counts_and_a_wrapper_of_it() {
        for entrypoint in [
            "docker-entrypoint.sh",
            "/usr/local/bin/docker-entrypoint.sh postgres",
            "/sbin/tini -- docker-entrypoint.sh",
            "dumb-init docker-entrypoint.sh",
        ] {
            assert!(
                runs(Some(entrypoint), Some("postgres"), &postgres()) || entrypoint.ends_with("postgres")
            );
            assert!(runs(Some(entrypoint), None, &postgres()), "{entrypoint}");
            assert!(!runs(Some(entrypoint), Some("sh"), &postgres()) || entrypoint.ends_with("postgres"));
        }
        for entrypoint in ["sh -c x", "/own.sh", "tini --", "postgres"] {
            assert!(!runs(Some(entrypoint), Some("postgres"), &postgres()), "{entrypoint}");
        }
        assert!(!runs(Some("docker-entrypoint.sh"), None, &Facts::default()), "its entrypoint is not known");
    }

    #[test]
    fn where_the_command_is_arguments_only_a_shell_is_another_program() {
        assert!(runs(None, Some("server /data"), &Facts::default()));
        assert!(!runs(None, Some("/bin/sh -c x"), &Facts::default()));
        assert!(!runs(None, Some("./wait-for-it.sh db:5432"), &Facts::default()));
    }
}
