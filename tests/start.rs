//! How a service is started, rule by rule: what makes a start as the image's own user possible, and what keeps root.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use harden::image::{Image, RootReason, Start, UserSpec, of_project};
use harden::load::{self, Options};

/// What is known of the service `a` of a project.
fn image(project: &str) -> Image {
    let loaded = load::text("compose.yml", project, &Options::default()).unwrap();
    let at = loaded.project.index("a").unwrap();
    let alone = Image::of(&loaded.project.services[at], &loaded.project);
    let image = of_project(&loaded.project).swap_remove(at);
    assert_eq!(image.start, alone.start, "alone and with the others it is the same");
    image
}

/// The start of a service with these lines, in flow style, with some top-level volumes.
fn start(lines: &str) -> Start {
    start_beside("b: {image: acme/x}", lines)
}

fn start_beside(others: &str, lines: &str) -> Start {
    let volumes = "  v:\n  w:\n  nfs: {driver_opts: {type: nfs, device: ':/x'}}\n  plugin: {driver: rexray}\n  ext: {external: true}\n";
    image(&format!("services:\n  a: {{{lines}}}\n  {others}\nvolumes:\n{volumes}")).start
}

fn user(uid: u32, gid: u32) -> Start {
    Start::User(UserSpec { uid, gid })
}

fn bind(target: &str) -> Start {
    Start::Root(RootReason::BindMount(target.to_owned()))
}

fn keys(target: &str) -> Start {
    Start::Root(RootReason::Keys(target.to_owned()))
}

fn is_image_reason(start: &Start) -> bool {
    matches!(start, Start::Root(RootReason::Image(_)))
}

#[test]
fn the_file_has_the_first_word() {
    assert_eq!(start("image: postgres:16, user: '1000:1000'"), Start::File);
    assert_eq!(start("image: acme/x, user: app"), Start::File);
    for root in ["root", "'0'", "'0:0'", "root:root", "'0:1000'", "'00'"] {
        let found = start(&format!("image: postgres:16, user: {root}"));
        assert_eq!(found, Start::Root(RootReason::SaidInFile), "{root}");
    }
    assert_eq!(start("image: 'postgres:16', user: '${UID:-1000}:${GID}'"), Start::Unknown, "may be root");
    assert_eq!(start("image: postgres:16, user: ''"), user(999, 999), "an empty user is none");
}

#[test]
fn an_image_with_a_user_of_its_own_keeps_it() {
    assert_eq!(start("image: memcached"), Start::Image(UserSpec { uid: 11211, gid: 11211 }));
    assert_eq!(
        start("image: grafana/grafana, volumes: ['./x:/var/lib/grafana']"),
        Start::Image(UserSpec { uid: 472, gid: 0 })
    );
}

#[test]
fn what_is_not_known_stays_unknown() {
    for lines in [
        "image: acme/postgres",
        "image: '${IMG}'",
        "build: ., image: 'postgres:16'",
        "build: .",
        "image: node:22",
        "image: alpine",
    ] {
        assert_eq!(start(lines), Start::Unknown, "{lines}");
    }
}

#[test]
fn data_on_volumes_that_docker_makes_are_fine() {
    for mounts in [
        "",
        "volumes: ['vol-v:/var/lib/postgresql/data']",
        "volumes: [/var/lib/postgresql/data]",
        "volumes: ['vol-v:/var/lib/postgresql']",
    ] {
        assert_eq!(start(&format!("image: postgres:16, {mounts}")), user(999, 999), "{mounts}");
        assert_eq!(start(&format!("image: postgres:16-alpine, {mounts}")), user(70, 70), "{mounts}");
    }
    assert_eq!(start("image: redis:7-alpine, volumes: ['vol-v:/data']"), user(999, 1000));
    assert_eq!(start("image: postgres:18, volumes: ['vol-v:/var/lib/postgresql']"), user(999, 999));
}

