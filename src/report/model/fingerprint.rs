//! Identities that stay when lines move: a hash of what is found, and where by name.

pub(crate) use crate::source::fingerprint as of;

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn it_is_what_it_always_was() {
        assert_eq!(of(&[]), "6c62272e07bb014262b821756295c58d");
        assert_eq!(of(&["compose.yml", "web", "init"]), of(&["compose.yml", "web", "init"]));
        assert_ne!(of(&["a", "bc"]), of(&["ab", "c"]));
    }
}
