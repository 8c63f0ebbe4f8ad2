//! Variables: where they come from, what becomes of values that hold them, and that no value of a file of variables is
//! ever shown or written.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "tests make files and start the program")]

use std::fs;
use std::process::{Command, Output};

use harden::compose::{Bytes, MountKind, Project, Secret, Service, Setting};
use harden::load::{self, Error, Loaded, Options};
use tempfile::TempDir;

/// A project in a folder of its own; the first file is `compose.yml`.
struct Sandbox(TempDir);

impl Sandbox {
    fn new(compose: &str, files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files.iter().chain(&[("compose.yml", compose)]) {
            fs::write(folder.path().join(name), text).unwrap();
        }
        Self(folder)
    }

    fn load(&self, options: &Options) -> Result<Loaded, Error> {
        load::file(&self.0.path().join("compose.yml"), options)
    }

    fn project(&self) -> Project {
        self.load(&Options::default()).unwrap().project
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn harden(&self, args: &[&str], shell: &[(&str, &str)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_harden"));
        command
            .args(args)
            .current_dir(self.0.path())
            .env_clear()
            .envs(shell.iter().copied())
            .output()
            .unwrap()
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

fn faults(result: Result<Loaded, Error>) -> Vec<(String, (usize, usize))> {
    let Err(Error::Invalid { tree, diagnostics }) = result else { panic!("{result:?}") };
    let place = |place: harden::source::Place| tree.source(place.file).line_col(place.span.start);
    diagnostics.into_iter().map(|found| (found.message, place(found.place.unwrap()))).collect()
}

fn memory(service: &Service) -> Option<&Setting<Bytes>> {
    service.mem_limit.as_ref().map(|limit| &limit.value)
}

const USES: &str = "
services:
  web:
    image: acme/web:${TAG}
    mem_limit: ${MEM}
    user: $UID_
    ports: ['${PORT}:80', '${OTHER:-8081}:81']
    volumes: ['${DATA}:/data', '${UNSET}:/x']
    environment:
      - A=${TAG}-${UNSET}
    labels: {'${TAG}': x}
volumes:
  d: {driver_opts: {device: '${DATA}'}}
";

#[test]
fn the_file_beside_the_compose_file_is_read_and_the_tree_keeps_its_text() {
    let env = "TAG=1.2\nMEM=512m\nUID_=1000:1000\nPORT=80$80\nDATA=./data\n";
    let sandbox = Sandbox::new(USES, &[(".env", env)]);
    let loaded = sandbox.load(&Options::default()).unwrap();
    let web = &loaded.project.services[0];
    assert_eq!(web.image.as_ref().unwrap().value, "acme/web:1.2");
    assert_eq!(memory(web), Some(&Setting::Literal(Bytes::mib(512))));
    assert_eq!(web.user.as_ref().unwrap().value, "1000:1000");
    assert_eq!(web.ports[0].published.as_deref(), Some("80$$80"), "still in Compose's notation");
    assert_eq!(web.ports[0].written.as_deref(), Some("${PORT}:80"));
    assert_eq!(web.ports[1].published.as_deref(), Some("${OTHER:-8081}"), "what is unknown stays");
    assert_eq!(web.ports[1].written, None);
    assert_eq!((web.volumes[0].kind, web.volumes[0].source.as_deref()), (MountKind::Bind, Some("./data")));
    assert_eq!(web.volumes[1].source.as_deref(), Some("${UNSET}"));
    assert_eq!(web.environment.get("A"), Some("1.2-${UNSET}"));
    let variable = web.environment.variable("A").unwrap();
    assert_eq!(variable.written.as_ref().map(Secret::expose), Some("${TAG}-${UNSET}"));
    assert_eq!(loaded.project.volumes[0].driver_opts["device"].as_deref(), Some("./data"));
    let place = web.mem_limit.as_ref().unwrap().place.unwrap();
    assert_eq!(loaded.tree.source(place.file).slice(place.span), "${MEM}");
    assert!(!format!("{:?}", web.environment).contains("1.2"));
}

#[test]
fn named_files_replace_it_and_the_shell_wins_when_asked_for() {
    let files =
        [(".env", "TAG=env\nMEM=1g\n"), ("a.env", "TAG=a\nX=a\n"), ("b.env", "TAG=b\nMEM=${X}-$TAG\n")];
    let sandbox = Sandbox::new("services: {a: {image: '$TAG', user: '$MEM', hostname: '$X'}}", &files);
    let read = |options: Options| {
        let service = sandbox.load(&options).unwrap().project.services.remove(0);
        [service.image, service.user, service.hostname.map(|text| *text)].map(|text| text.unwrap().value)
    };
    let env_files = vec![sandbox.path("a.env"), sandbox.path("b.env")];
    assert_eq!(read(Options::default()), ["env", "1g", "$X"]);
    assert_eq!(read(Options { env_files: env_files.clone(), ..Options::default() }), ["b", "a-a", "a"]);
    let shell = vec![("X".to_owned(), Secret::new("sh$ell"))];
    let options = Options { env_files, shell, ..Options::default() };
    assert_eq!(read(options), ["b", "sh$$ell-a", "sh$$ell"]);
}

#[test]
fn without_a_folder_nothing_is_looked_for() {
    let options = Options { shell: vec![("A".into(), Secret::new("x"))], ..Options::default() };
    let text = "services: {a: {image: '$A:$B', env_file: nowhere.env}}";
    let loaded = load::text("compose.yml", text, &options).unwrap();
    assert_eq!(loaded.project.services[0].image.as_ref().unwrap().value, "x:${B}");
    assert_eq!(loaded.project.services[0].unread_env, ["nowhere.env"]);
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
}

#[test]
fn every_text_that_compose_refuses_is_told_at_its_place() {
    let text = "
x-a: ['${', ok]
services:
  web:
    image: ${A:x}
    labels: {'${': '${A'}
    command: !reset '${'
    x-b: &b {c: '${E:?set it}'}
    x-d: *b
";
    let sandbox = Sandbox::new(text, &[(".env", "E=\n")]);
    let found = faults(sandbox.load(&Options::default()));
    let places: Vec<_> = found.iter().map(|(_, place)| *place).collect();
    assert_eq!(places, [(2, 7), (5, 12), (6, 20), (8, 17)], "{found:?}");
    assert_eq!(found[3].0, "the variable `E` is required: set it");
}

#[test]
fn a_value_that_does_not_fit_is_named_and_not_shown() {
    let text = "services:\n  a:\n    image: x\n    mem_limit: ${MEM}\n";
    let sandbox = Sandbox::new(text, &[(".env", "#\nMEM=hush\n")]);
    let output = sandbox.harden(&["compose.yml"], &[]);
    assert_eq!(output.status.code(), Some(2));
    let said = said(&output);
    assert!(said.contains("must be a size such as 512m, found the value of `MEM` (.env:2)"), "{said}");
    assert!(said.contains("compose.yml:4:16") && !said.contains("hush"), "{said}");
}

#[test]
fn bad_lines_are_refused_with_their_places_and_not_shown() {
    let env = "A=1\nhush hush=1\nB=\"hush\nC=${hush:\n";
    let sandbox = Sandbox::new("services: {a: {image: x}}", &[(".env", env), ("x.env", "A=${")]);
    for args in [&["compose.yml", "--write"][..], &["compose.yml", "--check"], &["compose.yml"]] {
        let output = sandbox.harden(args, &[]);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(".env:2:1") && said.contains(".env:3:3"), "{said}");
        assert!(!said.contains("hush"), "{said}");
    }
    assert_eq!(fs::read_to_string(sandbox.path("compose.yml")).unwrap(), "services: {a: {image: x}}");
    let output = sandbox.harden(&["compose.yml", "--env-file", "x.env"], &[]);
    assert!(said(&output).contains("x.env:1:3"), "{}", said(&output));
    let output = sandbox.harden(&["compose.yml", "--env-file", "nowhere.env"], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("cannot read `nowhere.env`"), "{}", said(&output));
}

#[test]
fn what_a_service_file_sets_lies_below_its_environment() {
    let files = [
        (".env", "P=project\n"),
        ("a.env", "A=1\nB=$A-$P-$U\nC='$x'\nD\nPGDATA=/else\n"),
        ("b.env", "A=2\nE=$B\n"),
    ];
    let text = "
services:
  short: {image: x, env_file: a.env, environment: {A: own}}
  list: {image: x, env_file: ['${NONE:-a.env}', {path: b.env, required: true}], environment: [E]}
  long: {image: x, env_file: [{path: none.env, required: false}]}
  unknown: {image: x, env_file: '${U}.env'}
";
    let sandbox = Sandbox::new(text, &files);
    let project = sandbox.project();
    let seen = |service: &Service| {
        let variables = service.environment.0.iter().map(|variable| {
            let value = variable.value.value.as_ref().map_or("-", Secret::expose);
            format!("{}{}={value}", if variable.from_file { "" } else { "own " }, variable.name)
        });
        variables.collect::<Vec<_>>()
    };
    let [short, list, long, unknown] = project.services.as_slice() else { panic!("{project:?}") };
    assert_eq!(seen(short), ["B=1-project-${U}", "C=$$x", "PGDATA=/else", "own A=own"]);
    assert_eq!(seen(list), ["B=1-project-${U}", "C=$$x", "PGDATA=/else", "A=2", "own E=-"]);
    assert!(short.unread_env.is_empty() && list.unread_env.is_empty());
    assert_eq!((seen(long).len(), long.unread_env.clone()), (0, vec!["none.env".to_owned()]));
    assert_eq!(unknown.unread_env, ["${U}.env"]);
}

#[test]
fn an_absent_service_file_is_a_warning_and_a_bad_one_an_error() {
    let text = "services:\n  db:\n    image: postgres:16\n    env_file: db.env\n";
    let sandbox = Sandbox::new(text, &[]);
    let loaded = sandbox.load(&Options::default()).unwrap();
    let [warning] = loaded.warnings.as_slice() else { panic!("{:?}", loaded.warnings) };
    assert_eq!(warning.message, "`env_file` names `db.env`, which is not there: what it sets is not known");
    assert_eq!(loaded.tree.source(warning.place.unwrap().file).slice(warning.place.unwrap().span), "db.env");
    assert_eq!(loaded.project.services[0].unread_env, ["db.env"]);
    let output = sandbox.harden(&["compose.yml", "--only", "user", "-v"], &[]);
    assert!(said(&output).contains("`PGDATA` may be set in `db.env`"), "{}", said(&output));
    fs::write(sandbox.path("db.env"), "POSTGRES_PASSWORD=hush\n").unwrap();
    let output = sandbox.harden(&["compose.yml", "--only", "user,env_secrets"], &[]);
    assert!(said(&output).contains("+    user: \"999:999\""), "{}", said(&output));
    assert!(!said(&output).contains("POSTGRES_PASSWORD"), "{}", said(&output));
    fs::write(sandbox.path("db.env"), "hush hush=1\n").unwrap();
    let output = sandbox.harden(&["compose.yml", "--write"], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("db.env:1:1") && !said(&output).contains("hush"), "{}", said(&output));
    fs::remove_file(sandbox.path("db.env")).unwrap();
    fs::create_dir(sandbox.path("db.env")).unwrap();
    let found = faults(sandbox.load(&Options::default()));
    assert_eq!(found, [("`env_file` names `db.env`: it is a directory".to_owned(), (4, 15))]);
}

#[test]
fn no_value_from_a_file_is_shown_or_written() {
    let env = "SECRET=hush1\nPORT=5432\nDIR=/hush2\nALL=5433:5433\n";
    let text = "services:
  db:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD: ${SECRET}
      DATABASE_URL: postgres://u:${SECRET}@db/x
      PGDATA: ${DIR}/hush3
    ports: ['${PORT}:5432', '${PORT}:${PORT}']
  other:
    image: postgres:16
    ports: ['${ALL}']
";
    let sandbox = Sandbox::new(text, &[(".env", env)]);
    let output = sandbox.harden(&["compose.yml", "--level", "strict", "-v"], &[]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    for value in ["hush1", "hush2"] {
        assert!(!said.contains(value), "{said}");
    }
    assert!(!said.contains("credentials"), "a value in `.env` is where it should be: {said}");
    assert!(said.contains("'127.0.0.1:${PORT}:5432', '127.0.0.1:${PORT}:${PORT}'"), "{said}");
    assert!(!said.contains("127.0.0.1::${ALL}"), "{said}");
}

#[test]
fn the_shell_counts_only_when_asked_for() {
    let text = "services:\n  a:\n    image: x\n    init: true\n    mem_limit: ${MEM:-1g}\n";
    let sandbox = Sandbox::new(text, &[]);
    let shell = [("MEM", "lots")];
    let run = |args: &[&str]| sandbox.harden(args, &shell).status.code();
    assert_eq!(run(&["compose.yml", "--only", "mem_limit"]), Some(0));
    assert_eq!(run(&["compose.yml", "--only", "mem_limit", "--shell-env"]), Some(2));
    let output = sandbox.harden(&["compose.yml", "--shell-env"], &shell);
    assert!(said(&output).contains("found the value of `MEM` (the shell)"), "{}", said(&output));
}

#[test]
fn an_included_project_has_variables_of_its_own_below_those_around_it() {
    let text = "
include:
  - ${WHERE}/compose.yml
  - path: other/compose.yml
    env_file: [inc.env]
services:
  a: {image: '$A-$B'}
  e: {extends: {file: '${WHERE}/base.yml', service: e}}
";
    let sandbox = Sandbox::new(text, &[(".env", "WHERE=sub\nA=outer\n"), ("inc.env", "A=x\nB=inc-$A\n")]);
    for folder in ["sub", "other"] {
        fs::create_dir(sandbox.path(folder)).unwrap();
    }
    fs::write(sandbox.path("sub/.env"), "A=inner\nB=sub\n").unwrap();
    fs::write(sandbox.path("sub/sub.env"), "V=$B\n").unwrap();
    fs::write(sandbox.path("sub/compose.yml"), "services: {s: {image: '$A-$B', env_file: sub.env}}").unwrap();
    fs::write(sandbox.path("sub/base.yml"), "services: {e: {image: '$A-$B'}}").unwrap();
    fs::write(sandbox.path("other/compose.yml"), "services: {o: {image: '$A-$B'}}").unwrap();
    let project = sandbox.project();
    let image = |name: &str| {
        let service = &project.services[project.index(name).unwrap()];
        service.image.as_ref().unwrap().value.clone()
    };
    assert_eq!(["a", "e", "s", "o"].map(image), ["outer-${B}", "outer-${B}", "outer-sub", "outer-inc-outer"]);
    assert_eq!(project.services[project.index("s").unwrap()].environment.get("V"), Some("sub"));
    assert!(project.partial.is_empty(), "{:?}", project.partial);
    fs::write(sandbox.path("other/compose.yml"), "services: {o: {image: '${'}}").unwrap();
    assert_eq!(faults(sandbox.load(&Options::default())).len(), 1);
    fs::remove_file(sandbox.path("inc.env")).unwrap();
    let found = faults(sandbox.load(&Options::default()));
    assert_eq!(found, [("cannot read `inc.env`: no such file or directory".to_owned(), (5, 16))]);
}
