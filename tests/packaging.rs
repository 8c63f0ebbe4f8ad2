//! What is beside the code for those who install or call harden: hooks, the action, the GitLab component, the image, the
//! release. Holds each to what it names: flags that exist, files that are there, inputs that are used.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test reads its repository"
)]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_yaml::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn yaml_file(path: &str) -> Value {
    serde_yaml::from_str(&read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn harden(words: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_harden")).args(words).output().unwrap()
}

#[test]
fn the_hooks_call_what_there_is_on_the_files_that_compose_looks_for() {
    let hooks = yaml_file(".pre-commit-hooks.yaml");
    for hook in hooks.as_sequence().unwrap() {
        let mut words: Vec<&str> = hook["entry"].as_str().unwrap().split(' ').collect();
        assert_eq!(words.remove(0), "harden");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("compose.yml");
        std::fs::write(&file, "services: {web: {image: nginx}}\n").unwrap();
        words.push(file.to_str().unwrap());
        let exit = harden(&words).status.code();
        assert!(matches!(exit, Some(0 | 1)), "{words:?} ends with {exit:?}");
        let files = hook["files"].as_str().unwrap();
        assert_eq!(
            files, r"(^|/)(docker-)?compose[^/]*\.ya?ml$",
            "tests hold this pattern to the names below"
        );
    }
    for name in harden::load::DEFAULT_NAMES {
        let rest = name.strip_prefix("docker-").unwrap_or(name).strip_prefix("compose").unwrap();
        assert!(rest == ".yml" || rest == ".yaml", "{name}");
    }
}

#[test]
fn the_action_uses_every_input_and_no_text_of_others() {
    let action = yaml_file("action.yml");
    let text = read("action.yml");
    for (input, _) in action["inputs"].as_mapping().unwrap() {
        let name = input.as_str().unwrap();
        assert!(text.contains(&format!("${{{{ inputs.{name} }}}}")), "`{name}` is never used");
    }
    for step in action["runs"]["steps"].as_sequence().unwrap() {
        let script = step["run"].as_str().unwrap_or_default();
        assert!(!script.contains("${{"), "an expression in a script can be made to run anything: {script}");
        assert!(step.get("uses").is_none(), "nothing of others is called");
    }
}

#[test]
fn workflows_have_few_rights() {
    for path in [".github/workflows/ci.yml", ".github/workflows/release.yml"] {
        let workflow = yaml_file(path);
        let rights = workflow["permissions"].as_mapping().unwrap();
        assert_eq!(rights.len(), 1, "{path}");
        assert_eq!(workflow["permissions"]["contents"].as_str(), Some("read"), "{path}");
        for (name, job) in workflow["jobs"].as_mapping().unwrap() {
            assert!(job["timeout-minutes"].is_number() || job.get("needs").is_some(), "{path} {name:?}");
            for step in job["steps"].as_sequence().unwrap() {
                assert!(!step["run"].as_str().unwrap_or_default().contains("${{ github."), "{path} {name:?}");
            }
        }
    }
}

#[test]
fn what_workflows_use_of_others_is_pinned() {
    for path in [".github/workflows/ci.yml", ".github/workflows/release.yml"] {
        let text = read(path);
        let uses = text.lines().filter_map(|line| line.split_once("uses: "));
        let mut count = 0;
        for (_, used) in uses {
            let (pin, version) = used.split_once(" # v").unwrap_or_else(|| panic!("{path}: {used}"));
            let (_, commit) = pin.split_once('@').unwrap();
            assert!(commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit()), "{path}: {used}");
            assert!(version.split('.').count() == 3, "{path}: {used} tells the release that the commit is");
            count += 1;
        }
        assert!(count > 0, "{path}");
    }
}

/// The two documents of the GitLab component: its inputs, and its jobs.
fn component() -> (Value, Value) {
    let text = read("templates/harden.yml");
    let mut documents = serde_yaml::Deserializer::from_str(&text)
        .map(|document| <Value as serde::Deserialize>::deserialize(document).unwrap());
    let both = (documents.next().unwrap(), documents.next().unwrap());
    assert!(documents.next().is_none(), "a component is two documents");
    both
}

#[test]
fn the_gitlab_component_uses_every_input_as_a_variable() {
    let (spec, jobs) = component();
    let body = serde_yaml::to_string(&jobs).unwrap();
    let inputs = spec["spec"]["inputs"].as_mapping().unwrap();
    for (input, about) in inputs {
        let name = input.as_str().unwrap();
        assert!(body.contains(&format!("$[[ inputs.{name} ]]")), "`{name}` is never used");
        assert!(about["description"].is_string(), "`{name}` is not explained");
    }
    for (at, _) in body.match_indices("$[[ inputs.") {
        let name = body.split_at(at + "$[[ inputs.".len()).1.split(' ').next().unwrap();
        assert!(inputs.contains_key(name), "there is no input `{name}`");
    }
    for line in jobs["harden"]["script"].as_sequence().unwrap() {
        assert!(!line.as_str().unwrap().contains("$[["), "an input in a script can be made to run anything");
    }
}

#[test]
fn the_gitlab_component_runs_and_leaves_the_reports_that_it_promises() {
    let (_, jobs) = component();
    let job = &jobs["harden"];
    let check = job["script"].as_sequence().unwrap().last().unwrap().as_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let bin = folder.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_harden"), bin.join("harden")).unwrap();
    let compose = "services: {web: {image: 'nginx:1.27'}}\n";
    std::fs::write(folder.path().join("compose.yml"), compose).unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-ec", check]).current_dir(folder.path());
    shell.envs([("HARDEN_PATHS", "."), ("HARDEN_ARGS", "--level strict"), ("HARDEN_ROOT", ".")]);
    let output = shell.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    for (kind, file) in job["artifacts"]["reports"].as_mapping().unwrap() {
        let text = std::fs::read_to_string(folder.path().join(file.as_str().unwrap())).unwrap();
        match kind.as_str().unwrap() {
            "codequality" => {
                assert!(!serde_json::from_str::<Vec<serde_json::Value>>(&text).unwrap().is_empty());
            }
            "junit" => assert!(text.contains("<testsuites name=\"harden\""), "{text}"),
            kind => panic!("nothing makes a report of the kind `{kind}`"),
        }
    }
}

/// The names of a mapping.
fn names(mapping: &Value) -> BTreeSet<String> {
    mapping.as_mapping().unwrap().keys().map(|name| name.as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_pipelines_in_the_readme_name_what_there_is() {
    let readme = read("README.md");
    let yaml = readme.split("\n```yaml\n").skip(1).map(|rest| rest.split("\n```").next().unwrap());
    let blocks: Vec<Value> = yaml.map(|text| serde_yaml::from_str(text).unwrap()).collect();
    let find = |key: &str| blocks.iter().find(|block| block.get(key).is_some()).unwrap();
    let action = blocks.iter().find_map(|block| block.get(0)).unwrap();
    assert!(names(&action["with"]).is_subset(&names(&yaml_file("action.yml")["inputs"])));

    let (spec, _) = component();
    let inputs = &spec["spec"]["inputs"];
    let given = names(&find("include")["include"][0]["inputs"]);
    assert!(given.is_subset(&names(inputs)), "{given:?}");
    for (name, about) in inputs.as_mapping().unwrap() {
        let needed = about.get("default").is_none();
        assert!(!needed || given.contains(name.as_str().unwrap()), "{name:?} has no default");
    }

    let hooks = yaml_file(".pre-commit-hooks.yaml");
    let id = &find("repos")["repos"][0]["hooks"][0]["id"];
    assert!(hooks.as_sequence().unwrap().iter().any(|hook| hook["id"] == *id), "{id:?}");
}

#[test]
fn the_image_gets_all_that_it_copies_and_runs_as_nobody() {
    let dockerfile = read("Dockerfile");
    let ignored = read(".dockerignore");
    let let_in: BTreeSet<&str> = ignored.lines().filter_map(|line| line.strip_prefix('!')).collect();
    let copied = dockerfile
        .lines()
        .filter_map(|line| line.strip_prefix("COPY "))
        .filter(|copy| !copy.starts_with("--"));
    let copied: BTreeSet<&str> = copied
        .flat_map(|copy| {
            let mut words: Vec<&str> = copy.split_whitespace().collect();
            words.pop();
            words
        })
        .collect();
    assert_eq!(copied, let_in);
    for path in copied {
        assert!(root().join(path).exists(), "{path}");
    }
    assert!(dockerfile.lines().any(|line| line == "USER 65532:65532"));
}

#[test]
fn the_archive_holds_what_the_program_can_print() {
    let script = read("packaging/archive");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(script.contains(shell), "{shell}");
        assert!(!harden(&["completions", shell]).stdout.is_empty(), "{shell}");
    }
    let man = String::from_utf8(harden(&["man"]).stdout).unwrap();
    assert!(man.contains(".TH harden 1") && man.contains("\\-\\-check"), "{man}");
}
