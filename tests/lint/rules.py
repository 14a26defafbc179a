"""rules.py: what lint.py checks. A rule is a generator over the tree that yields (file, line,
message); its docstring is what --list prints. Limits and matrices are tables: there is no list of
exceptions."""

import re
import shutil
import subprocess
from fnmatch import fnmatch

from source import blank

# --- who may include what -------------------------------------------------------------------------

# A system header (or folder of headers) has one owner.
OWNERS = {
    "fcgi*": ("src/api/fcgi.c",),
    "libwebsockets.h": ("ws-gateway/ws_internal.h",),
    "ev.h": ("ws-gateway/loop.c",),
    "uv.h": (),
    "libpq-fe.h": ("src/common/cs_db*.c",),
    "libpq*": ("src/common/cs_db*.c",),
    "postgres*": (),
    "json-c*": ("src/common/cs_json.c",),
    "json.h": ("src/common/cs_json.c",),
    "jwt.h": ("src/common/cs_jwt.c", "tests/unit/test_jwt.c"),  # the test forges tokens with it
    "argon2.h": ("src/common/cs_pw*.c",),
    "curl/*": ("src/ctl/http.c",),
    "crypt.h": ("src/common/cs_pw*.c",),
    "openssl/*": ("src/common/cs_hash.c",),
    "cmocka.h": ("tests/unit/*",),
}

# Our own headers: a folder sees itself and these.
SEES = {
    "src/common": {"src/common"},
    "src/store": {"src/common", "src/store"},
    "src/api": {"src/common", "src/store", "src/api"},
    "src/ctl": {"src/common", "src/store", "src/ctl"},
    "ws-gateway": {"src/common", "src/store", "ws-gateway"},
}

# The blocking face of the database, and what would block in the event-driven one.
BLOCKING_HEADERS = {"cs_db_block.h"}
BLOCKING_LIBPQ = (r"PQ(?:connectdb\w*|setdb\w*|exec\w*|prepare|describe\w+|reset|ping\w*|cancel|"
                  r"getCopyData)")

# The hub is pure: no sockets, no clock, no database, no log.
HUB_SEES = {"cs_arena.h", "cs_err.h", "cs_id.h", "cs_line.h", "cs_str.h", "cs_model.h", "cs_wire.h",
            "cs_jsonw.h", "cs_parse.h"}
HUB_REFUSES = ("sys/", "time.h", "unistd.h", "netinet/", "poll.h", "ev.h")
HUB_CALLS = (r"\b(?:time|clock_gettime|gettimeofday|clock|rand|random|getrandom|cs_clock_\w+|"
             r"cs_rand_\w+|cs_log\w*|cs_db\w+|cs_call_\w+|PQ\w+|send|recv|read|write)\s*\(")


def owners(tree):
    """Each third-party header is included by its one owner."""
    for file in tree.c:
        for line, kind, name in file.includes:
            for pattern, allowed in OWNERS.items():
                if kind == "<" and fnmatch(name, pattern):
                    if not any(fnmatch(file.path, a) for a in allowed):
                        yield file, line, f"<{name}> belongs to {' and '.join(allowed) or 'nobody'}"
                    break


def layers(tree):
    """A folder includes only the folders below it: common < store < api, ctl, ws-gateway."""
    for file in tree.c:
        sees = SEES.get(file.directory)
        for line, kind, name in file.includes if sees else ():
            home = tree.home_of(name, file) if kind == '"' else None
            if home and home not in sees:
                yield file, line, f"{file.directory} may not include {name} of {home}"


def no_blocking_in_gateway(tree):
    """The gateway never blocks: no blocking face of the database there."""
    for file in tree.under("ws-gateway"):
        for line, _, name in file.includes if file.is_c else ():
            if name in BLOCKING_HEADERS:
                yield file, line, f"{name} blocks; the gateway uses cs_db_event.h"
    for file in tree.c:
        if file.name.startswith("cs_db_event"):
            for match in re.finditer(rf"\b{BLOCKING_LIBPQ}\s*\(", file.code):
                yield file, file.line_at(match.start()), f"{match.group().rstrip('( ')} blocks"