#[test]
fn data_of_another_owner_keep_root() {
    let data = "/var/lib/postgresql/data";
    for source in ["./data", "/srv/pg", "nfs", "plugin", "ext", "${PGDATA_DIR:-./data}", "$DIR", "~/pg"] {
        assert_eq!(
            start(&format!("image: postgres:16, volumes: ['{source}:{data}']")),
            bind(data),
            "{source}"
        );
    }
    let long = format!("image: postgres:16, volumes: [{{type: bind, source: ./d, target: {data}}}]");
    assert_eq!(start(&long), bind(data));
    assert_eq!(
        start("image: postgres:16, volumes: ['./pg:/var/lib/postgresql']"),
        bind("/var/lib/postgresql")
    );
    assert_eq!(start("image: postgres:16, volumes: ['vol-v:/var/lib/postgresql/data:ro']"), bind(data));
    assert_eq!(start("image: postgres:16, tmpfs: ['/var/lib/postgresql/data']"), bind(data));
}

#[test]
fn a_volume_below_the_data_is_no_copy_of_an_image_directory() {
    let below = "/var/lib/postgresql/data/pgdata";
    assert_eq!(start(&format!("image: postgres:16, volumes: ['vol-v:{below}']")), bind(below));
    assert_eq!(
        start("image: postgres:18, volumes: ['vol-v:/var/lib/postgresql/data']"),
        bind("/var/lib/postgresql/data")
    );
}

#[test]
fn a_moved_data_path_is_made_by_root() {
    let at = |path: &str| {
        start(&format!(
            "image: postgres:16, environment: {{PGDATA: {path}}}, volumes: ['vol-v:/var/lib/postgresql/data']"
        ))
    };
    assert_eq!(
        at("/var/lib/postgresql/data/pgdata"),
        user(999, 999),
        "the server makes it in its own volume"
    );
    assert!(is_image_reason(&at("/pg")), "{:?}", at("/pg"));
    assert!(is_image_reason(&at("'${WHERE}'")));
    assert!(is_image_reason(&start("image: postgres:16, environment: [PGDATA]")));
}

#[test]
fn configuration_and_content_do_not_need_root() {
    for mount in [
        "./my.conf:/etc/postgresql/postgresql.conf",
        "./init:/docker-entrypoint-initdb.d",
        "./init.sql:/docker-entrypoint-initdb.d/1.sql",
        "./x.conf:/opt/x.conf",
        "/etc/localtime:/etc/localtime:ro",
        "/usr/share/zoneinfo:/usr/share/zoneinfo",
        "./backup:/backup:ro",
    ] {
        assert_eq!(start(&format!("image: postgres:16, volumes: ['{mount}']")), user(999, 999), "{mount}");
    }
    for mount in
        ["./html:/usr/share/nginx/html", "./site.conf:/etc/nginx/conf.d/site.conf:ro", "vol-v:/var/www/html"]
    {
        assert_eq!(start(&format!("image: nginx, volumes: ['{mount}']")), user(101, 101), "{mount}");
    }
    // a new volume takes over the owner of the image's directory, which is root
    assert!(matches!(start("image: nginx, volumes: ['vol-v:/var/cache/nginx']"), Start::Root(_)));
}

#[test]
fn anything_else_that_may_be_written_keeps_root() {
    for (lines, target) in [
        ("image: postgres:16, volumes: ['./backup:/backup']", "/backup"),
        ("image: postgres:16, volumes: ['vol-v:/backup']", "/backup"),
        ("image: nginx, volumes: ['./logs:/var/log/nginx']", "/var/log/nginx"),
        ("image: eclipse-mosquitto, volumes: ['./m:/mosquitto/config']", "/mosquitto/config"),
    ] {
        assert_eq!(start(lines), bind(target), "{lines}");
    }
    assert!(matches!(
        start("image: redis, volumes: ['./x:${WHERE}']"),
        Start::Root(RootReason::BindMount(_))
    ));
}

#[test]
fn a_volume_that_others_write_to_keeps_root() {
    let mine = "image: postgres:16, volumes: ['vol-v:/var/lib/postgresql/data']";
    let shared = Start::Root(RootReason::Shared("vol-v".to_owned()));
    assert_eq!(start_beside("b: {image: acme/x, volumes: ['vol-v:/x']}", mine), shared);
    assert_eq!(start_beside("b: {build: ., volumes: ['vol-v:/x']}", mine), shared);
    assert_eq!(
        start_beside("b: {image: 'postgres:16', entrypoint: sh, volumes: ['vol-v:/x']}", mine),
        shared
    );
    assert_eq!(start_beside("b: {image: acme/x, volumes: ['vol-v:/x:ro']}", mine), user(999, 999));
    assert_eq!(start_beside("b: {image: acme/x, volumes: ['vol-w:/x']}", mine), user(999, 999));
    assert_eq!(
        start_beside("b: {image: acme/x}", "image: postgres:16, volumes_from: [b]"),
        Start::Root(RootReason::Shared("b".to_owned()))
    );
}

