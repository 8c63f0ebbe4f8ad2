//! Items added to lists.

use crate::harness::{append, case, refused, replace, web, yes};
use harden::plan::Value;

#[test]
fn after_the_last_item_with_its_dash_and_quotes() {
    case(
        "
 services:
   web:
     security_opt:
         -   \"seccomp:unconfined\" # for gdb
+        -   \"no-new-privileges:true\"
     cap_add:
     - 'CHOWN'
+    - 'KILL'
     tmpfs:
       - /tmp:size=10m
       # - /cache
+      - /run
     image: nginx
"
        .replace("       # - /cache\n+      - /run", "+      - /run\n       # - /cache")
        .as_str(),
        &web(vec![
            append("security_opt", &["no-new-privileges:true"]),
            append("cap_add", &["KILL"]),
            append("tmpfs", &["/run"]),
        ]),
    );
}

#[test]
fn a_single_value_becomes_a_list_and_keeps_its_comment() {
    case(
        "
 services:
   web:
     image: nginx
-    tmpfs: /tmp  # scratch
+    tmpfs:
+      - /tmp  # scratch
+      - /run
     ports:
       - 80:80
   db:
     volumes:
     - data:/data
-    tmpfs: \"/tmp\"
+    tmpfs:
+    - \"/tmp\"
+    - \"/run\"
",
        &vec![("web", append("tmpfs", &["/run"])), ("db", append("tmpfs", &["/run"]))],
    );
}

#[test]
fn a_single_value_becomes_a_bracketed_list_where_lists_are_bracketed() {
    case(
        "
 services:
   web:
     image: nginx
     cap_drop: [ALL]
-    tmpfs: /tmp # scratch
+    tmpfs: [/tmp, /run] # scratch
   db:
-    tmpfs: /tmp:uid=1,gid=1
+    tmpfs:
+      - /tmp:uid=1,gid=1
+      - /run
",
        &vec![("web", append("tmpfs", &["/run"])), ("db", append("tmpfs", &["/run"]))],
    );
}

#[test]
fn a_single_value_with_anchor_or_on_a_line_of_its_own() {
    case(
        "
 services:
   web:
-    tmpfs: &t /tmp
+    tmpfs:
+      - &t /tmp
+      - /run
   db:
-    tmpfs: *t
+    tmpfs:
+      - *t
+      - /run
   job:
     tmpfs:
-      /tmp
+      - /tmp
+      - /run
     image: x
",
        &vec![
            ("web", append("tmpfs", &["/run"])),
            ("db", append("tmpfs", &["/run"])),
            ("job", append("tmpfs", &["/run"])),
        ],
    );
}

#[test]
fn empty_values_become_lists() {
    case(
        "
 services:
   web:
     cap_add: # none yet
+      - CHOWN
-    tmpfs: ~  # nor here
+    tmpfs:  # nor here
+      - /tmp
-    security_opt: null
+    security_opt:
+      - no-new-privileges:true
     cap_drop: &drop
+      - ALL
+    init: true
",
        &web(vec![
            append("cap_add", &["CHOWN"]),
            append("tmpfs", &["/tmp"]),
            append("security_opt", &["no-new-privileges:true"]),
            append("cap_drop", &["ALL"]),
            yes("init"),
        ]),
    );
}

#[test]
fn anchored_and_tagged_lists() {
    case(
        "
 services:
   web:
     security_opt: &so # shared
       - seccomp:x
+      - no-new-privileges:true
-    cap_drop: !override [NET_RAW]
+    cap_drop: !override [NET_RAW, ALL]
",
        &web(vec![append("security_opt", &["no-new-privileges:true"]), append("cap_drop", &["ALL"])]),
    );
}

#[test]
fn an_item_is_replaced_in_its_quotes() {
    case(
        "
 services:
   web:
     ports:
-      - '5432:5432' # db
+      - '127.0.0.1:5432:5432' # db
-      - 80:80
+      - 127.0.0.1:80:80
       - target: 90
         published: 90
+        host_ip: 127.0.0.1
       - 100:100
",
        &web(vec![
            replace("ports", 0, Value::str("127.0.0.1:5432:5432")),
            replace("ports", 1, Value::str("127.0.0.1:80:80")),
            replace(
                "ports",
                2,
                Value::Map(vec![
                    ("target".into(), Value::number("90")),
                    ("published".into(), Value::number("90")),
                    ("host_ip".into(), Value::str("127.0.0.1")),
                ]),
            ),
        ]),
    );
    case(
        "
 services:
   web:
-    ports: [5432:5432, \"80:80\"]
+    ports: [127.0.0.1:5432:5432, \"80:80\"]
",
        &web(vec![replace("ports", 0, Value::str("127.0.0.1:5432:5432"))]),
    );
}

#[test]
fn what_is_no_list_is_refused() {
    let reset = "services:\n  web:\n    cap_add: !reset []\n";
    assert!(refused(reset, &web(vec![append("cap_add", &["A"])])).contains("`!reset`"));
    let mapping = "services:\n  web:\n    cap_add: {a: b}\n";
    assert!(refused(mapping, &web(vec![append("cap_add", &["A"])])).contains("neither a list"));
    // one that keeps the lines below it would not mean the same as an item
    let text = "services:\n  web:\n    tmpfs: |+\n      /tmp\n";
    assert!(refused(text, &web(vec![append("tmpfs", &["A"])])).contains("block of text"));
}
