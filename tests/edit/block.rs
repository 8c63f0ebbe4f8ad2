//! New keys in block mappings.

use crate::harness::{append, case, list, set, str, web, yes};
use harden::plan::Value;

fn all() -> Vec<harden::plan::Change> {
    let option = |key: &'static str, value| (key.into(), Value::str(value));
    let options = Value::Map(vec![option("max-size", "10m"), option("max-file", "3")]);
    let logging = Value::Map(vec![option("driver", "json-file"), ("options".into(), options)]);
    vec![
        str("mem_limit", "512m"),
        set("cpus", Value::number("1.0")),
        set("pids_limit", Value::number("200")),
        yes("init"),
        str("user", "999:999"),
        list("tmpfs", &["/tmp", "/run:uid=101,gid=101"]),
        yes("read_only"),
        append("cap_add", &["CHOWN"]),
        list("cap_drop", &["ALL"]),
        append("security_opt", &["no-new-privileges:true"]),
        set("logging", logging),
    ]
}

#[test]
fn all_keys_at_the_end_in_one_block() {
    case(
        r#"
 services:
   db:
     image: postgres:16
     restart: always
 
   web:
     image: nginx
     ports:
       - "80:80"
+    mem_limit: 512m
+    cpus: 1.0
+    pids_limit: 200
+    init: true
+    user: "999:999"
+    read_only: true
+    tmpfs:
+      - /tmp
+      - /run:uid=101,gid=101
+    cap_drop:
+      - ALL
+    cap_add:
+      - CHOWN
+    security_opt:
+      - no-new-privileges:true
+    logging:
+      driver: json-file
+      options:
+        max-size: "10m"
+        max-file: "3"
 
 volumes:
   data:
"#,
        &web(all()),
    );
}

#[test]
fn several_services_each_at_its_own_end() {
    case(
        "
 services:
   db:
     image: postgres:16
+    mem_limit: 1g
   # the site
   web:
     image: nginx
+    mem_limit: 512m
+    init: true
 networks: {}
",
        &vec![("web", str("mem_limit", "512m")), ("web", yes("init")), ("db", str("mem_limit", "1g"))],
    );
}

#[test]
fn capabilities_stand_beside_those_that_are_there() {
    case(
        "
 services:
   web:
     image: nginx
+    cap_drop:
+      - ALL
     cap_add:
       - CHOWN
+      - SETUID
     restart: always
+    init: true
",
        &web(vec![yes("init"), list("cap_drop", &["ALL"]), append("cap_add", &["SETUID"])]),
    );
    case(
        "
 services:
   web:
     image: nginx
     cap_drop:
     - ALL
+    cap_add:
+    - CHOWN
     restart: always
",
        &web(vec![list("cap_add", &["CHOWN"])]),
    );
}

#[test]
fn a_key_goes_below_its_neighbour_when_a_comment_introduces_that() {
    case(
        "
 services:
   web:
     image: nginx
     # to chown the cache
     cap_add:
       - CHOWN # once
+      - SETUID
+    cap_drop:
+      - ALL
     restart: always
",
        &web(vec![list("cap_drop", &["ALL"]), append("cap_add", &["SETUID"])]),
    );
}

#[test]
fn never_above_the_first_key() {
    case(
        "
 services:
   web:
     tmpfs: /tmp
+    read_only: true
     image: nginx
",
        &web(vec![yes("read_only")]),
    );
}

#[test]
fn a_read_only_root_stands_beside_its_tmpfs() {
    case(
        "
 services:
   web:
     image: nginx
+    read_only: true
     tmpfs:
       - /tmp
     restart: always
",
        &web(vec![yes("read_only")]),
    );
    case(
        "
 services:
   web:
     image: nginx
     read_only: true # as it should be
+    tmpfs:
+      - /tmp
     restart: always
",
        &web(vec![append("tmpfs", &["/tmp"])]),
    );
}

#[test]
fn limits_go_into_the_existing_block() {
    case(
        r#"
 services:
   web:
     image: nginx
     deploy:
       resources:
         limits:
           memory: 1g
           # pids: 10
+          cpus: "1.0"
+          pids: 200
         reservations:
           memory: 100m
     restart: always
+    init: true
"#,
        &web(vec![
            str("deploy.resources.limits.cpus", "1.0"),
            set("deploy.resources.limits.pids", Value::number("200")),
            yes("init"),
        ]),
    );
}

#[test]
fn missing_levels_are_made_inside_the_existing_mapping() {
    case(
        r#"
 services:
   web:
     logging:
       driver: json-file
+      options:
+        max-size: "10m"
+        max-file: "3"
     image: nginx
"#,
        &web(vec![str("logging.options.max-size", "10m"), str("logging.options.max-file", "3")]),
    );
    case(
        r"
 services:
   web:
     image: nginx
     deploy:
       replicas: 2
+      resources:
+        limits:
+          memory: 512m
",
        &web(vec![str("deploy.resources.limits.memory", "512m")]),
    );
}

#[test]
fn quoted_siblings_make_new_values_quoted() {
    case(
        "
 services:
   web:
     image: nginx
     logging:
       options:
         max-file: '3'
+        max-size: '10m'
",
        &web(vec![str("logging.options.max-size", "10m")]),
    );
}

#[test]
fn quoted_keys_and_blanks_before_the_colon() {
    case(
        r#"
 "services" :
   "web" :
     image : nginx
     "deploy" :
       'resources':
         limits : 
           memory:	1g
+          pids: 200
+    init: true
"#,
        &web(vec![yes("init"), set("deploy.resources.limits.pids", Value::number("200"))]),
    );
}

#[test]
fn anchors_and_tags_on_the_service() {
    case(
        "
 services:
   web: &web
     image: nginx
+    init: true
   db: !override
     image: postgres
+    init: true
   job: &job # nightly
     image: busybox
+    init: true
",
        &vec![("web", yes("init")), ("db", yes("init")), ("job", yes("init"))],
    );
}

#[test]
fn a_merge_key_may_be_the_only_content() {
    case(
        "
 x-base: &base
   image: nginx
 services:
   web:
     <<: *base
+    init: true
   db:
     <<: [*base]
+    init: true
",
        &vec![("web", yes("init")), ("db", yes("init"))],
    );
}
