//! Single services, run by `harden prove`: what is asked of them, who they run as, what they are built from, and what is kept
//! when there is no time left.

use std::fs;

use serde_json::Value;

use super::{PLAIN, docker, engine, fake, fingerprint, images, left, project, prove, record, told};

fn proved(dir: &tempfile::TempDir, words: &[&str]) -> (Value, String) {
    let words = [&["compose.yml", "--settle", "2s", "--format", "json"], words].concat();
    let (code, out, err) = told(&mut prove(dir.path(), &words));
    assert_eq!(code, 0, "{err}");
    assert_eq!(left(), Vec::<String>::new());
    (serde_json::from_str(&out).unwrap(), err)
}

#[test]
fn a_probe_may_come_from_beside() {
    let Some(_engine) = engine() else { return };
    images();
    let ask = "python3 -c \"import urllib.request as u; u.urlopen('http://localhost:8000/', timeout=2)\"";
    let with = |probe: &str| {
        project(&format!(
            "services:\n  web:\n    image: harden-test/mute\n    x-harden:\n      probe: {probe}\n"
        ))
    };
    let quoted = format!("'{}'", ask.replace('\'', "''"));
    let inside = with(&quoted);
    let (code, _, err) = told(&mut prove(inside.path(), &["--settle", "2s"]));
    assert!(code == 2 && err.contains("there is no shell") && err.contains("image: …"), "{code}: {err}");
    let beside = with(&format!("{{command: {quoted}, image: acme/api}}"));
    let (report, err) = proved(&beside, &["--only", "cap_drop,read_only,init"]);
    let kept = &report["services"]["web"]["kept"];
    assert_eq!((&kept["cap_drop"], kept["read_only"].is_array()), (&serde_json::json!([]), true), "{err}");
    let absent = with(&format!("{{command: {quoted}, image: 'harden-test/none:0'}}"));
    let (code, _, err) = told(&mut prove(absent.path(), &["--settle", "2s"]));
    assert!(code == 2 && err.contains("harden-test/none:0"), "{code}: {err}");
    assert_eq!(left(), Vec::<String>::new());
}

