//! Lines that several services share.

use crate::harness::{also, append, refused, str, yes};

#[test]
fn a_service_that_is_only_an_alias_is_edited_where_it_is_defined() {
    also(
        "
 x-base: &base
   image: nginx
   restart: always
+  mem_limit: 512m
+  init: true
 
 services:
   web: *base
   api: *base
",
        &vec![
            ("web", str("mem_limit", "512m")),
            ("web", yes("init")),
            ("api", str("mem_limit", "512m")),
            ("api", yes("init")),
        ],
        &["x-base"],
    );
}

#[test]
fn an_edit_that_several_services_share_is_made_once() {
    also(
        "
 x-log: &log
   driver: json-file
   options:
     max-size: \"10m\"
+    max-file: \"3\"
 services:
   web:
     image: nginx
     logging: *log
   db:
     image: postgres
     logging: *log
",
        &vec![("web", str("logging.options.max-file", "3")), ("db", str("logging.options.max-file", "3"))],
        &["x-log@logging"],
    );
}

#[test]
fn services_that_share_lines_must_agree() {
    let text =
        "x-log: &log\n  driver: local\nservices:\n  web:\n    logging: *log\n  db:\n    logging: *log\n";
    let error = refused(
        text,
        &vec![("web", str("logging.options.max-file", "3")), ("db", str("logging.options.max-file", "5"))],
    );
    assert!(error.starts_with("`db`: cannot write `logging.options.max-file`: another service"), "{error}");
}

#[test]
fn items_go_to_the_list_that_an_alias_stands_for() {
    also(
        "
 x-sec: &sec
   - seccomp:x
+  - no-new-privileges:true
 services:
   web:
     security_opt: *sec
   db:
     security_opt: *sec
",
        &vec![
            ("web", append("security_opt", &["no-new-privileges:true"])),
            ("db", append("security_opt", &["no-new-privileges:true"])),
        ],
        &["x-sec@security_opt"],
    );
}

#[test]
fn an_anchor_inside_a_list_may_be_the_definition() {
    also(
        "
 x-all:
   - &one
     image: nginx
+    init: true
   - &two {image: x}
 services:
   web: *one
",
        &vec![("web", yes("init"))],
        &["x-all.0"],
    );
}
