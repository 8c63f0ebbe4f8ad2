//! Every way a service may end, with every way the file may go on, in every line break and indent: no expected
//! text, but all that must hold for any edit.

use crate::harness::{Changes, append, check, list, rewrite, str, tree, yes};

/// How the service `web` ends.
const ENDS: &[&str] = &[
    "image: nginx",
    "image: nginx # why",
    "image: nginx  ",
    "image:",
    "image: # none",
    "image: &i",
    "image: !!str",
    "image: 'a\n  b'",
    "image: a\n  b",
    "image: \"a\n\n  b\" # c",
    "command: [a, b]",
    "command: [\n  a,\n  b\n]",
    "command: [\n  a, # x\n  b, # y\n] # z",
    "command:\n  - a\n  - b",
    "command:\n- a\n- b # c",
    "command:\n  - a\n  # - b",
    "command:\n  -\n  - b",
    "command:\n  - a\n  -",
    "command:\n  - - a\n    - b",
    "ports:\n  - target: 80\n    published: 80",
    "ports:\n  - target: 80\n    # published: 80\n# mode: host",
    "command: |\n  a\n  b",
    "command: |\n  a\n\n  b\n",
    "command: |+\n  a\n\n",
    "command: |2-\n   a\n\n",
    "command: >\n  a\n   b\n  ",
    "command: >-\n  a\n  # no comment",
    "command: | # head\n  a\n# a comment",
    "labels: {a: b}",
    "labels:\n  a: b\n  c:",
    "labels: &l\n  a: b",
    "labels: &l {\n  a: b }",
    "healthcheck:\n  test: |\n    a",
    "tmpfs: /tmp # scratch",
    "tmpfs: [/tmp]",
    "tmpfs:\n  - /tmp",
    "tmpfs:\n- /tmp",
    "tmpfs: ~",
    "tmpfs:",
    "tmpfs: []",
    "cap_add: [A]\ntmpfs: &t /tmp",
    "cap_add:\n- A # for this\nread_only: false",
    "cap_add:\n  - A\n# b\ncap_drop: # none",
    "logging:\n  driver: local",
    "logging:\n  options:",
    "logging: {}",
    "logging: ~",
    "? image\n: nginx",
    "<<: *base",
    "<<: [*base]",
];

/// A service between braces.
const BRACES: &[&str] = &[
    "{}",
    "{ }",
    "{\n}",
    "{ # none\n}",
    "{image: nginx}",
    "{ image: nginx }",
    "{image: nginx,}",
    "{image: nginx , }",
    "{image: nginx, restart: always} # c",
    "{image: nginx, tmpfs: /tmp}",
    "{image: nginx, tmpfs: }",
    "{image: nginx, tmpfs}",
    "{image: nginx, tmpfs: ~}",
    "{image: nginx, tmpfs: &t /tmp, cap_add: []}",
    "{image: nginx, tmpfs: [ ], logging: {}}",
    "{image: nginx, logging: {options: {}}}",
    "{image: nginx, logging: {options: {a: b}}, tmpfs: [/a,]}",
    "{image: nginx, logging: &l }",
    "{\"image\":\"nginx\",\"tmpfs\":\"/tmp\"}",
    "{\"image\": \"nginx\", \"cap_add\": [\"A\"]}",
    "{\n  image: nginx,\n  tmpfs: /tmp\n}",
    "{\n  image: nginx,\n  tmpfs: /tmp, # a, b\n}",
    "{\n  image: nginx,\n  tmpfs: /tmp # a, b\n  # c\n}",
    "{\n  image: nginx,\n  tmpfs: [\n    /tmp,\n    /a # b\n  ] }",
    "{\n  image: nginx\n  , tmpfs: /tmp\n  }",
    "{image: nginx,\n tmpfs: /tmp}",
];

/// How the file goes on.
const NEXT: &[&str] = &[
    "",
    "\n\n",
    "  db:\n    image: x\n",
    "\n  db:\n    image: x\n",
    "\n  # the db\n  db: &db\n    image: x\n",
    "  # the db\n  db:\n    image: x\n",
    "#    old:\n#      - a\n  db:\n    image: x\n",
    "# top\nvolumes: {}\n",
    "...\n",
    "---\na: b\n",
];

#[test]
fn every_end_can_be_followed() {
    let mut failures = Vec::new();
    let mut count = 0;
    let braces = BRACES.iter().map(|braces| format!(" {}", braces.replace('\n', "\n    ")));
    let blocks = ENDS.iter().map(|end| format!("\n    {}", end.replace('\n', "\n    ")));
    let services: Vec<_> = blocks.chain(braces).collect();
    for text in services.iter().flat_map(|service| NEXT.iter().flat_map(|next| files(service, next))) {
        let old = tree(&text).and_then(|_| crate::harness::documents(&text));
        assert!(old.is_ok(), "{old:?}\n{text}");
        count += 1;
        if let Err(why) = edit(&text) {
            failures.push(format!("{why}\nin\n{}", text.replace('\r', "^M")));
        }
    }
    let first = failures.first().map_or("", String::as_str);
    assert!(failures.is_empty(), "{} of {count} fail, such as\n{first}", failures.len());
}

fn edit(text: &str) -> Result<(), String> {
    let changes: Changes = vec![
        ("web", str("mem_limit", "512m")),
        ("web", yes("read_only")),
        ("web", append("tmpfs", &["/run"])),
        ("web", list("cap_drop", &["ALL"])),
        ("web", append("cap_add", &["CHOWN"])),
        ("web", str("logging.options.max-size", "10m")),
    ];
    let rewrites = rewrite(text, &changes).map_err(|error| error.to_string())?;
    let [rewrite] = rewrites.as_slice() else { return Err("no rewrite".to_owned()) };
    check(text, rewrite, &changes, &[]).map_err(|why| format!("{why}\n{}", rewrite.text))
}

/// The file in both steps, both line breaks, with and without its last line break.
fn files(service: &str, next: &str) -> Vec<String> {
    let text = format!("x-base: &base\n  user: a\nservices:\n  web:{service}\n{next}");
    let wide: String = text.split_inclusive('\n').map(widened).collect();
    let bare = |text: &String| text.trim_end_matches('\n').to_owned();
    let mut files = vec![text.clone(), bare(&text)];
    // Twice the indent shifts the keys of an item off the dash, which is no YAML.
    files.extend(tree(&wide).is_ok().then_some(wide));
    files.extend(files.clone().iter().map(|file| file.replace('\n', "\r\n")));
    files
}

fn widened(line: &str) -> String {
    let indent = line.len() - line.trim_start_matches(' ').len();
    format!("{}{}", " ".repeat(indent), line.replace("|2", "|4"))
}