#[test]
fn what_is_known_to_ask_an_image_is_asked() {
    let Some(_engine) = engine() else { return };
    let text = "services:\n  cache:\n    image: redis:7\n    volumes: [kept:/data]\nvolumes: {kept: {}}\n";
    let (report, err) = proved(&project(text), &["--only", "cap_drop,init"]);
    let cache = &report["services"]["cache"];
    // without anything that asks, nothing would be left out
    let kept: Vec<&str> =
        cache["kept"]["cap_drop"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(
        cache["trials"].as_u64() > Some(0) && kept.contains(&"SETUID") && !kept.contains(&"CHOWN"),
        "{err}"
    );
    // what does not fit the service is not held against it
    let text = text.replace("redis:7\n", "redis:7\n    command: redis-server --port 7000\n");
    let (report, err) = proved(&project(&text), &["--only", "init"]);
    assert_eq!(report["services"]["cache"]["works"], true, "{err}");
}

#[cfg(unix)]
#[test]
fn the_owner_of_the_data_is_who_it_runs_as() {
    let Some(_engine) = engine() else { return };
    images();
    let text = "services:\n  keeper:\n    image: harden-test/keeper\n    volumes: ['./data:/data']\n    \
                environment: {API_TOKEN: hush-tiger}\n    x-harden: {probe: grep -q kept /data/state}\n";
    let dir = project(text);
    let data = dir.path().join("data");
    fs::create_dir(&data).unwrap();
    std::os::unix::fs::chown(&data, Some(1234), Some(1235)).unwrap();
    let (report, err) = proved(&dir, &["--only", "user,cap_drop,read_only"]);
    let keeper = &report["services"]["keeper"];
    assert_eq!(keeper["kept"]["user"], serde_json::json!(["1234:1235"]), "{err}");
    assert_eq!(keeper["kept"]["cap_drop"], serde_json::json!([]), "{err}");
    assert!(report["diff"].as_str().unwrap().contains("+    user: \"1234:1235\"\n"), "{report}");
    assert!(
        report["masked"] == true && !report.to_string().contains("hush-tiger"),
        "no secret is told: {report}"
    );
    assert_eq!(fs::read_dir(&data).unwrap().count(), 0, "it wrote to a copy");
}

#[test]
fn what_is_built_takes_no_name_of_the_users() {
    let Some(_engine) = engine() else { return };
    images();
    docker(&["tag", "acme/api", "harden-test-built:1"]);
    let before = docker(&["image", "ls", "-a", "--no-trunc", "--format", "{{.ID}} {{.Repository}}:{{.Tag}}"]);
    let text = "services:\n  built:\n    image: harden-test-built:1\n    build: {context: ./app}\n  job:\n    \
                image: harden-test-built:1\n    depends_on: [built]\n";
    let dir = project(text);
    fs::create_dir(dir.path().join("app")).unwrap();
    let dockerfile = "FROM harden-test/deaf\nRUN touch /made-here\nCMD [\"sh\", \"-c\", \"test -e /made-here && exec sleep 600\"]\n";
    fs::write(dir.path().join("app/Dockerfile"), dockerfile).unwrap();
    let (report, err) = proved(&dir, &["--only", "no_new_privileges,logging"]);
    assert_eq!(report["services"].as_object().unwrap().len(), 2, "{err}");
    let after = docker(&["image", "ls", "-a", "--no-trunc", "--format", "{{.ID}} {{.Repository}}:{{.Tag}}"]);
    let of_the_users = |list: &str| {
        let mut lines: Vec<String> = list
            .lines()
            .filter(|line| line.contains(" harden") || line.contains(" acme"))
            .map(str::to_owned)
            .collect();
        lines.sort();
        lines
    };
    assert_eq!(of_the_users(&before), of_the_users(&after));
    docker(&["rmi", "harden-test-built:1"]);
}

#[test]
fn what_was_found_is_kept_when_there_is_no_time_left() {
    let Some(_engine) = engine() else { return };
    images();
    // one that is done at once, and two whose trials take long, one after the other
    let slow = "image: harden-test/keeper\n    tmpfs: [/data]\n    \
                x-harden: {probe: \"grep -q 'NoNewPrivs:.*0' /proc/1/status\"}\n";
    let text = format!(
        "services:\n  quick:\n    image: harden-test/raw\n    cap_add: [NET_RAW]\n  slow:\n    {slow}  later:\n    \
         depends_on: [slow]\n    {slow}"
    );
    let text = text.as_str();
    let dir = project(text);
    let words = ["compose.yml", "--settle", "1s", "--timeout", "100s", "--write"];
    let (code, out, err) = told(&mut prove(dir.path(), &words));
    assert_eq!((code, out.as_str()), (2, ""), "{err}");
    assert!(err.contains("there was no time left for `later`"), "{err}");
    assert!(err.contains("later: did not work as planned: its probe fails; not finished"), "{err}");
    let evidence = fs::read_to_string(dir.path().join(".harden/evidence.yml")).unwrap();
    super::valid(&evidence);
    assert!(evidence.contains("quick:") && !evidence.contains("later:"), "{evidence}");
    assert_eq!(fs::read_to_string(dir.path().join("compose.yml")).unwrap(), text);
    let (code, _, err) = told(prove(dir.path(), &["--check"]).env("PATH", ""));
    assert!(
        code == 1 && err.contains("no evidence for") && err.contains("`later`") && !err.contains("quick"),
        "{err}"
    );
    assert_eq!(left(), Vec::<String>::new());
}

#[cfg(unix)]
#[test]
fn evidence_is_of_one_image() {
    let dir = project(PLAIN);
    record(dir.path(), &fingerprint(dir.path()), "      digest: sha256:aa\n");
    let engine = |digests: &str| {
        format!(
            "case \"$1 $2\" in 'version --format') echo 24.0.7;; 'compose version') echo 2.30.0;; 'image inspect') {digests};; esac"
        )
    };
    let cases = [
        (engine("echo 'sha256:01 x@sha256:bb x@sha256:aa'"), 0, ""),
        (engine("echo sha256:aa"), 0, ""),
        (
            engine("echo 'sha256:01 x@sha256:bb'"),
            1,
            "the evidence for `web` is stale: `harden-test/deaf` is another image by now",
        ),
        // one that is not there, and an engine that does not answer, say nothing of it
        (engine("echo 'No such image' >&2; exit 1"), 0, ""),
        ("exit 1".to_owned(), 0, ""),
    ];
    for (script, expected, words) in cases {
        let path = tempfile::tempdir().unwrap();
        fake(path.path(), &script);
        let (code, _, err) = told(prove(dir.path(), &["--check"]).env("PATH", path.path()));
        assert!(code == expected && err.contains(words), "{script}: {code}: {err}");
    }
}
