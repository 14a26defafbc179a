#!/usr/bin/env python3
"""test_lint.py: every rule of lint.py catches a seeded violation, and leaves right things alone."""

import shutil
import tempfile
import unittest
from pathlib import Path

import rules
from lint import findings
from source import Tree


def body(*lines):
    """A C function with these lines."""
    return "void f(void)\n{\n" + "".join(f"    {line}\n" for line in lines) + "}\n"


class LintCase(unittest.TestCase):
    """Writes files into an empty tree and asks one rule about them."""

    def setUp(self):
        self.root = Path(tempfile.mkdtemp(prefix="lint-"))
        self.addCleanup(shutil.rmtree, self.root)

    def write(self, files):
        """C files are given the comment that they must open with, unless they have one."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix in (".c", ".h") and not text.startswith("/*"):
                text = f"/* {path.name} - for a test. */\n{text}"
            path.write_text(text, encoding="utf-8")

    def ask(self, rule, files):
        self.write(files)
        found = findings(Tree(self.root), [rule])
        return [f"{path}:{line}: {message}" for path, line, _, message in found]

    def caught(self, rule, files, *wanted):
        """Exactly one finding for each text that is wanted."""
        found = self.ask(rule, files)
        self.assertEqual(len(found), len(wanted), found)
        for text in wanted:
            self.assertTrue(any(text in line for line in found), f"{text} not in {found}")

    def clean(self, rule, files):
        self.assertEqual(self.ask(rule, files), [])


class Includes(LintCase):
    def test_third_party_headers_have_one_owner(self):
        headers = ["libpq-fe.h", "fcgiapp.h", "json-c/json.h", "openssl/sha.h", "libwebsockets.h",
                   "ev.h", "jwt.h", "argon2.h", "crypt.h", "cmocka.h"]
        text = "".join(f"#include <{h}>\n" for h in headers)
        self.caught(rules.owners, {"src/api/a.c": text}, *(f"<{h}> belongs to" for h in headers))

    def test_owners_and_comments_are_left_alone(self):
        self.clean(rules.owners, {
            "src/api/fcgi.c": "#include <fcgiapp.h>\n#include <stdio.h>\n",
            "src/common/cs_db_event.c": "#include <libpq-fe.h>\n",
            "src/common/cs_str.c": "/* cs_str.c - x\n#include <ev.h> */\n// #include <jwt.h>\n",
        })

    def test_layers_point_down(self):
        self.caught(rules.layers, {
            "src/api/route.h": '#include "conn.h"\n#include "store_x.h"\n',
            "ws-gateway/conn.h": '#include "route.h"\n#include "cs_str.h"\n',
            "src/store/store_x.h": '#include "route.h"\n#include "cs_str.h"\n',
            "src/common/cs_str.h": '#include "store_x.h"\n',
        }, "src/store may not include route.h of src/api",
            "src/api may not include conn.h of ws-gateway",
            "ws-gateway may not include route.h of src/api",
            "src/common may not include store_x.h of src/store")

    def test_the_gateway_never_blocks(self):
        self.caught(rules.no_blocking_in_gateway, {
            "ws-gateway/lane.c": '#include "cs_db_block.h"\n',
            "src/common/cs_db_event.c": body("PQcancel(c);", "PQflush(c);"),
        }, "cs_db_block.h", "PQcancel blocks")

    def test_the_hub_is_pure(self):
        self.caught(rules.pure_hub, {
            "ws-gateway/hub_log.c":
                '#include "hub.h"\n#include "cs_str.h"\n#include "conn.h"\n#include "cs_clock.h"\n'
                '#include "cs_db.h"\n#include <time.h>\n'
                + body("g(cs_clock_mono_ms(), time(NULL));"),
        }, "include conn.h", "include cs_clock.h", "include cs_db.h", "include <time.h>",
            "call cs_clock_mono_ms", "call time")


class Sizes(LintCase):
    def test_limits(self):
        self.caught(rules.sizes, {
            "src/api/a.c": body(*["g();"] * 120),
            "src/api/b.c": "\n" * 1001,
            "src/api/c.h": "\n" * 251,
        }, "f has 123 lines", "b.c:1000: 1002 lines", "c.h:250: 252 lines")

    def test_distribution(self):
        self.caught(rules.distribution, {"src/api/a.c": body(*["g();"] * 60) * 10}, "nine in ten")

    def test_functions_are_measured_with_their_signature(self):
        self.write({"src/api/a.c": """
static const int x[] = {
    1,
};

__attribute__((unused)) static int
f(int a,
  int b)
{
    if (a) {
        return b;
    }
    return "}"[0];
}
"""})
        measured = [(f.name, f.line, f.lines) for f in Tree(self.root).c[0].functions]
        self.assertEqual(measured, [("f", 7, 9)])


class Refused(LintCase):
    def test_calls(self):
        names = ["strcpy", "atoi", "strtol", "PQexec", "PQescapeLiteral", "system"]
        self.caught(rules.refused_calls, {"src/api/a.c": body(*(f"{n}(a);" for n in names))},
                    *(f"{n} is refused" for n in names))

    def test_comments_strings_and_longer_names(self):
        self.clean(rules.refused_calls, {"src/api/a.c": body(
            "// strcpy(a, b)", 's = "atoi(x)";', "x = my_atoi(s) + o->system(s);")})

    def test_typedef(self):
        self.caught(rules.no_typedef_struct, {
            "src/api/a.h": "typedef struct x x_t;\ntypedef enum { A } y;\n"
                           "typedef enum cs_rc handler(struct x *);\n",
        }, "a.h:2", "a.h:3")

    def test_words_and_paths(self):
        self.caught(rules.words, {
            "src/api/a.c": "// TO" "DO\n// FIX" "ME\n",
            "deploy/x.sh": "cd /wo" "rk/main\n",
            "README.md": "/ho" "me/somebody\n",
        }, "TO" "DO", "FIX" "ME", "/wo" "rk/", "/ho" "me/")

    def test_header_comment(self):
        self.caught(rules.headers_of_files, {
            "src/api/a.c": "/* what it does */\n",
            "src/api/b.h": "/* a.h - of another file */\n",
            "src/api/c.h": "/* c.h - as it should be */\n",
        }, "a.c:1", "b.h:1")


STORE_BELL = """
const struct cs_stmt bell_stmt = {
    .sql = "SELECT pg_notify('chatsphere', $1)",
};