def pure_hub(tree):
    """hub*.c is a pure library: no other gateway header, no database, no clock."""
    for file in tree.under("ws-gateway"):
        if not (file.is_c and file.name.startswith("hub")):
            continue
        for line, kind, name in file.includes:
            if kind == '"' and not name.startswith("hub") and name not in HUB_SEES:
                yield file, line, f"the hub may not include {name}"
            if kind == "<" and name.startswith(HUB_REFUSES):
                yield file, line, f"the hub may not include <{name}>"
        for match in re.finditer(HUB_CALLS, file.code):
            name = match.group().rstrip("( ")
            yield file, file.line_at(match.start()), f"the hub may not call {name}"


# --- sizes ----------------------------------------------------------------------------------------

FUNCTION_MAX, FILE_MAX, HEADER_MAX = 100, 1000, 250
NINE_IN_TEN_UNDER, MEDIAN_ABOUT = 45, 15
COUNTED = (".c", ".h", ".py", ".sql", ".sh", ".js", ".mjs", ".css")


def sizes(tree):
    """No function over 100 lines, no file over 1000, no header over 250."""
    for file in tree.files:
        if file.path.endswith(COUNTED) and len(file.lines) > FILE_MAX:
            yield file, FILE_MAX, f"{len(file.lines)} lines; a file has at most {FILE_MAX}"
        if file.path.endswith(".h") and len(file.lines) > HEADER_MAX:
            yield file, HEADER_MAX, f"{len(file.lines)} lines; a header has at most {HEADER_MAX}"
        for f in file.functions if file.is_c else ():
            if f.lines > FUNCTION_MAX:
                most = f"a function has at most {FUNCTION_MAX}"
                yield file, f.line, f"{f.name} has {f.lines} lines; {most}"


