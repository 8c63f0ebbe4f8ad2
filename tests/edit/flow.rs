//! Services and lists between braces and brackets.

use crate::harness::{append, case, list, set, str, web, whole, yes};
use harden::plan::Value;

#[test]
fn keys_inside_the_braces_of_one_line() {
    case(
        "
 services:
-  web: {image: nginx}
-  db: { image: postgres, restart: always } # data
-  job: {image: busybox,}
+  web: {image: nginx, mem_limit: 512m, user: \"1:1\", read_only: true, tmpfs: [/tmp, \"/run:uid=1,gid=1\"], cap_drop: [ALL]}
+  db: { image: postgres, restart: always, init: true, logging: { driver: json-file, options: { max-size: \"10m\", max-file: \"3\" } } } # data
+  job: {image: busybox, init: true,}
",
        &vec![
            ("web", list("cap_drop", &["ALL"])),
            ("web", append("tmpfs", &["/tmp", "/run:uid=1,gid=1"])),
            ("web", yes("read_only")),
            ("web", str("mem_limit", "512m")),
            ("web", str("user", "1:1")),
            ("db", yes("init")),
            ("db", str("logging.driver", "json-file")),
            ("db", str("logging.options.max-size", "10m")),
            ("db", str("logging.options.max-file", "3")),
            ("job", yes("init")),
        ],
    );
}

#[test]
fn keys_on_lines_of_their_own() {
    case(
        "
 services:
   web: {
     image: nginx,
-    restart: always # why, oh why
+    restart: always, # why, oh why
+    mem_limit: 512m,
+    init: true
   }
   db: {
     image: postgres,
     restart: always, # a, b
+    mem_limit: 512m,
+    init: true,
   }
   job: { image: busybox,
-         restart: always }
+         restart: always,
+         init: true }
",
        &vec![
            ("web", str("mem_limit", "512m")),
            ("web", yes("init")),
            ("db", str("mem_limit", "512m")),
            ("db", yes("init")),
            ("job", yes("init")),
        ],
    );
}

#[test]
fn empty_braces_and_brackets() {
    case(
        "
 services:
   web:
     image: nginx
-    logging: {}
-    deploy: { }
-    tmpfs: []
-    cap_add: [ ]
+    logging: {driver: local}
+    deploy: { replicas: 2 }
+    tmpfs: [/tmp]
+    cap_add: [ CHOWN ]
",
        &web(vec![
            str("logging.driver", "local"),
            set("deploy.replicas", Value::number("2")),
            append("tmpfs", &["/tmp"]),
            append("cap_add", &["CHOWN"]),
        ]),
    );
}

#[test]
fn items_inside_the_brackets() {
    case(
        "
 services:
   web:
-    cap_add: [CHOWN, KILL] # two
-    tmpfs: ['/tmp']
-    security_opt: [ \"seccomp:x\" ]
+    cap_add: [CHOWN, KILL, SETUID, SETGID] # two
+    tmpfs: ['/tmp', '/run']
+    security_opt: [ \"seccomp:x\", \"no-new-privileges:true\" ]
",
        &web(vec![
            append("cap_add", &["SETUID", "SETGID"]),
            append("tmpfs", &["/run"]),
            append("security_opt", &["no-new-privileges:true"]),
        ]),
    );
}

#[test]
fn items_on_lines_of_their_own() {
    case(
        "
 services:
   web:
     cap_add: [
       CHOWN, # a
-      KILL   # b
+      KILL,   # b
+      SETUID
     ]
     tmpfs: [
       /tmp,
+      /run,
     ]
",
        &web(vec![append("cap_add", &["SETUID"]), append("tmpfs", &["/run"])]),
    );
}

#[test]
fn a_value_between_braces_that_becomes_a_list() {
    case(
        "
 services:
-  web: {image: nginx, tmpfs: /tmp, cap_add: }
+  web: {image: nginx, tmpfs: [/tmp, /run], cap_add: [CHOWN] }
",
        &web(vec![append("tmpfs", &["/run"]), append("cap_add", &["CHOWN"])]),
    );
}

#[test]
fn a_last_value_that_becomes_a_list_before_new_keys() {
    case(
        "
 services:
-  web: {image: nginx, tmpfs: /tmp}
+  web: {image: nginx, tmpfs: [/tmp, /run], init: true}
   db:
-    tmpfs: [/a]
-    cap_add: &c CHOWN
+    tmpfs: [/a, /b]
+    cap_add: [&c CHOWN, KILL]
+    init: true
",
        &vec![
            ("web", yes("init")),
            ("web", append("tmpfs", &["/run"])),
            ("db", yes("init")),
            ("db", append("cap_add", &["KILL"])),
            ("db", append("tmpfs", &["/b"])),
        ],
    );
}

#[test]
fn json_stays_json() {
    whole(
        "{\n  \"services\": {\n    \"web\": {\n      \"image\": \"nginx\"\n    }\n  }\n}\n",
        "{\n  \"services\": {\n    \"web\": {\n      \"image\": \"nginx\",\n      \"mem_limit\": \"512m\",\n      \"init\": true,\n      \"cap_drop\": [\"ALL\"]\n    }\n  }\n}\n",
        &web(vec![str("mem_limit", "512m"), yes("init"), list("cap_drop", &["ALL"])]),
    );
    whole(
        "{\"services\":{\"web\":{\"image\":\"nginx\",\"restart\":\"always\"}}}",
        "{\"services\":{\"web\":{\"image\":\"nginx\",\"restart\":\"always\",\"init\": true}}}",
        &web(vec![yes("init")]),
    );
}

#[test]
fn braces_inside_a_block_service() {
    case(
        "
 services:
   web:
     image: nginx
-    deploy: {resources: {limits: {memory: 1g}}}
+    deploy: {resources: {limits: {memory: 1g, pids: 200}}}
+    init: true
",
        &web(vec![set("deploy.resources.limits.pids", Value::number("200")), yes("init")]),
    );
}
