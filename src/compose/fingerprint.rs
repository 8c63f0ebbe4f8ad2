//! An identity of a service's configuration: it changes when the service would be started otherwise.
//!
//! Built from what is written, without any value of its environment, and without where or how it is written. What
//! does not concern the container's rights and work (labels, published ports, dependencies) is left out.

use std::fmt::Debug;

use super::{List, Recipe, Service, Spanned};
use crate::source::fingerprint;

impl Service {
    /// The fingerprint, as 32 hexadecimal digits.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut words = Vec::new();
        self.program(&mut words);
        self.rights(&mut words);
        self.bounds(&mut words);
        self.surroundings(&mut words);
        fingerprint(&words.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// What is run.
    fn program(&self, words: &mut Vec<String>) {
        one(words, "image", self.image.as_ref());
        if let Some(build) = &self.build {
            let build = &build.value;
            one(words, "context", build.context.as_ref());
            words.push(format!("dockerfile={:?} {:?}", build.dockerfile, build.target));
            if let Recipe::Found(file) = &build.recipe {
                words.push(format!("recipe={}", file.text.expose()));
            }
        }
        one(words, "platform", self.platform.as_deref());
        one(words, "command", self.command.as_ref());
        one(words, "entrypoint", self.entrypoint.as_ref());
        one(words, "working_dir", self.working_dir.as_deref());
        one(words, "runtime", self.runtime.as_deref());
        one(words, "stop_signal", self.stop_signal.as_deref());
        if let Some(check) = &self.healthcheck {
            one(words, "healthcheck", check.value.test.as_ref());
            words.push(format!("healthcheck.off={}", check.value.is_disabled()));
        }
    }

    /// What it may do.
    fn rights(&self, words: &mut Vec<String>) {
        one(words, "user", self.user.as_ref());
        all(words, "group_add", &self.group_add);
        one(words, "privileged", self.privileged.as_ref());
        one(words, "read_only", self.read_only.as_ref());
        one(words, "init", self.init.as_ref());
        all(words, "cap_add", &self.cap_add);
        all(words, "cap_drop", &self.cap_drop);
        all(words, "security_opt", &self.security_opt);
        all(words, "devices", &self.devices);
        let modes = [&self.pid, &self.ipc, &self.uts, &self.userns_mode, &self.cgroup, &self.network_mode];
        for (name, mode) in ["pid", "ipc", "uts", "userns", "cgroup", "network"].into_iter().zip(modes) {
            one(words, name, mode.as_ref());
        }
    }

    /// What it may use.
    fn bounds(&self, words: &mut Vec<String>) {
        one(words, "mem_limit", self.mem_limit.as_ref());
        one(words, "memswap_limit", self.memswap_limit.as_ref());
        one(words, "shm_size", self.shm_size.as_ref());
        one(words, "cpus", self.cpus.as_ref());
        one(words, "pids_limit", self.pids_limit.as_ref());
        if let Some(limits) = self.limits() {
            one(words, "deploy.memory", limits.memory.as_ref());
            one(words, "deploy.cpus", limits.cpus.as_ref());
            one(words, "deploy.pids", limits.pids.as_ref());
        }
    }

    /// What is around it.
    fn surroundings(&self, words: &mut Vec<String>) {
        all(words, "tmpfs", &self.tmpfs);
        all(words, "volumes", &self.volumes);
        all(words, "volumes_from", &self.volumes_from);
        all(words, "secrets", &self.secrets);
        all(words, "configs", &self.configs);
        let mut names: Vec<&str> = self.environment.0.iter().map(|variable| variable.name.as_str()).collect();
        names.sort_unstable();
        words.extend(names.into_iter().map(|name| format!("environment={name}")));
        if let Some(logging) = &self.logging {
            one(words, "logging", logging.value.driver.as_ref());
            one(words, "logging.options", logging.value.options.as_ref());
        }
    }
}

/// A value with its key; nothing for one that is not there.
fn one<T: Debug>(words: &mut Vec<String>, key: &str, value: Option<&Spanned<T>>) {
    words.extend(value.map(|value| format!("{key}={:?}", value.value)));
}

/// The items of a list, in an order of their own: Compose does not mind in which they come.
fn all<T: Debug>(words: &mut Vec<String>, key: &str, list: &List<T>) {
    let mut items: Vec<String> = list.iter().map(|item| format!("{key}={:?}", item.value)).collect();
    items.sort();
    words.extend(items);
}

#[cfg(test)]
mod tests {
    use crate::load;

    fn of(text: &str) -> String {
        let text = format!("services:\n  a:\n    image: x\n{text}");
        let loaded = load::text("compose.yml", &text, &load::Options::default()).unwrap();
        loaded.project.services[0].fingerprint()
    }

    #[test]
    fn it_follows_the_meaning() {
        let plain = of("");
        assert_eq!(plain, of("    # a comment\n"));
        assert_eq!(plain, of("    ports: [80]\n    labels: [a]\n"));
        for other in ["    user: '5'\n", "    command: x\n", "    volumes: ['d:/d']\n", "    mem_limit: 1g\n"]
        {
            assert_ne!(plain, of(&other.replace("d:/d", "./d:/d")), "{other}");
        }
    }

    #[test]
    fn values_of_the_environment_do_not_count_and_names_do() {
        let with = |value: &str| of(&format!("    environment: {{A: {value}}}\n"));
        assert_eq!(with("one"), with("two"));
        assert_ne!(with("one"), of(""));
        assert_eq!(of("    cap_add: [A, B]\n"), of("    cap_add: [B, A]\n"));
    }
}
