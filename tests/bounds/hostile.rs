//! Projects under 1 MB that are made to take long or to need much memory. Each can be made smaller, to see how it grows.

use std::fmt::Write as _;

/// A project that means no good.
pub struct Hostile {
    pub name: &'static str,
    /// Path and text of each file; the first is the Compose file.
    pub files: Vec<(String, String)>,
    /// How harden ends: 1 when it takes the project, 2 when it refuses it.
    pub code: i32,
    /// What the refusal says.
    pub says: &'static str,
}

/// A text of lines, or of parts, by their numbers.
pub fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut text, at| {
        let _ = write!(text, "{}", line(at));
        text
    })
}

fn one(name: &'static str, text: String) -> Hostile {
    with(name, vec![("compose.yml", text)])
}

fn with(name: &'static str, files: Vec<(&str, String)>) -> Hostile {
    let files = files.into_iter().map(|(path, text)| (path.to_owned(), text)).collect();
    Hostile { name, files, code: 1, says: "" }
}

impl Hostile {
    fn refused(self, says: &'static str) -> Self {
        Self { code: 2, says, ..self }
    }

    /// Refused when it is whole: the smaller ones are within the bounds.
    fn refused_if(self, whole: bool, says: &'static str) -> Self {
        if whole { self.refused(says) } else { self }
    }
}

/// All of them, of which each has this part of its lines: with 1 they are just under 1 MB.
#[expect(clippy::too_many_lines, reason = "a list")]
pub fn all(part: usize) -> Vec<Hostile> {
    let many = |count: usize, line: &dyn Fn(usize) -> String| lines(count / part, line);
    let services = |count: usize, line: &dyn Fn(usize) -> String| format!("services:\n{}", many(count, line));
    let web = |key: &str, count: usize, line: &dyn Fn(usize) -> String| {
        format!("services:\n  w:\n    image: x\n    {key}:\n{}", many(count, line))
    };
    let small = "services: {w: {image: x}}\n".to_owned();
    let whole = part == 1;
    let mut all = vec![
        // services
        one("services", services(38_000, &|at| format!("  a{at}: {{image: x}}\n")))
            .refused_if(whole, "more than 10000 services"),
        one("services within the bound", services(10_000, &|at| format!("  a{at}:\n    image: postgres\n"))),
        one(
            "services in a line",
            format!("services: {{{}}}\n", many(9_900, &|at| format!("a{at}: {{image: x}}, "))),
        ),
        one(
            "aliases of one service",
            format!("x-b: &b {{image: x}}\n{}", services(60_000, &|at| format!("  a{at}: *b\n"))),
        )
        .refused_if(whole, "more than 10000 services"),
        one(
            "aliases within the bound",
            format!("x-b: &b {{image: x}}\n{}", services(10_000, &|at| format!("  a{at}: *b\n"))),
        ),
        one(
            "services that advise",
            services(10_000, &|at| format!("  a{at}: {{image: x, privileged: true}}\n")),
        ),
        one(
            "services of each other",
            services(10_000, &|at| format!("  a{at}: {{image: x, pid: \"service:a0\", depends_on: [a0]}}\n")),
        ),
        // aliases, merges, extends
        one(
            "merges of one",
            format!(
                "x-b: &b {{init: true}}\n{}",
                services(10_000, &|at| format!("  a{at}: {{image: x, <<: *b}}\n"))
            ),
        ),
        one(
            "merges of each",
            // 4,900, which are the most there may be, take 210 MB
            services(4_400, &|at| {
                format!("  a{at}: &a{at} {{image: x}}\n  b{at}: {{<<: *a{at}, init: false}}\n")
            }),
        ),
        one(
            "lists of each other",
            services(4_900, &|at| {
                format!(
                    "  a{at}: {{image: x, cap_drop: &a{at} [ALL]}}\n  b{at}: {{image: x, cap_drop: *a{at}}}\n"
                )
            }),
        ),
        one(
            "a list of all",
            format!(
                "x-l: &l [NET_RAW]\n{}",
                services(10_000, &|at| { format!("  a{at}: {{image: x, cap_drop: *l}}\n") })
            ),
        ),
        one(
            "merges of much",
            format!(
                "x-b: &b\n{}x-c: &c\n{}services:\n  w:\n    image: x\n    environment:\n      <<: [*b, *c]\n",
                many(30_000, &|at| format!("  k{at}: 1\n")),
                many(30_000, &|at| format!("  l{at}: 1\n")),
            ),
        ),
        one(
            "extends of one",
            services(10_000, &|at| match at {
                0 => "  a0: {image: x, environment: {A: b, C: d}}\n".to_owned(),
                _ => format!("  a{at}: {{extends: a0}}\n"),
            }),
        ),
        one(
            "extends of the one before",
            services(25_000, &|at| match at {
                0 => "  a0: {image: x}\n".to_owned(),
                _ => format!("  a{at}: {{extends: a{}}}\n", at - 1),
            }),
        )
        .refused(if whole {
            "more than 10000 services"
        } else {
            "more than 100 services that take over"
        }),
        one(
            "extends of much",
            format!(
                "services:\n  a:\n    image: x\n    environment:\n{}{}",
                many(5_000, &|at| format!("      K{at}: v\n")),
                many(5_000, &|at| format!("  a{at}: {{extends: a}}\n")),
            ),
        )
        .refused_if(part < 8, "more than 800000 values"),
        // variables
        one("variables", web("environment", 30_000, &|at| format!("      K{at}: \"${{V{at}}}\"\n"))),
        one(
            "variables in images",
            services(10_000, &|at| format!("  a{at}: {{image: \"${{V{at}:-x}}\"}}\n")),
        ),
        with(
            "a long variable",
            vec![
                ("compose.yml", web("environment", 20_000, &|at| format!("      K{at}: $A\n"))),
                (".env", format!("A={}\n", "a".repeat(500_000 / part))),
            ],
        )
        .refused_if(part < 4, "more than 800000 values"),
        // faults
        one(
            "values that are wrong",
            services(20_000, &|at| format!("  a{at}: {{image: x, mem_limit: lots}}\n")),
        )
        .refused("must be a size"),
        one("items that are wrong", web("cap_add", 60_000, &|_| "      - [a]\n".to_owned()))
            .refused("must be"),
        one("variables that are wrong", web("labels", 30_000, &|at| format!("      K{at}: \"${{V\"\n")))
            .refused("not closed"),
        one("unknown keys at the top", format!("{small}{}", many(60_000, &|at| format!("k{at}: 1\n")))),
        one(
            "unknown keys in one service",
            format!("services:\n  w:\n    image: x\n{}", many(60_000, &|at| format!("    k{at}: 1\n"))),
        ),
        one(
            "unknown keys in each service",
            services(10_000, &|at| format!("  a{at}: {{image: x, imagee: 1}}\n")),
        ),
        with(
            "faults of the policy",
            vec![("compose.yml", small.clone()), (".harden.yml", many(60_000, &|at| format!("k{at}: 1\n")))],
        )
        .refused("unknown key"),
        // documents and files
        one(
            "documents",
            format!("{small}{}", many(25_000, &|at| format!("---\nservices: {{a{at}: {{image: x}}}}\n"))),
        )
        .refused_if(whole, "more than 10000 YAML documents"),
        one(
            "documents with anchors",
            lines(9_000 / part, |_| "---\nservices: {w: {image: x, init: &a true}}\n".to_owned()),
        ),
        with(
            "files of variables",
            vec![
                ("compose.yml", services(10_000, &|at| format!("  a{at}: {{image: x, env_file: e}}\n"))),
                ("e", many(2_000, &|at| format!("K{at}=v\n"))),
            ],
        )
        .refused_if(part < 4, "more than 800000 values"),
        with(
            "a file of many variables",
            vec![
                ("compose.yml", "services: {w: {image: x, env_file: e}}\n".to_owned()),
                ("e", many(60_000, &|at| format!("K{at}=v\n"))),
            ],
        ),
        with(
            "builds of one Dockerfile",
            vec![
                ("compose.yml", services(10_000, &|at| format!("  a{at}: {{build: .}}\n"))),
                (
                    "Dockerfile",
                    format!("FROM x\n{}", many(8_000, &|_| "RUN apt-get install -y a b c\n".to_owned())),
                ),
            ],
        ),
        // lists
        one("variables of one service", web("environment", 60_000, &|at| format!("      - K{at}=v\n"))),
        one(
            "secrets of one service",
            web("environment", 29_000, &|at| format!("      - PASSWORD_{at}=hunter2{at}\n")),
        ),
        one("ports", web("ports", 50_000, &|at| format!("      - {at}:{at}\n"))),
        one("mounts", web("volumes", 40_000, &|at| format!("      - v{at}:/b{at}\n"))),
        one(
            "words of a command",
            format!("services: {{w: {{image: x, command: [{}a]}}}}\n", many(400_000, &|_| "a,".to_owned())),
        ),
        with(
            "two files",
            vec![
                ("compose.yml", web("environment", 30_000, &|at| format!("      K{at}: v\n"))),
                (
                    "compose.override.yml",
                    format!(
                        "services:\n  w:\n    environment:\n{}",
                        many(30_000, &|at| format!("      L{at}: v\n"))
                    ),
                ),
            ],
        ),
        with(
            "two files of services",
            vec![
                ("compose.yml", services(7_000, &|at| format!("  a{at}: {{image: x}}\n"))),
                ("compose.override.yml", services(7_000, &|at| format!("  a{at}: {{init: true}}\n"))),
            ],
        ),
    ];
    all.extend(includes(part, &small));
    all
}

