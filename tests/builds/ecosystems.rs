//! Every naive Dockerfile of `tests/cases/build_naive`, built before and after what harden writes at strict, and run; then with
//! the stages that harden proposes, applied as they are shown, built and run by Compose alone; and with the users that it
//! writes into Dockerfiles by themselves.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use super::folder::{Folder, Ran};
use super::{docker, engine, here, json, number, prove, what_is_written_works};

/// A case, and what shows that it works.
struct Case {
    name: String,
    probe: String,
}

/// The groups of `cases.txt`.
fn groups() -> BTreeMap<String, Vec<Vec<String>>> {
    let (mut groups, mut group) = (BTreeMap::<String, Vec<_>>::new(), String::new());
    for line in fs::read_to_string(here("cases.txt")).unwrap().lines() {
        match line.strip_prefix('[') {
            Some(name) => name.trim_end_matches(']').clone_into(&mut group),
            None if line.is_empty() || line.starts_with('#') => {}
            None => {
                groups.entry(group.clone()).or_default().push(line.split(' ').map(str::to_owned).collect());
            }
        }
    }
    groups
}

impl Case {
    fn of(words: &[String]) -> Self {
        let probe = match words {
            [_, file] => format!("test -e {file}"),
            [_, port, answer] => format!(
                "bash -c 'exec 3<>/dev/tcp/127.0.0.1/{port} && printf \"GET / HTTP/1.0\\r\\n\\r\\n\" >&3 && grep -q {answer} <&3'"
            ),
            _ => unreachable!("{words:?}"),
        };
        Self { name: words[0].clone(), probe }
    }

    fn service(&self) -> Value {
        json!({
            "build": { "context": format!("./{}", self.name), "network": "host" },
            "stop_grace_period": "2s",
            "x-harden": { "probe": self.probe },
        })
    }
}

fn cases() -> PathBuf {
    here("../cases/build_naive")
}

/// The cases as one project.
fn project(cases: &[Case]) -> Folder {
    let folder = Folder::new(&[]);
    let mut text = "services:\n".to_owned();
    for case in cases {
        copied(&case.name, &folder);
        let service = case.service();
        let keys = service.as_object().unwrap().iter().map(|(key, value)| format!("    {key}: {value}\n"));
        text.extend([format!("  {}:\n", case.name)].into_iter().chain(keys));
    }
    folder.put("compose.yml", &text);
    folder
}

/// The files of a case, but for what is said about it.
fn copied(name: &str, folder: &Folder) {
    let from = cases().join(name);
    let copy = Ran::of(Command::new("cp").arg("-r").arg(&from).arg(folder.path("")));
    assert_eq!(copy.code, Some(0), "{}", copy.err);
    for said in ["input.yml", "expected.diff", "expected.txt"] {
        let _none = fs::remove_file(folder.path(name).join(said));
    }
}

/// Whether nothing was written for its build.
fn is_as_it_was(name: &str, folder: &Folder) -> bool {
    let dockerfile = fs::read_to_string(cases().join(name).join("Dockerfile")).unwrap();
    let ignored = |at: PathBuf| fs::read_to_string(at.join(name).join(".dockerignore")).ok();
    folder.text(format!("{name}/Dockerfile")) == dockerfile && ignored(cases()) == ignored(folder.path(""))
}

