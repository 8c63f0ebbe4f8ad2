//! Existing values replaced.

use crate::harness::{case, list, refused, replace, set, str, web, yes};
use harden::plan::Value;

#[test]
fn only_the_bytes_of_a_scalar() {
    case(
        "
 services:
   web:
-    read_only: false   # for now
+    read_only: true   # for now
-    mem_limit: '1g'
+    mem_limit: '512m'
-    user:	\"0\"
+    user:	\"1:1\"
-    pids_limit : -1
+    pids_limit : 200
-    image: nginx
+    image: \"1\"
",
        &web(vec![
            yes("read_only"),
            str("mem_limit", "512m"),
            str("user", "1:1"),
            set("pids_limit", Value::number("200")),
            str("image", "1"),
        ]),
    );
}

#[test]
fn empty_values_are_filled() {
    case(
        "
 services:
   web:
-    init:
+    init: true
-    mem_limit: ~ # what
+    mem_limit: 512m # what
-    user: &u
+    user: &u nobody
     deploy: # nothing
+      resources:
+        limits:
+          memory: 512m
-    logging: null
+    logging:
+      driver: local
+      options:
+        max-size: 10m
",
        &web(vec![
            yes("init"),
            str("mem_limit", "512m"),
            str("user", "nobody"),
            str("deploy.resources.limits.memory", "512m"),
            str("logging.driver", "local"),
            str("logging.options.max-size", "10m"),
        ]),
    );
}

#[test]
fn empty_values_in_braces_and_lists_are_filled() {
    case(
        "
 services:
-  web: {user: &u 1, init, read_only: , mem_limit: &m }
+  web: {user: &u 1, init: true, read_only: true , mem_limit: &m 1g }
   db:
     ports:
-      -
+      - \"80:80\"
       - 90:90
",
        &vec![
            ("web", yes("init")),
            ("web", yes("read_only")),
            ("web", str("mem_limit", "1g")),
            ("db", replace("ports", 0, Value::str("80:80"))),
        ],
    );
}

#[test]
fn an_alias_of_a_value_is_replaced_itself() {
    case(
        "
 x-m: &m 1g
 x-c: &c [NET_RAW]
 x-l: &l
   driver: local
 services:
   web:
-    mem_limit: *m
+    mem_limit: 512m
-    cap_drop: *c # shared
+    cap_drop: # shared
+      - ALL
-    logging: *l
+    logging:
+      driver: json-file
     volumes:
       - a:/a
     security_opt:
       - b
",
        &web(vec![
            str("mem_limit", "512m"),
            list("cap_drop", &["ALL"]),
            set("logging", Value::Map(vec![("driver".into(), Value::str("json-file"))])),
        ]),
    );
}

#[test]
fn whole_lists_are_replaced() {
    case(
        "
 services:
   web:
-    cap_drop: [NET_RAW]
+    cap_drop: [ALL]
     cap_add:
-      - NET_ADMIN # for the vpn
+      - CHOWN # for the vpn
+      - KILL
     tmpfs:
-      - /a
-      - /b
+      - /c
     image: x
",
        &web(vec![list("cap_drop", &["ALL"]), list("cap_add", &["CHOWN", "KILL"]), list("tmpfs", &["/c"])]),
    );
}

#[test]
fn a_list_loses_no_comment() {
    let text = "services:\n  web:\n    tmpfs:\n      - /a # one\n      - /b\n";
    assert!(refused(text, &web(vec![list("tmpfs", &["/c"])])).contains("comments"));
}

#[test]
fn a_mapping_is_changed_key_by_key() {
    case(
        "
 services:
   web:
     logging:
       # kept
-      driver: local # old
+      driver: json-file # old
+      options:
+        max-size: 10m
     image: nginx
",
        &web(vec![set(
            "logging",
            Value::Map(vec![
                ("driver".into(), Value::str("json-file")),
                ("options".into(), Value::Map(vec![("max-size".into(), Value::str("10m"))])),
            ]),
        )]),
    );
}

#[test]
fn a_block_scalar_is_replaced() {
    case(
        "
 services:
   web:
-    user: |-
-      root
+    user: nobody
     image: nginx
",
        &web(vec![str("user", "nobody")]),
    );
}

#[test]
fn a_path_through_a_scalar_is_refused() {
    let text = "services:\n  web:\n    logging: off\n";
    let error = refused(text, &web(vec![str("logging.driver", "local")]));
    assert_eq!(error, "`web`: cannot write `logging.driver`: not a mapping");
}
