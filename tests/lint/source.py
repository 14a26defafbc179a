"""source.py: the files of the tree, and C read closely enough for the rules of lint.py.

No parser: clang-format's layout makes a function's braces stand alone at the margin, which is all
that measuring needs. Comments and strings are told apart exactly, so that no rule trips over a word
in one.
"""

import os
import re
from functools import cached_property
from pathlib import Path

# What is ours; everything else in a checkout is generated, or somebody's build directory.
TOP_FILES = ("README.md", "configure.ac", "Makefile.am", ".clang-format", ".editorconfig",
             ".gitignore")
TOP = ("src", "ws-gateway", "schema", "web", "tests", "deploy", "doc", ".ci")
SKIP_DIRS = {"__pycache__", ".pytest_cache", ".hypothesis", "node_modules"}
TEXT = {".c", ".h", ".py", ".sql", ".sh", ".js", ".mjs", ".css", ".html", ".in", ".inc", ".md",
        ".ac", ".am", ".yaml", ".json", ".txt", ".example", ".conf", ".service", ""}

TOKEN = re.compile(
    r"""/\*.*?\*/ | //[^\n]* | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'""", re.DOTALL | re.VERBOSE)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+([<"])([^>"\n]+)[>"]', re.MULTILINE)
ATTRIBUTE = re.compile(r"__attribute__\s*\(\(.*?\)\)+")


def blank(text):
    """The same lines and columns, with nothing on them."""
    return re.sub(r"[^\n]", " ", text)


class Function:
    """A function's definition: name, first line, lines with its signature, and its body."""

    def __init__(self, name, line, lines, body):
        self.name, self.line, self.lines, self.body = name, line, lines, body


class Source:
    """One text file of the tree; `path` is relative to the root and has slashes."""

    def __init__(self, root, path):
        self.root, self.path = root, path

    @property
    def name(self):
        return self.path.rpartition("/")[2]

    @property
    def directory(self):
        return self.path.rpartition("/")[0]

    @property
    def is_c(self):
        return self.path.endswith((".c", ".h"))

    @cached_property
    def text(self):
        return (Path(self.root) / self.path).read_text(encoding="utf-8")

    @cached_property
    def lines(self):
        return self.text.splitlines()

    @cached_property
    def code(self):
        """C without comments; what is in quotes is blanked, the quotes stay."""

        def replace(match):
            token = match.group()
            if token[0] == "/":
                return blank(token)
            return token[0] + blank(token[1:-1]) + token[-1]

        return TOKEN.sub(replace, self.text)

    @cached_property
    def includes(self):
        """(line, "<" or '"', name) of each #include."""

        def uncomment(match):
            return blank(match.group()) if match.group()[0] == "/" else match.group()

        found = INCLUDE.finditer(TOKEN.sub(uncomment, self.text))
        return [(self.line_at(m.start()), m.group(1), m.group(2)) for m in found]

    @cached_property
    def strings(self):
        """(line, text) of each string literal; adjacent ones are one, as the compiler has it. A
        macro between two literals ends neither (it is a literal itself, elsewhere)."""
        found, last_end = [], -1
        for match in TOKEN.finditer(self.text):
            token = match.group()
            if token[0] != '"':
                continue
            value = token[1:-1].replace('\\n', "\n").replace('\\"', '"').replace("\\\\", "\\")
            between = self.code[last_end:match.start()] if last_end >= 0 else ";"
            if re.fullmatch(r"[\s\\A-Z0-9_]*", between):
                found[-1][1] += value
            else:
                found.append([self.line_at(match.start()), value])
            last_end = match.end()
        return [tuple(pair) for pair in found]

    @cached_property
    def functions(self):
        """The definitions in a C file, in order."""
        found, lines, start = [], self.code.split("\n"), None
        for number, line in enumerate(lines):
            if line.startswith("{"):
                start = number
            elif line.startswith("}") and start is not None:
                first = start
                while first and lines[first - 1].strip() and lines[first - 1][0] not in "#}":
                    first -= 1
                signature = ATTRIBUTE.sub("", " ".join(lines[first:start]))
                name = re.search(r"(\w+)\s*\(", signature)
                if name:
                    body = "\n".join(lines[start:number + 1])
                    found.append(Function(name.group(1), first + 1, number + 1 - first, body))
                start = None
        return found

    def line_at(self, offset):
        return self.text.count("\n", 0, offset) + 1


class Tree:
    """All source files below a root."""

    def __init__(self, root):
        self.root = Path(root)
        self.files = [Source(self.root, path) for path in sorted(self._walk())]

    def _walk(self):
        yield from (name for name in TOP_FILES if (self.root / name).is_file())
        for top in TOP:
            for folder, names, files in os.walk(self.root / top):
                names[:] = [n for n in names if n not in SKIP_DIRS]
                for file in files:
                    path = Path(folder) / file
                    if self._is_text(path):
                        yield path.relative_to(self.root).as_posix()

    @staticmethod
    def _is_text(path):
        if path.suffix not in TEXT or not path.is_file():
            return False
        return b"\0" not in path.read_bytes()[:4096]

    @property
    def c(self):
        return [f for f in self.files if f.is_c]

    def under(self, *tops):
        return [f for f in self.files if f.path.startswith(tuple(t + "/" for t in tops))]

    def home_of(self, header, near):
        """The directory of ours that a quoted include comes from, that of the including file `near`
        first, as the compiler has it; None when it is not ours."""
        homes = [f.directory for f in self.files if f.path.endswith("/" + header)]
        return near.directory if near.directory in homes else next(iter(homes), None)
