//! Where the content of a service ends.

use crate::harness::{append, case, edited, str, web, whole, yes};

#[test]
fn after_commented_out_keys_of_the_service() {
    case(
        "
 services:
   web:
     image: nginx
     # ports:
     #   - 80:80
+    init: true
   # the database
   db:
     image: postgres
",
        &web(vec![yes("init")]),
    );
}

#[test]
fn after_keys_that_an_editor_commented_out_in_the_first_column() {
    case(
        "
 services:
   web:
     image: nginx
 #    below is how
 #    ports:
 #      - 80:80
+    init: true
 #  old:
 #    image: x
   db:
     image: postgres
",
        &web(vec![yes("init")]),
    );
}

#[test]
fn before_a_comment_in_the_first_column_that_is_no_code() {
    case(
        "
 services:
   web:
     image: nginx
+    init: true
 #      --- DATABASES ---
   db:
     image: postgres
",
        &web(vec![yes("init")]),
    );
}

#[test]
fn not_between_a_comment_and_what_it_introduces() {
    case(
        "
 services:
   web:
     image: nginx # pinned below
+    init: true
 
     # keeps the data
   db:
     image: postgres
+    init: true
 
 # names
 volumes: {}
",
        &vec![("web", yes("init")), ("db", yes("init"))],
    );
}

#[test]
fn after_the_comment_on_the_last_line() {
    case(
        "
 services:
   web:
     image: nginx
     ports:
       - 80:80   # public
       # - 443:443
+    init: true
",
        &web(vec![yes("init")]),
    );
}

#[test]
fn after_block_scalars() {
    case(
        "
 services:
   web:
     image: nginx
     command: |
       a
 
       b
+    init: true
 
   db:
     command: >-
       a
+    init: true
 
   job:
     command: |+
       a
 
 
+    init: true
   last:
     image: x
",
        &vec![("web", yes("init")), ("db", yes("init")), ("job", yes("init"))],
    );
}

#[test]
fn after_lines_of_blanks_that_a_block_scalar_holds() {
    case(
        "
 services:
   web:
     command: |
       a
         
+    init: true
   
   db:
     image: x
",
        &web(vec![yes("init")]),
    );
}

#[test]
fn after_plain_and_quoted_scalars_of_several_lines() {
    case(
        "
 services:
   web:
     command: a
       b
       c # end
+    init: true
   db:
     command: \"a
       b\"
+    init: true
",
        &vec![("web", yes("init")), ("db", yes("init"))],
    );
}

#[test]
fn after_brackets_of_several_lines() {
    case(
        "
 services:
   web:
     command: [
       a,
       b
     ] # end
+    init: true
",
        &web(vec![yes("init")]),
    );
}

#[test]
fn after_an_empty_value_and_after_an_alias() {
    case(
        "
 x-log: &log {}
 services:
   web:
     image: nginx
     environment: # none
+    init: true
   db:
     logging: *log # shared
+    init: true
   job:
     environment: &none
+    init: true
",
        &vec![("web", yes("init")), ("db", yes("init")), ("job", yes("init"))],
    );
}

#[test]
fn a_missing_last_line_break_stays_missing() {
    whole(
        "services:\n  web:\n    image: nginx",
        "services:\n  web:\n    image: nginx\n    init: true",
        &web(vec![yes("init")]),
    );
    whole(
        "services:\n  web:\n    image: nginx # x",
        "services:\n  web:\n    image: nginx # x\n    init: true\n    mem_limit: 1g"
            .replace("init: true\n    mem_limit: 1g", "mem_limit: 1g\n    init: true")
            .as_str(),
        &web(vec![yes("init"), str("mem_limit", "1g")]),
    );
    whole(
        "services:\n  web:\n    tmpfs:\n      - /tmp",
        "services:\n  web:\n    tmpfs:\n      - /tmp\n      - /run\n    init: true",
        &web(vec![yes("init"), append("tmpfs", &["/run"])]),
    );
}

#[test]
fn a_block_scalar_without_last_line_break_keeps_its_value() {
    whole(
        "services:\n  web:\n    image: nginx\n    # says a\n    command: |\n      a",
        "services:\n  web:\n    image: nginx\n    init: true\n    # says a\n    command: |\n      a",
        &web(vec![yes("init")]),
    );
    whole(
        "services:\n  web:\n    command: |-\n      a",
        "services:\n  web:\n    command: |-\n      a\n    init: true",
        &web(vec![yes("init")]),
    );
}

#[test]
fn a_kept_last_line_at_the_end_of_the_file() {
    whole(
        "services:\n  web:\n    command: |+\n      a\n\n",
        "services:\n  web:\n    command: |+\n      a\n\n    init: true\n",
        &web(vec![yes("init")]),
    );
}

#[test]
fn windows_line_breaks_and_byte_order_mark_stay() {
    whole(
        "\u{feff}services:\r\n  web:\r\n    image: nginx\r\n\r\n  db:\r\n    tmpfs: /a\r\n",
        "\u{feff}services:\r\n  web:\r\n    image: nginx\r\n    init: true\r\n\r\n  db:\r\n    tmpfs:\r\n      - /a\r\n      - /b\r\n",
        &vec![("web", yes("init")), ("db", append("tmpfs", &["/b"]))],
    );
    whole(
        "services:\r\n  web:\r\n    image: nginx",
        "services:\r\n  web:\r\n    image: nginx\r\n    init: true",
        &web(vec![yes("init")]),
    );
}

#[test]
fn trailing_blanks_are_left_alone() {
    let old = "services:  \n  web:  \n    image: nginx   \n  \n   \n";
    let new = "services:  \n  web:  \n    image: nginx   \n    init: true\n  \n   \n";
    whole(old, new, &web(vec![yes("init")]));
}

#[test]
fn document_marks_are_respected() {
    whole(
        "%YAML 1.2\n---\nservices:\n  web:\n    image: nginx\n...\n---\nother: 1\n",
        "%YAML 1.2\n---\nservices:\n  web:\n    image: nginx\n    init: true\n...\n---\nother: 1\n",
        &web(vec![yes("init")]),
    );
}

#[test]
fn without_changes_nothing_is_rewritten() {
    assert!(crate::harness::rewrite("services:\n  web:\n    image: x\n", &Vec::new()).unwrap().is_empty());
    let same = web(vec![str("image", "x")]);
    assert!(crate::harness::rewrite("services:\n  web:\n    image: x\n", &same).unwrap().is_empty());
    assert!(edited("services:\n  web:\n    image: x\n", &web(vec![yes("init")]), &[]).contains("init"));
}
