//! A project with a credential of its own in every place that can hold one. Each contains `hush` and nothing else does,
//! so that a leak says by its number where it is from.
//!
//! Names are no credentials, and are told with their variables put in: those of images, users, paths,
//! devices, capabilities and log drivers.

/// The files of the project. Those in `SILENT` are read and never shown, not even in a diff.
pub const FILES: [(&str, &str); 9] = [
    ("compose.yml", COMPOSE),
    ("compose.override.yml", OVERRIDE),
    ("included.yml", INCLUDED),
    ("common.yml", COMMON),
    (".env", DOTENV),
    ("app.env", APP_ENV),
    ("api/Dockerfile", DOCKERFILE),
    ("token.txt", "hush90\n"),
    (".harden.yml", POLICY),
];

/// Variables of the shell, for `--shell-env`.
pub const SHELL: [(&str, &str); 2] = [("SHELL_PASSWORD", "hush91"), ("SHELL_PLAIN", "hush92")];

/// The credentials in files that no diff is of.
pub const SILENT: [&str; 5] = [DOTENV, APP_ENV, DOCKERFILE, "hush90 hush91 hush92", POLICY];

const COMPOSE: &str = r#"# admin password: hush01
x-api-credential: hush02
x-env: &env
  SHARED: hush03
  # OLD_SHARED: hush04
x-plain:
  note: hush05
  deep: {pin: hush06}
include:
  - included.yml
services:
  db:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD: hush10
      PLAIN: hush11
      DEFAULTED: ${UNSET_ONE:-hush12}
      # WAS: hush13
      FOLDED: >-
        hush14
        MIIhush15==
      QUOTED: "first
        second=hush16"
      <<: *env
  list:
    image: redis:7
    environment:
    - REDIS_PASSWORD=hush20
    - PLAIN=hush21
    - "URL=postgres://me:hush22@db/x"
    # - WAS=hush23
    - |-
      KEY=hush24
      hush25=more
  commands:
    image: example/app:1.0
    command: run -phush30 --user hush31:hush32
    entrypoint: ["/start", "hush33", "--url=amqp://me:hush34@mq"]
    healthcheck:
      test: ["CMD", "mysqladmin", "-phush35", "ping"]
  blocks:
    image: mysql:8
    command:
      - --one
      - hush36
    entrypoint: |
      run hush37=x
    healthcheck:
      test:
        - CMD-SHELL
        - curl -u hush38:hush39 http://me:hush40@localhost/x
  labels:
    image: traefik:v3
    labels:
      traefik.http.middlewares.a.basicauth.users: admin:hush41
      plain: hush42
    annotations:
    - plain=hush43
  labelled:
    image: example/app:1.0
    labels:
    - plain=hush44
    logging:
      driver: splunk
      options:
        splunk-token: hush45
        splunk-url: https://me:hush46@logs.example
  api:
    build:
      context: api
      args:
        NPM_TOKEN: hush50
        PLAIN: hush51
      labels: {plain: hush52}
    env_file: app.env
    environment:
      FROM_ENV: ${PLAIN_OF_ENV}
      MUST: ${PLAIN_OF_ENV:?hush53}
    mem_reservation: 64m
  inline:
    build:
      context: .
      dockerfile_inline: |
        FROM alpine:3.20
        ENV PLAIN=hush54
        RUN curl -u me:hush55 http://x
  flow: {image: "example/flow:1.0", environment: {A: hush60, B: hush61}, command: [run, hush62], labels: {a: hush63}}
  child:
    extends: {file: common.yml, service: base}
    environment: [OWN=hush64]
  hooks:
    image: example/app:1.0
    post_start:
      - command: ["sh", "-c", "login hush65"]
        environment: [A=hush66]
    x-vendor: hush67
    x-deep:
      pin: hush68
  remote:
    build: https://me:hush69@git.example/x.git
  variables:
    image: ${IMAGE_OF_ENV}
    user: ${USER_OF_ENV}
    hostname: ${PLAIN_OF_ENV}
    container_name: ${PLAIN_OF_ENV}
    security_opt: ["seccomp:${DIR_OF_ENV}"]
  built:
    build: ${DIR_OF_ENV}
  built_by:
    build: {context: api, dockerfile: "${PLAIN_OF_ENV}.Dockerfile"}
  mounted:
    image: example/app:1.0
    volumes:
      - type: volume
        source: share
        target: /data
        volume: {labels: {a: hush70}}
    ports: ["127.0.0.1:8080:80"]
volumes:
  share:
    driver: local
    driver_opts:
      type: cifs
      o: "username=me,password=hush71,hush72"
secrets:
  token: {file: token.txt}
  inline: {environment: SHELL_PASSWORD}
configs:
  app:
    content: |
      key = hush73
      hush74: x
"#;

const OVERRIDE: &str = r"services:
  db:
    environment:
      OVER: hush80
    command: [postgres, -c, hush81]
  labels:
    labels: {over: hush82}
";

const INCLUDED: &str = r"services:
  worker:
    image: example/worker:2.0
    environment:
    - PLAIN=hush83
    command: work hush84
";

const COMMON: &str = r"services:
  base:
    image: example/base:1.0
    environment:
      PLAIN: hush85
    command: base hush86
";

const DOTENV: &str = "PLAIN_OF_ENV=hush93\nIMAGE_OF_ENV=registry.example/app:1\nUSER_OF_ENV=app\nDIR_OF_ENV=/srv/x\nDB_PASSWORD='hush94'\n# WAS=hush95\n";

const APP_ENV: &str = "APP_PLAIN=hush96\nAPP_URL=postgres://me:hush97@db/x\n# hush98\n";

const DOCKERFILE: &str = "FROM alpine:3.20 # hush99\nARG TOKEN=hush100\nENV PLAIN=hush101 OTHER hush102\n\
    RUN adduser -D app && curl -u me:hush103 http://x && echo hush104 > /etc/x\nLABEL a=hush105\nUSER app\n\
    HEALTHCHECK CMD curl -u hush106 http://localhost\nCMD [\"run\", \"hush107\"]\n";

const POLICY: &str = "# hush108\nimages:\n  example/app:\n    tmpfs: [/tmp]\n";