/// What is compiled outside of the build: the program of another case.
fn compiled(folder: &Folder) {
    let project = cases().join("maven-spring").display().to_string();
    let mounts = [format!("{project}:/from:ro"), format!("{}:/to", folder.path("maven-openjdk").display())];
    let [from, to] = &mounts;
    let make = "cp -r /from /tmp/it && cd /tmp/it && mvn clean package && cp target/app.jar /to/target/";
    let ran = docker(&["run", "--rm", "-v", from, "-v", to, "harden-test/jdk", "sh", "-c", make]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
}

/// Builds and runs a group; what each is before and after is printed.
fn group(name: &str, stand_ins: &[&str]) {
    let Some(_engine) = engine(stand_ins) else { return };
    let groups = groups();
    let cases: Vec<Case> = groups[name].iter().map(|words| Case::of(words)).collect();
    let folder = project(&cases);
    if name == "compiled" {
        compiled(&folder);
    }
    let ran = prove(&folder, &["--level", "strict", "--write", "--format", "json"]);
    assert_eq!(ran.code, Some(0), "{}\n{}", ran.err, ran.out);
    let report = json(&ran);
    for case in &cases {
        let service = &report["services"][&case.name];
        assert_eq!(service["works"], true, "{}: {service}", case.name);
        let build = &service["build"];
        if build.is_null() {
            assert!(is_as_it_was(&case.name, &folder), "{}: {service}", case.name);
            println!("| {}: nothing to change |", case.name);
            continue;
        }
        assert_eq!(build["works"], true, "{}: {service}", case.name);
        println!("{}", row(&case.name, build));
    }
    let proposed = proposals(&folder);
    let sizes = what_is_written_works(&folder);
    for service in proposed {
        let before = number(&report["services"][&service]["build"]["after"], "image_bytes");
        println!("| {service}, two stages | {} | {} |", megabytes(before), megabytes(sizes[&service]));
        assert!(sizes[&service] <= before, "{service}");
    }
    if become_the_users_of_the_images(&cases, &folder) {
        what_is_written_works(&folder);
    }
}

/// Writes who the programs are into the Dockerfiles, and takes it out of the services; whether there was any.
fn become_the_users_of_the_images(cases: &[Case], folder: &Folder) -> bool {
    let mut named = Vec::new();
    for Case { name, .. } in cases {
        let file = format!("{name}/Dockerfile");
        let ran = folder.run(&[&file, "--level", "strict", "--write"]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        let has_user = folder.text(&file).lines().any(|line| line.starts_with("USER "));
        // `uv run` wants a cache in the home of whoever runs it, which is read-only
        named.extend((has_user && name != "uv-service").then_some(name));
    }
    let mut service = String::new();
    let text = folder.text("compose.yml");
    let kept = text.lines().filter(|line| {
        if let Some(name) = line.strip_prefix("  ").filter(|line| !line.starts_with(' ')) {
            name.trim_end_matches(':').clone_into(&mut service);
        }
        !(line.starts_with("    user:") && named.contains(&&service))
    });
    let kept: String = kept.flat_map(|line| [line, "\n"]).collect();
    folder.put("compose.yml", &kept);
    println!(
        "as users of the images: {}",
        named.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ")
    );
    !named.is_empty()
}

/// Applies what is proposed; the services it is for.
fn proposals(folder: &Folder) -> Vec<String> {
    let report = json(&folder.run(&["compose.yml", "--level", "strict", "--format", "json"]));
    let mut all = Vec::new();
    for service in report["projects"][0]["services"].as_array().unwrap() {
        for decision in service["decisions"].as_array().unwrap() {
            let Some(diff) = decision["outcome"]["proposal"].as_str() else { continue };
            folder.put("proposal.diff", diff);
            let mut apply = Command::new("patch");
            let ran = Ran::of(apply.args(["-p1", "-i", "proposal.diff"]).current_dir(folder.path("")));
            assert_eq!(ran.code, Some(0), "{diff}\n{}{}", ran.out, ran.err);
            all.push(service["name"].as_str().unwrap().to_owned());
        }
    }
    all
}

/// In tenths.
fn megabytes(bytes: u64) -> String {
    let tenths = (bytes + 50_000) / 100_000;
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

fn row(name: &str, build: &Value) -> String {
    let (before, after) = (&build["before"], &build["after"]);
    let image = [before, after].map(|side| megabytes(number(side, "image_bytes")));
    let context = [before, after].map(|side| format!("{} B", number(side, "context_bytes")));
    let again = [before, after].map(|side| {
        side["rebuild_seconds"].as_f64().map_or_else(|| "-".to_owned(), |took| format!("{took:.1} s"))
    });
    let touched = build["touched"].as_str().unwrap_or("-");
    let files = [image, context, again].map(|sides| sides.join(" | ")).join(" | ");
    format!("| {name} | {files} | {touched} |")
}

#[test]
fn every_naive_case_is_in_a_group() {
    let listed = groups().into_values().flatten().map(|words| words[0].clone());
    let mut listed: Vec<String> = listed.collect();
    listed.sort();
    let mut found: Vec<String> =
        fs::read_dir(cases()).unwrap().map(|case| case.unwrap().file_name().into_string().unwrap()).collect();
    found.sort();
    assert_eq!(listed, found);
}

#[test]
fn node_is_built_and_runs() {
    group("node", &["debian", "npm", "bun", "nginx"]);
}

#[test]
fn python_is_built_and_runs() {
    group("python", &["debian", "pypi", "rhel"]);
}

#[test]
fn compiled_programs_are_built_and_run() {
    group("compiled", &["debian", "alpine", "pypi", "go", "cargo", "jdk", "dotnet"]);
}

#[test]
fn other_ecosystems_are_built_and_run() {
    group("others", &["debian", "nginx", "pypi", "rhel", "php", "composer", "ruby", "elixir"]);
}
