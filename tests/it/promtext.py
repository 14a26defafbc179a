"""A strict reader of the Prometheus text format 0.0.4: what a scrape holds, or a complaint.

Stricter than Prometheus: HELP and TYPE stand before a metric's samples, once; its samples stand together;
no series comes twice; labels are quoted as the format says; a histogram's buckets only grow, end with +Inf
and agree with its count; what is a counter is called so.
"""

import math
import re

TYPE = "text/plain; version=0.0.4; charset=utf-8"
NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,(?!$)|$)')
SAMPLE = re.compile(rf"({NAME})(?:\{{(.+)\}})? ([0-9.e+-]+|\+Inf|NaN)")
COMMENT = re.compile(rf"# (HELP|TYPE) ({NAME}) (.+)")
PARTS = ("_bucket", "_sum", "_count")


class Malformed(AssertionError):
    """A line, or what the lines say together, is not in the format."""


def expect(condition, what):
    if not condition:
        raise Malformed(what)


def labels_of(text):
    found, at = {}, 0
    while at < len(text):
        match = LABEL.match(text, at)
        expect(match, f"labels {text!r}")
        expect(match[1] not in found, f"a label twice: {text!r}")
        found[match[1]] = match[2]
        at = match.end()
    return found


class Metrics:
    """A scrape. one(name, **labels) is the value of that series, 0 when there is none."""

    def __init__(self, text):
        self.types, self.helps, self.series = {}, {}, {}
        self.now = None  # the metric whose samples stand here
        expect(text.endswith("\n"), "no end of line at the end")
        for line in text[:-1].split("\n"):
            comment = COMMENT.fullmatch(line)
            if comment:
                self._comment(*comment.groups())
            else:
                self._sample(line)
        for name, kind in self.types.items():
            expect(name in self.helps, f"no HELP of {name}")
            expect((kind == "counter") == name.endswith("_total"), f"{name} is a {kind}")
            if kind == "histogram":
                self._check_histogram(name)

    def _comment(self, what, name, text):
        known = self.helps if what == "HELP" else self.types
        expect(name not in known, f"{what} of {name} twice")
        expect(not any(series[0] == name for series in self.series), f"{what} of {name} behind its samples")
        if what == "TYPE":
            expect(text in ("counter", "gauge", "histogram"), f"TYPE {text}")
            self.now = name
        known[name] = text

    def _sample(self, line):
        match = SAMPLE.fullmatch(line)
        expect(match, f"a line: {line!r}")
        name, labels, value = match[1], labels_of(match[2] or ""), float(match[3])
        base = self.now or ""
        parts = [base + part for part in PARTS] if self.types.get(base) == "histogram" else [base]
        expect(name in parts, f"{name} stands among the samples of {base}")
        expect(("le" in labels) == name.endswith("_bucket"), f"le: {line}")
        key = (name, frozenset(labels.items()))
        expect(key not in self.series, f"a series twice: {line}")
        expect(value >= 0, f"below 0: {line}")
        self.series[key] = value

    def _check_histogram(self, name):
        rows = {}
        for (metric, labels), value in self.series.items():
            if metric == f"{name}_bucket":
                rest = frozenset(pair for pair in labels if pair[0] != "le")
                rows.setdefault(rest, []).append((float(dict(labels)["le"].replace("+Inf", "inf")), value))
        for labels, buckets in rows.items():
            expect(buckets == sorted(buckets), f"buckets of {name} out of order")
            expect([n for _, n in buckets] == sorted(n for _, n in buckets), f"buckets of {name} are not summed up")
            expect(buckets[-1][0] == math.inf, f"{name} has no +Inf")
            expect(buckets[-1][1] == self.series[f"{name}_count", labels], f"the count of {name}")
            expect((f"{name}_sum", labels) in self.series, f"no sum of {name}")

    def one(self, name, **labels):
        return self.series.get((name, frozenset(labels.items())), 0)

    def sum(self, name, **labels):
        """Over all series that have these labels."""
        wanted = set(labels.items())
        return sum(value for (metric, has), value in self.series.items() if metric == name and wanted <= has)