void bell_call(struct cs_call *c)
{
    cs_call_init(c, &bell_stmt, a);
}
"""


class Notify(LintCase):
    LONE = (["SELECT pg_notify('chatsphere', $1)"],
            ["SELECT chat.ring($1)"],
            ["SELECT pg_catalog.pg_notify('chatsphere', p)", "  FROM unnest($1::text[]) AS p"],
            ["LISTEN chatsphere"])
    IN_COMPANY = (["INSERT INTO x VALUES (1);", "SELECT pg_notify('chatsphere', $1)"],
                  ["SELECT pg_notify('chatsphere', $1) FROM chat.rooms"],
                  ["COMMIT;NOTIFY chatsphere"],
                  ["WITH x AS (DELETE FROM y) SELECT chat.ring($1)"],
                  ["SELECT chat.ring($1), chat.post_messages($2)"])

    @staticmethod
    def text(lines):
        """A C file with one string literal on several lines."""
        literal = "\n    ".join(f'"{line}\\n"' for line in lines)
        return {"src/store/store_x.c": f"const char *s =\n    {literal};\n"}

    def test_texts(self):
        for lines in self.LONE:
            self.clean(rules.notify_alone, self.text(lines))
        for lines in self.IN_COMPANY:
            self.caught(rules.notify_alone, self.text(lines), "holds nothing else")

    def test_schema(self):
        ring = "CREATE FUNCTION chat.ring(p uuid[]) AS $$ SELECT pg_notify('x', 'y') $$;\n"
        self.clean(rules.notify_in_schema, {"schema/functions/ring.sql": "-- NOTIFY\n" + ring})
        self.caught(rules.notify_in_schema, {
            "schema/functions/ring.sql": ring.replace("'y')", "'y') FROM chat.rooms"),
            "schema/functions/x.sql": "CREATE FUNCTION chat.x() AS $$PERFORM chat.ring(x)$$;\n",
            "schema/seed.sql": "NOTIFY chatsphere;\n",
        }, "chat.ring touches a table", "chat.x rings", "NOTIFY outside chat.ring")

    @staticmethod
    def segment(*lines):
        return {"src/store/store_x.c": STORE_BELL, "src/api/a.c": body("bell_call(&b, x);", *lines)}

    def test_segments(self):
        post, bell, end = "cs_db_send(db, &post, e);", "cs_db_send(db, &b, e);", "cs_db_end(db, e);"
        self.clean(rules.notify_segment, self.segment(post, end, bell, end))
        self.caught(rules.notify_segment, self.segment(post, bell, end), "cs_db_end first")
        self.caught(rules.notify_segment, self.segment(bell, post), "cs_db_end next")

    def test_segments_of_the_gateway(self):
        self.clean(rules.notify_segment, self.segment("cs_dbc_submit(db, &b, 1, done, x, e);"))
        self.caught(rules.notify_segment, self.segment("cs_dbc_submit(db, &b, 2, done, x, e);"),
                    "together with another")


class Files(LintCase):
    def test_migrations(self):
        self.caught(rules.migrations, {
            "schema/migrations/1_x.sql": "SELECT 1;\n",
            "schema/migrations/0001_x.sql": "DO $$BEGIN END$$;\nSELECT 1; COMMIT;\n",
        }, "NNNN_name", "COMMIT")

    def test_names_of_tests(self):
        self.clean(rules.names_of_tests, {"tests/it/conftest.py": "", "tests/web/conftest.py": "", "tests/it/test_b.py": ""})
        self.caught(rules.names_of_tests, {"tests/it/test_a.py": "", "tests/web/test_a.py": ""}, "same name")

    @unittest.skipUnless(shutil.which("bash"), "no bash")
    def test_scripts(self):
        found = self.ask(rules.shell_scripts, {
            "deploy/a.sh": "if true; then\n",
            "deploy/b": "#!/bin/bash\necho (\n",
            "deploy/c": "#!/bin/sh\necho fine\n",
        })
        self.assertTrue(any("deploy/a.sh" in line for line in found), found)
        self.assertTrue(any("deploy/b" in line for line in found), found)
        self.assertFalse(any("deploy/c" in line for line in found), found)

    def test_every_rule_says_what_it_is_and_is_tried_here(self):
        tests = Path(__file__).read_text(encoding="utf-8")
        for rule in rules.ALL:
            self.assertTrue(rule.__doc__ and rule.__doc__.endswith("."), rule.__name__)
            self.assertRegex(tests, rf"(caught|clean|ask)\(rules\.{rule.__name__}\b")


if __name__ == "__main__":
    unittest.main()