fn includes(part: usize, small: &str) -> Vec<Hostile> {
    let count = 2_000 / part;
    let list = lines(count, |at| format!("  - f{at}.yml\n"));
    let wide = (0..count).map(|at| (format!("f{at}.yml"), format!("services: {{a{at}: {{image: x}}}}\n")));
    let top = |text: String| std::iter::once(("compose.yml".to_owned(), text));
    let deep = (0..count).map(|at| (format!("f{at}.yml"), format!("include: [f{}.yml]\n", at + 1)));
    let inmost = (format!("f{count}.yml"), "services: {z: {image: x}}\n".to_owned());
    let twice =
        (0..20).map(|at| (format!("f{at}.yml"), format!("include: [f{0}.yml, ./f{0}.yml]\n", at + 1)));
    let end = ("f20.yml".to_owned(), "services: {z: {image: x}}\n".to_owned());
    let hostile = |name, files| Hostile { name, files, code: 1, says: "" };
    vec![
        hostile("includes", top(format!("include:\n{list}{small}")).chain(wide).collect()),
        hostile(
            "includes in includes",
            top(format!("include: [f0.yml]\n{small}")).chain(deep).chain([inmost]).collect(),
        )
        .refused_if(count > 64, "include one another"),
        hostile(
            "includes that double",
            top(format!("include: [f0.yml]\n{small}")).chain(twice).chain([end]).collect(),
        )
        .refused("more than 5000 files"),
    ]
}