#[test]
fn keys_that_root_reads_keep_root() {
    for target in [
        "/etc/nginx/ssl",
        "/etc/letsencrypt",
        "/etc/nginx/site.key",
        "/srv/tls/x",
        "/etc/nginx/certs",
        "/private",
    ] {
        assert_eq!(start(&format!("image: nginx, volumes: ['./x:{target}:ro']")), keys(target), "{target}");
    }
    assert_eq!(start("image: nginx, volumes: ['/etc/letsencrypt:/le:ro']"), keys("/le"), "by its source");
    assert_eq!(
        start("image: nginx, ports: ['443:443'], volumes: ['./conf:/etc/nginx:ro']"),
        keys("/etc/nginx"),
        "it serves TLS"
    );
    assert_eq!(
        start("image: nginx, ports: ['80:80'], volumes: ['./classlib:/etc/nginx/classlib:ro']"),
        user(101, 101)
    );
    assert_eq!(
        start("image: nginx, configs: [{source: x, target: /etc/nginx/site.pem}]"),
        keys("/etc/nginx/site.pem")
    );
    assert_eq!(
        start("image: postgres:16, volumes: ['./x:/etc/ssl/pg.key:ro']"),
        user(999, 999),
        "read after it stepped down"
    );
}

#[test]
fn secrets_keep_root_only_where_root_reads_them() {
    assert_eq!(start("image: postgres:16, secrets: [pw]"), user(999, 999));
    assert_eq!(start("image: mariadb:11, secrets: [pw]"), keys("/run/secrets/pw"));
    assert_eq!(start("image: nginx, secrets: [{source: k, target: /k}]"), keys("/k"));
}

#[test]
fn sockets_devices_capabilities_and_low_ports_keep_root() {
    let socket = "/var/run/docker.sock";
    assert_eq!(
        start(&format!("image: nginx, volumes: ['{socket}:{socket}:ro']")),
        Start::Root(RootReason::Socket(socket.to_owned()))
    );
    assert_eq!(
        start("image: nginx, use_api_socket: true"),
        Start::Root(RootReason::Socket(socket.to_owned()))
    );
    assert!(is_image_reason(&start("image: redis, devices: ['/dev/ttyUSB0']")));
    assert_eq!(
        start("image: redis, cap_add: [SYS_RESOURCE]"),
        Start::Root(RootReason::Capabilities("SYS_RESOURCE".to_owned()))
    );
    assert_eq!(
        start("image: redis, cap_add: [CHOWN, CAP_SETUID, KILL]"),
        user(999, 999),
        "those of the root start"
    );
    assert_eq!(start("image: nginx, network_mode: host"), Start::Root(RootReason::LowPort(80)));
    assert_eq!(start("image: redis, network_mode: host"), user(999, 999));
}

#[test]
fn an_image_that_is_told_whom_to_become_starts_as_root() {
    for lines in [
        "image: acme/x, environment: [PUID=1000]",
        "image: redis, environment: {PGID: '1'}",
        "image: lscr.io/linuxserver/plex",
    ] {
        assert!(is_image_reason(&start(lines)), "{lines}: {:?}", start(lines));
    }
}

#[test]
fn images_that_only_work_as_root_say_why() {
    for image in [
        "registry",
        "traefik",
        "portainer/portainer-ce",
        "gitea/gitea",
        "rabbitmq:3-alpine",
        "'postgres:${V}'",
        "minio/minio",
    ] {
        let found = start(&format!("image: {image}"));
        assert!(is_image_reason(&found), "{image}: {found:?}");
    }
}

#[test]
fn another_program_starts_in_an_unknown_way() {
    for lines in [
        "image: redis, command: sh -c 'redis-server --requirepass $$PASS'",
        "image: postgres:16, command: [bash, -c, x]",
        "image: postgres:16, entrypoint: /own.sh",
        "image: postgres:16, command: '${CMD}'",
    ] {
        assert_eq!(start(lines), Start::Unknown, "{lines}");
    }
    for lines in [
        "image: postgres:16, command: postgres -c max_connections=200",
        "image: postgres:16, command: [-c, fsync=off]",
        "image: postgres:16, entrypoint: [tini, --, docker-entrypoint.sh], command: postgres",
        "image: redis, command: /usr/local/etc/redis/redis.conf",
    ] {
        assert_eq!(start(lines), user(999, 999), "{lines}");
    }
}