def measure(tree):
    """(functions, median, ninth decile, longest) of the programs' C."""
    lengths = sorted(f.lines for file in tree.under("src", "ws-gateway") if file.is_c
                     for f in file.functions)
    if not lengths:
        return 0, 0, 0, 0
    return len(lengths), lengths[len(lengths) // 2], lengths[len(lengths) * 9 // 10], lengths[-1]


def distribution(tree):
    """Nine in ten functions of the programs are under 45 lines."""
    n, _, decile, _ = measure(tree)
    if n and decile >= NINE_IN_TEN_UNDER:
        wanted = f"nine in ten functions must be under {NINE_IN_TEN_UNDER} lines"
        yield None, 0, f"{wanted}; now {decile}"


# --- refused calls and words ----------------------------------------------------------------------

REFUSED = {
    r"strcpy|strcat|strncpy|strncat|sprintf|vsprintf|gets|strtok": "use struct cs_buf or snprintf",
    r"atoi|atol|atoll|atof|sscanf|vsscanf|strtol|strtoll|strtoul|strtoull": "use cs_parse.h",
    r"PQexec\w*": "statements go through the table in src/store",
    r"PQescape\w*": "values are parameters, never parts of a text (S16)",
    r"system|popen": "no shell",
    r"mktemp|tmpnam|tempnam": "use mkstemp",
    r"alloca": "use the arena",
}


def refused_calls(tree):
    """Calls that style and security refuse, in every C file."""
    for file in tree.c:
        if file.name == "cs_poison.h":
            continue  # it names them to refuse them
        for names, instead in REFUSED.items():
            for match in re.finditer(rf"(?<![\w.>])(?:{names})\s*\(", file.code):
                word = match.group().rstrip("( \n")
                yield file, file.line_at(match.start()), f"{word} is refused: {instead}"


# Of a function's type it is fine: it is no other name for a struct.
TYPEDEF = re.compile(r"\btypedef\s+(?:struct|union|enum)\b\s*\w*\s*(?:\{|\**\s*\w+\s*;)")


def no_typedef_struct(tree):
    """Structs, unions and enums are called by their names."""
    for file in tree.c:
        for match in TYPEDEF.finditer(file.code):
            yield file, file.line_at(match.start()), "no typedef: write struct X"


# Split, so that this file does not trip over itself.
WORDS = ("TO" "DO", "FIX" "ME", "XX" "X", "HA" "CK")
MACHINE_PATHS = ("/wo" "rk/", "/ro" "ot/", "/ho" "me/")


def words(tree):
    """Nothing is left for later (T-D-O and the like) and no path of somebody's machine is named."""
    pattern = re.compile(r"\b(?:" + "|".join(WORDS) + r")\b")
    for file in tree.files:
        for number, line in enumerate(file.lines, 1):
            found = pattern.search(line)
            if found:
                yield file, number, f"{found.group()}: finish it, or file an issue"
            for path in MACHINE_PATHS:
                if path in line:
                    yield file, number, f"{path} is a path of one machine"


def headers_of_files(tree):
    """Every C file opens with a comment that begins with its name."""
    for file in tree.c:
        if not re.match(rf"/\* {re.escape(file.name)}\b[ :-]", file.text):
            yield file, 1, f'the file must open with "/* {file.name} - …"'


# --- NOTIFY (R5) ----------------------------------------------------------------------------------

BELL = re.compile(r"\bpg_notify\b|\bchat\.ring\s*\(|(?:^|;)\s*NOTIFY\s", re.MULTILINE)
# One SELECT that touches nothing: pg_notify or chat.ring of parameters, for many payloads over an
# unnest of a parameter.
LONE_BELL = re.compile(
    r"\s*SELECT\s+(?:(?:pg_catalog\.)?pg_notify|chat\.ring)\s*\([^()]*\)"
    r"(?:\s+FROM\s+unnest\s*\(\s*\$\d+(?:::text\[\])?\s*\)(?:\s+AS)?(?:\s+\w+)?)?\s*;?\s*",
    re.DOTALL)
RING_TOUCHES = re.compile(r"\b(?:FROM\s+chat\.|INSERT|UPDATE|DELETE|MERGE|LOCK|PERFORM\s+chat\.)",
                          re.IGNORECASE)
CREATE_FUNCTION = re.compile(r"CREATE\s+(?:OR\s+REPLACE\s+)?(?:FUNCTION|PROCEDURE)\s+([\w.]+)",
                             re.IGNORECASE)


def strip_sql(text):
    """SQL without comments, on the same lines."""
    return re.sub(r"--[^\n]*|/\*.*?\*/", lambda m: blank(m.group()), text, flags=re.DOTALL)


def sql_functions(text):
    """(name, offset, text up to the next function) of each CREATE FUNCTION."""
    starts = list(CREATE_FUNCTION.finditer(text))
    for i, match in enumerate(starts):
        end = starts[i + 1].start() if i + 1 < len(starts) else len(text)
        yield match.group(1), match.start(), text[match.start():end]


def notify_alone(tree):
    """A text that rings rings only (R5): pg_notify shares its statement with nothing."""
    for file in tree.under("src", "ws-gateway"):
        for line, text in file.strings if file.path.endswith(".c") else ():
            if BELL.search(text) and not LONE_BELL.fullmatch(text):
                yield file, line, "a text with NOTIFY holds nothing else: it locks until the commit"


def notify_in_schema(tree):
    """In the schema only chat.ring rings, it touches no table, and no function calls it."""
    for file in tree.under("schema"):
        if not file.path.endswith(".sql"):
            continue
        text = strip_sql(file.text)
        inside = []
        for name, start, body in sql_functions(text):
            inside.append((start, start + len(body)))
            if name == "chat.ring":
                if RING_TOUCHES.search(body):
                    yield file, file.line_at(start), "chat.ring touches a table"
            else:
                for match in BELL.finditer(body):
                    line = file.line_at(start + match.start())
                    yield file, line, f"{name} rings: only chat.ring may"
        for match in re.finditer(r"\bpg_notify\b|(?:^|;)\s*NOTIFY\s", text, re.MULTILINE):
            if not any(a <= match.start() < b for a, b in inside):
                yield file, file.line_at(match.start()), "NOTIFY outside chat.ring"


def bell_builders(tree):
    """The store's functions that build the call of a statement that rings."""
    statements = set()
    for file in tree.under("src"):
        if file.path.endswith(".c"):
            for match in re.finditer(r"struct cs_stmt (\w+) = \{(.*?)\n\};", file.text, re.DOTALL):
                if BELL.search(match.group(2)):
                    statements.add(match.group(1))
    for file in tree.under("src"):
        for f in file.functions if file.path.endswith(".c") else ():
            if any(re.search(rf"cs_call_init\s*\([^;]*&{s}\b", f.body) for s in statements):
                yield f.name


def notify_segment(tree):
    """A call that rings is the only one of its segment: an end before it and behind it."""
    builders = "|".join(sorted(set(bell_builders(tree))))
    if not builders:
        return
    for file in tree.under("src", "ws-gateway"):
        for f in file.functions if file.path.endswith(".c") else ():
            for match in re.finditer(rf"\b(?:{builders})\s*\(\s*&?([\w.>\-\[\]]+)", f.body):
                for message in judge_segment(f.body, match.group(1)):
                    yield file, f.line, f"{f.name}: {message}"


def judge_segment(body, call):
    """What is wrong with how the function sends this call."""
    steps = re.findall(r"\b(cs_db_send|cs_db_end|cs_db_begin|cs_db_recv|cs_db_finish|"
                       r"cs_dbc_submit)\s*\(([^;]*)", body)
    mine = re.compile(rf"(?<![\w.>]){re.escape(call)}\b")
    for i, (verb, arguments) in enumerate(steps):
        if verb == "cs_dbc_submit" and mine.search(arguments):
            count = [a.strip() for a in arguments.split(",")][2:3]
            if count != ["1"]:
                yield "the bell is submitted together with another call"
        if verb == "cs_db_send" and mine.search(arguments):
            if i and steps[i - 1][0] == "cs_db_send":
                yield "the bell is sent into the segment of the call before it: cs_db_end first"
            if i + 1 == len(steps) or steps[i + 1][0] != "cs_db_end":
                yield "the bell's segment is not ended behind it: cs_db_end next"


# --- SQL files and scripts ------------------------------------------------------------------------

TRANSACTION = re.compile(r"(?:^|;)\s*(BEGIN|COMMIT|ROLLBACK|START\s+TRANSACTION)\b", re.IGNORECASE)


def migrations(tree):
    """Migrations are NNNN_name.sql and leave the transaction to chatspherectl."""
    for file in tree.under("schema/migrations"):
        if not re.fullmatch(r"\d{4}_[a-z0-9_]+\.sql", file.name):
            yield file, 1, "a migration is called NNNN_name.sql"
    for file in tree.under("schema"):
        if not file.path.endswith(".sql"):
            continue
        outside = re.sub(r"\$(\w*)\$.*?\$\1\$", lambda m: blank(m.group()), strip_sql(file.text),
                         flags=re.DOTALL)
        for match in TRANSACTION.finditer(outside):
            line = file.line_at(match.start(1))
            yield file, line, f"{match.group(1)}: the file runs in a transaction already"


def shell_of(file):
    """sh or bash for a script, None for anything else."""
    first = file.lines[0] if file.lines else ""
    match = re.match(r"#!\s*/(?:usr/)?bin/(?:env\s+)?(sh|bash)\b|# shellcheck shell=(sh|bash)",
                     first)
    if match:
        return match.group(1) or match.group(2)
    return "sh" if file.path.endswith(".sh") else None


def complaints(command, file):
    """(line, message) for what a checker prints in gcc's format, or as one block."""
    done = subprocess.run(command, cwd=file.root, capture_output=True, text=True, check=False)
    output = (done.stdout + done.stderr).strip()
    if done.returncode == 0:
        return
    parsed = re.findall(r"^[^\n:]+:(\d+):\d+: (.*)$", output, re.MULTILINE)
    for line, message in parsed:
        yield int(line), message
    if not parsed:
        yield 1, output or f"{command[0]} exits with {done.returncode}"


def shell_scripts(tree):
    """Shell scripts parse, and please shellcheck where it is installed."""
    for file in tree.files:
        shell = shell_of(file)
        if not shell:
            continue
        if shutil.which(shell):
            for line, message in complaints([shell, "-n", file.path], file):
                yield file, line, message
        if shutil.which("shellcheck"):
            command = ["shellcheck", "-x", "-f", "gcc", "-s", shell, file.path]
            for line, message in complaints(command, file):
                yield file, line, message


def names_of_tests(tree):
    """No two files of tests in Python have one name: pytest would read the first of them for both."""
    seen = {}
    for file in tree.under("tests"):
        if file.path.endswith(".py") and file.name != "conftest.py" and file.directory != "tests/lint":
            if file.name in seen:
                yield file, 1, f"{seen[file.name]} has the same name"
            seen.setdefault(file.name, file.path)


ALL = [owners, layers, no_blocking_in_gateway, pure_hub, sizes, distribution, refused_calls,
       no_typedef_struct, words, headers_of_files, notify_alone, notify_in_schema, notify_segment,
       migrations, shell_scripts, names_of_tests]
