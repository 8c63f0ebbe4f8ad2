//! Which services wait for which: those before are started first, and stopped last.

use std::collections::BTreeSet;

use serde_json::Value;

/// Services by what they wait for: those of one level do not wait for each other, only for those before.
#[must_use]
pub fn levels(config: &Value) -> Vec<Vec<String>> {
    let waits = |name: &str| {
        let service = config.get("services").and_then(|services| services.get(name));
        let others = service.and_then(|service| service.get("depends_on")?.as_object());
        others.map(|others| others.keys().cloned().collect::<BTreeSet<_>>()).unwrap_or_default()
    };
    let all = config.get("services").and_then(Value::as_object);
    let mut open: Vec<String> = all.map(|all| all.keys().cloned().collect()).unwrap_or_default();
    let mut levels = Vec::new();
    while !open.is_empty() {
        let is_ready = |name: &String| waits(name).iter().all(|other| !open.contains(other));
        let (mut ready, later): (Vec<String>, Vec<String>) = open.iter().cloned().partition(is_ready);
        if ready.is_empty() {
            // Compose refuses circles
            ready.clone_from(&later);
        }
        open.retain(|name| !ready.contains(name));
        levels.push(ready);
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::levels;
    use serde_json::json;

    #[test]
    fn those_that_wait_come_later_and_the_others_together() {
        let after = |name: &str| json!({ "depends_on": { name: { "condition": "service_started" } } });
        let config = json!({ "services": {
            "proxy": after("api"), "api": after("db"), "db": {}, "cache": {}, "worker": after("cache"),
        }});
        let expected = [vec!["cache", "db"], vec!["api", "worker"], vec!["proxy"]];
        assert_eq!(levels(&config), expected);
        assert!(levels(&json!({})).is_empty());
        let circle = json!({ "services": { "a": after("b"), "b": after("a") } });
        assert_eq!(levels(&circle).len(), 1, "it ends");
    }
}