#[test]
fn a_default_of_a_variable_is_an_assumption() {
    let assumed = |image_line: &str| image(&format!("services:\n  a: {{image: '{image_line}'}}\n")).assumed;
    assert!(assumed("postgres:${PG:-16}").unwrap().contains("${PG:-16}"));
    assert!(assumed("${IMG:-redis:7}").is_some());
    assert_eq!(assumed("postgres:16"), None);
    assert_eq!(assumed("acme/x:${V:-1}"), None, "there are no facts to assume anything for");
}

#[test]
fn a_user_start_that_is_not_written_is_a_root_start() {
    let loaded = load::text("c", "services: {a: {image: 'postgres:16'}}", &Options::default()).unwrap();
    let mut service = loaded.project.services[0].clone();
    let image = Image::of(&service, &loaded.project);
    assert_eq!(image.start_now(&service), Start::Root(RootReason::NotWritten));
    service.user = Some(harden::compose::Spanned::planned("999:999".to_owned()));
    assert_eq!(image.start_now(&service), user(999, 999));
}

/// The tmpfs items of a service, with `user:` written as planned.
fn tmpfs(lines: &str) -> Vec<String> {
    let text = format!("services:\n  a: {{{lines}}}\n");
    let loaded = load::text("c", &text, &Options::default()).unwrap();
    let mut service = loaded.project.services[0].clone();
    let image = Image::of(&service, &loaded.project);
    if let Start::User(user) = image.start {
        service.user = Some(harden::compose::Spanned::planned(user.to_string()));
    }
    image.tmpfs(&service)
}

#[test]
fn tmpfs_belongs_to_who_runs() {
    assert_eq!(tmpfs("image: nginx"), ["/var/cache/nginx:uid=101,gid=101", "/run:uid=101,gid=101"]);
    assert_eq!(tmpfs("image: nginx, user: root"), ["/var/cache/nginx", "/run"]);
    assert_eq!(
        tmpfs("image: nginx, user: nginx"),
        ["/var/cache/nginx:uid=101,gid=101", "/run:uid=101,gid=101"]
    );
    assert_eq!(tmpfs("image: nginx, user: '7'"), ["/var/cache/nginx:uid=7,gid=0", "/run:uid=7,gid=0"]);
    assert_eq!(tmpfs("image: postgres:16-alpine"), ["/var/run/postgresql:uid=70,gid=70", "/tmp"]);
}

#[test]
fn tmpfs_is_left_out_where_something_is_mounted() {
    assert_eq!(tmpfs("image: postgres:16, tmpfs: ['/tmp:size=1m', /run/postgresql/]"), Vec::<String>::new());
    assert_eq!(
        tmpfs("image: nginx, user: root, tmpfs: /var/run, volumes: ['/c:/var/cache']"),
        Vec::<String>::new()
    );
    assert_eq!(
        tmpfs("image: nginx, user: root, volumes: ['./x:/run/x', './y:/runner']"),
        ["/var/cache/nginx", "/run"]
    );
}

#[test]
fn templates_need_a_place_to_be_rendered_to() {
    let rendered = |lines: &str| {
        tmpfs(&format!("image: nginx, user: root, {lines}")).contains(&"/etc/nginx/conf.d".to_owned())
    };
    assert!(rendered("volumes: ['./t:/etc/nginx/templates:ro']"));
    assert!(rendered("volumes: ['./t:/etc/nginx/templates/x.conf.template']"));
    assert!(rendered("configs: [{source: t, target: /etc/nginx/templates/x.conf.template}]"));
    assert!(!rendered("volumes: ['./t:/etc/nginx/conf.d:ro']"));
    assert!(!rendered("volumes: ['./t:/etc/nginx/templates', './c:/etc/nginx/conf.d']"));
    let user = tmpfs("image: nginx, volumes: ['./t:/etc/nginx/templates:ro']");
    assert_eq!(user.last().map(String::as_str), Some("/etc/nginx/conf.d:uid=101,gid=101"));
}
