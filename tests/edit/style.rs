//! The file's own style.

use crate::harness::{append, case, list, set, str, web, yes};
use harden::plan::Value;

#[test]
fn flush_lists() {
    case(
        "
 services:
   db:
     volumes:
     - a:/a
     ports:
     - 1:1
   web:
     image: nginx
+    cap_drop:
+    - ALL
+    security_opt:
+    - no-new-privileges:true
",
        &web(vec![list("cap_drop", &["ALL"]), append("security_opt", &["no-new-privileges:true"])]),
    );
}

#[test]
fn a_service_with_a_habit_of_its_own() {
    case(
        "
 services:
   db:
     volumes:
     - a:/a
     ports:
     - 1:1
   web:
     image: nginx
     ports:
       - '80:80'
+    user: '1:1'
+    cap_drop:
+      - ALL
   other:
     image: \"x\"
     user: \"${A}\"
",
        &web(vec![list("cap_drop", &["ALL"]), str("user", "1:1")]),
    );
}

#[test]
fn a_step_of_four() {
    case(
        "
 services:
     web:
         image: nginx
+        cap_drop:
+            - ALL
+        logging:
+            driver: local
+            options:
+                max-size: 10m
",
        &web(vec![
            list("cap_drop", &["ALL"]),
            str("logging.driver", "local"),
            str("logging.options.max-size", "10m"),
        ]),
    );
}

#[test]
fn a_step_of_one() {
    case(
        "
 services:
  web:
   image: nginx
+  cap_drop:
+   - ALL
+  deploy:
+   replicas: 2
",
        &web(vec![list("cap_drop", &["ALL"]), set("deploy.replicas", Value::number("2"))]),
    );
}

#[test]
fn bracketed_lists_where_all_lists_like_ours_are() {
    case(
        "
 services:
   db:
     command: [\"a\"]
     cap_drop: [ALL]
     ports:
       - 1:1
   web:
     image: nginx
+    cap_drop: [ALL]
+    security_opt: [no-new-privileges:true]
",
        &web(vec![list("cap_drop", &["ALL"]), append("security_opt", &["no-new-privileges:true"])]),
    );
    case(
        "
 services:
   web:
     image: nginx
     command: [\"a\"]
     entrypoint: [\"b\"]
+    cap_drop:
+      - ALL
",
        &web(vec![list("cap_drop", &["ALL"])]),
    );
}

#[test]
fn single_quotes_where_the_file_uses_them() {
    case(
        "
 version: '3'
 services:
   web:
     image: nginx
+    user: '999:999'
   db:
     image: 'postgres'
     ports: ['1:1']
",
        &web(vec![str("user", "999:999")]),
    );
}

#[test]
fn a_service_that_quotes_every_string() {
    case(
        "
 services:
   web:
     image: \"nginx\"
     restart: \"always\"
     privileged: false
+    mem_limit: \"512m\"
+    init: true
+    cap_drop:
+      - \"ALL\"
",
        &web(vec![str("mem_limit", "512m"), yes("init"), list("cap_drop", &["ALL"])]),
    );
}

#[test]
fn items_quoted_where_lists_like_ours_quote_them() {
    case(
        "
 services:
   db:
     security_opt: [\"no-new-privileges:true\"]
   web:
     image: nginx
+    cap_drop: [\"ALL\"]
",
        &web(vec![list("cap_drop", &["ALL"])]),
    );
    case(
        "
 services:
   db:
     cap_drop:
     - 'ALL'
     - 'X'
     volumes:
     - a:/a
   web:
     image: \"nginx\"
+    cap_drop:
+    - 'ALL'
",
        &web(vec![list("cap_drop", &["ALL"])]),
    );
}
