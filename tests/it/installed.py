"""What is installed, and where, when the prefix is /usr: the list that `make install` and the package are held against."""

from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]

PROGRAMS = {"chatsphere-api", "chatsphere-gateway", "chatspherectl"}
SCRIPTS = {"usr/share/chatsphere/rolling-restart"}
PAGES = {"man5/chatsphere.env.5", "man8/chatsphere-api.8", "man8/chatsphere-gateway.8", "man8/chatspherectl.8"}
PAPERS = {"README.md", "operating.md", "chatsphere.env.example", "errors.txt", "metrics-api.txt", "metrics-gateway.txt",
          "operations.txt", "routes.txt", "statements.txt"}
SYSTEMD = {"sysusers.d/chatsphere.conf", "tmpfiles.d/chatsphere.conf", *(f"systemd/system/{name}" for name in (
    "chatsphere-api.socket", "chatsphere-api@.service", "chatsphere-auth.socket", "chatsphere-auth@.service",
    "chatsphere-gateway@.service", "chatsphere-migrate.service", "chatsphere.target", "system-chatsphere_auth.slice"))}


# Of each web server's templates: what an operator includes, or copies and edits.
WEB_SERVERS = {
    "nginx/chatsphere.conf", "nginx/front.conf", "nginx/tls.conf", "apache/chatsphere.conf", "apache/site.conf",
    *(f"lighttpd/{name}" for name in ("chatsphere.conf", "front.conf", "tls.conf", "redirect.lua", "request.lua", "response.lua")),
    *(f"apache/{status}.asis" for status in (400, 404, 405, 413, 503)),
}


def files_below(root):
    return {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir()}


def sources(folder, *patterns):
    """What of a folder of the source is installed as it is."""
    found = {str(path.relative_to(SOURCE)) for pattern in patterns for path in (SOURCE / folder).rglob(pattern)}
    return {f"usr/share/chatsphere/{name}" for name in found}


def installed():
    """The whole tree, relative to the root."""
    return {
        *(f"usr/bin/{name}" for name in PROGRAMS),
        *(f"usr/lib/{name}" for name in SYSTEMD),
        *(f"usr/share/man/{name}" for name in PAGES),
        *(f"usr/share/doc/chatsphere/{name}" for name in PAPERS),
        *(f"usr/share/chatsphere/{name}" for name in WEB_SERVERS),
        *SCRIPTS,
        *sources("schema", "*.sql", "*.yaml"),
        *sources("web", "*.js", "*.css", "*.svg", "*.html", "package.json"),
    }
