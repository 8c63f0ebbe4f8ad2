//! Which tmpfs a service still needs for a read-only root filesystem, and with what options.
//!
//! A tmpfs over an existing directory takes its mode but belongs to root, so for a start as a user it is given to that
//! user. `mode=` is of no use: it is ignored where the directory exists.

use super::mounts::is_at_or_below;
use super::{Image, Start, Tmpfs, UserSpec};
use crate::compose::Service;

/// Directories anyone may write to, in every image: their owner does not matter.
pub(super) const WORLD_WRITABLE: [&str; 2] = ["/tmp", "/var/tmp"];

impl Image {
    /// The items to write below `tmpfs:`, such as `/run:uid=101,gid=101`: what the image writes to besides its data,
    /// without what the service mounts already. Follows the start as the service stands now.
    #[must_use]
    pub fn tmpfs(&self, service: &Service) -> Vec<String> {
        let owner = self.runs_as(service);
        let needed = self.facts.iter().flat_map(|facts| &facts.tmpfs).flat_map(|fact| &fact.value);
        needed.filter(|tmpfs| is_missing(tmpfs, service)).map(|tmpfs| write(tmpfs, owner)).collect()
    }

    /// The user and group that the service runs as from its first process on; `None` for root or when not known.
    #[must_use]
    pub fn runs_as(&self, service: &Service) -> Option<UserSpec> {
        match self.start_now(service) {
            Start::Image(user) | Start::User(user) => Some(user),
            Start::File => self.said_in_file(service),
            Start::Root(_) | Start::Named | Start::Unknown => None,
        }
    }

    /// `user:` of the file in numbers. A name has the image's ids when it is the image's user.
    fn said_in_file(&self, service: &Service) -> Option<UserSpec> {
        let user = service.user.as_ref()?.value.trim();
        UserSpec::parse(user).or_else(|| {
            let facts = self.facts.as_ref()?;
            let name = &facts.user_name.as_ref()?.value;
            let is_own = user.split(':').all(|part| part == name);
            is_own.then_some(facts.user.as_ref()?.value)
        })
    }
}

/// Whether nothing is mounted there yet, and the condition of the entry holds.
fn is_missing(tmpfs: &Tmpfs, service: &Service) -> bool {
    let path = canonical(&tmpfs.path);
    let written = service.tmpfs.iter().map(|item| item.value.split(':').next().unwrap_or_default());
    let mut covering = service.volumes.iter().map(|mount| mount.target.as_str());
    let wanted = tmpfs.when_mounted.as_ref().is_none_or(|condition| {
        service.volumes.iter().any(|mount| is_at_or_below(&mount.target, condition))
            || service
                .configs
                .iter()
                .any(|config| config.target.as_ref().is_some_and(|target| is_at_or_below(target, condition)))
    });
    wanted
        && !covering.any(|target| is_at_or_below(path, canonical(target)))
        && !written.into_iter().any(|written| canonical(written.trim_end_matches('/')) == path)
}

/// `/var/run` is a link to `/run` in every image of this time.
pub(super) fn canonical(path: &str) -> &str {
    match path.strip_prefix("/var/run") {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => path.strip_prefix("/var").unwrap_or(path),
        _ => path,
    }
}

fn write(tmpfs: &Tmpfs, owner: Option<UserSpec>) -> String {
    let owner = owner.filter(|_| !WORLD_WRITABLE.contains(&tmpfs.path.as_str()));
    let owner = owner.map(|user| format!("uid={},gid={}", user.uid, user.gid));
    let size = tmpfs.size.as_ref().map(|size| format!("size={size}"));
    let exec = tmpfs.exec.then(|| "exec".to_owned());
    let options = [exec, size, owner].into_iter().flatten().collect::<Vec<_>>();
    if options.is_empty() { tmpfs.path.clone() } else { format!("{}:{}", tmpfs.path, options.join(",")) }
}
