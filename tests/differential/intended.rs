//! What harden reads otherwise than Compose on purpose, and why. `theirs.rs` and `ours.rs` bring both to one form.

/// The field, and what differs.
pub const INTENDED: [(&str, &str); 16] = [
    (
        "any",
        "a variable that is set nowhere stays a variable, because another machine may set it; Compose puts in its \
             default or nothing, and so does this test",
    ),
    (
        "lists",
        "items that only turn out to be the same once such a variable is put in all stay; Compose keeps the last",
    ),
    ("lists", "what one list of one file repeats stays as it is written; Compose keeps the last"),
    (
        "ports",
        "a range stays a range, and what is left out stays out; Compose writes out each port with all it implies",
    ),
    (
        "volumes",
        "relative paths stay as written, with the folder that they start from; Compose writes them out",
    ),
    ("volumes", "options of a mount other than `read_only` are no pass's business"),
    ("command", "a line stays a line; Compose splits it"),
    ("environment", "numbers stay as written; Compose writes `1.50` without quotes as `1.5`"),
    ("env_file", "the files stay named besides what they set; Compose forgets them"),
    ("extends", "what a service extends stays named besides what it takes over; Compose forgets it"),
    ("memswap_limit", "`-1` is 0: to Compose both are no limit"),
    ("networks", "only the names: no pass looks at addresses and aliases"),
    ("depends_on", "only the names, and not what `links` implies: the model has no `links`"),
    (
        "sysctls, develop, provider, gpus, devices of a reservation",
        "only whether they are there: no pass looks inside",
    ),
    ("use_api_socket", "newer than the Compose that is asked"),
    ("top-level volumes", "those that no service uses stay; Compose leaves them out"),
];
