"""What is demanded of deploy/container: rules over the Containerfile and the compose file.

There is no container engine where the tests run, so nothing here builds or starts an image. A rule is a generator
of sentences about what breaks it; its docstring is the rule. `docker-compose config` holds the compose file
against Compose's own schema.
"""

import re
import shlex
from fnmatch import fnmatch

INSTRUCTIONS = {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "ARG", "USER", "ENTRYPOINT", "CMD", "HEALTHCHECK", "EXPOSE",
                "STOPSIGNAL", "LABEL", "VOLUME", "SHELL"}
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|PRIVATE|CREDENTIAL(?!S_DIRECTORY)|_KEY\b")


class Containerfile:
    """Instructions as (word, rest) and stages as lists of them, the first of each a FROM."""

    def __init__(self, text):
        lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
        logical = "\n".join(lines).replace("\\\n", " ").splitlines()
        self.instructions = [tuple(line.split(None, 1)) for line in logical]
        self.stages = []
        for word, rest in self.instructions:
            if word == "FROM":
                self.stages.append([])
            if self.stages:
                self.stages[-1].append((word, rest))

    @property
    def names(self):
        return [stage[0][1].split()[-1] for stage in self.stages]

    def of(self, name, word):
        """What an instruction says, or has been told by the stages below."""
        stage = self.stages[self.names.index(name)]
        said = [rest for kind, rest in stage if kind == word]
        base = stage[0][1].split()[0]
        return said or (self.of(base, word) if base in self.names and base != name else [])


# --- the Containerfile --------------------------------------------------------------------------------


def known_instructions(file, tree):
    """Only instructions that every builder knows; ADD is not one, for it fetches and unpacks unasked."""
    for word, _ in file.instructions:
        if word not in INSTRUCTIONS:
            yield f"{word} is not known"


def pinned_bases(file, tree):
    """A stage begins with another one, or with an image of a named release."""
    for index, stage in enumerate(file.stages):
        base = stage[0][1].split()[0]
        if base not in file.names[:index] and not re.fullmatch(r"[a-z/.]+:[a-z0-9.-]*[a-z0-9]", base) or "latest" in base:
            yield f"{base} is no release"


def sources_exist(file, tree):
    """What is copied is in the source tree, or made by an earlier stage."""
    for _, rest in (line for line in file.instructions if line[0] == "COPY"):
        words = shlex.split(rest)
        options = [word for word in words if word.startswith("--")]
        made_by = [word.split("=")[1] for word in options if word.startswith("--from=")]
        for source in words[len(options):-1]:
            if made_by and made_by[0] not in file.names:
                yield f"there is no stage {made_by[0]}"
            elif not made_by and not (tree / source).exists():
                yield f"{source} is not in the tree"


def whole_tree(file, tree):
    """What the tarball needs is copied: every entry of the top that is committed."""
    copied = {word for kind, rest in file.instructions if kind == "COPY" for word in shlex.split(rest)}
    for makefile in tree.glob("*/Makefile.inc"):
        if makefile.parent.name not in copied:
            yield f"{makefile.parent.name} is not copied"


def no_secrets(file, tree):
    """An image holds no secret: whoever has it could read it."""
    for word, rest in file.instructions:
        if word in ("ENV", "ARG") and SECRET.search(rest):
            yield f"{word} {rest.split('=')[0]}"


def small_layers(file, tree):
    """What apt leaves behind is removed in the layer that made it, and it takes no recommendations."""
    for _, rest in (line for line in file.instructions if line[0] == "RUN" and "apt-get" in line[1]):
        if not re.search(r"rm -rf [^&]*/var/lib/apt/lists", rest) or "--no-install-recommends" not in rest:
            yield rest[:60]


def services_only(file, tree):
    """Every image that is started runs as somebody, not as root, and says how to ask for its health."""
    for name in file.names[1:]:
        if file.of(name, "USER")[-1:] in ([], ["root"], ["0"]):
            yield f"{name} runs as root"
        for word in ("HEALTHCHECK", "ENTRYPOINT"):
            if not file.of(name, word):
                yield f"{name} has no {word}"


FILE_RULES = [known_instructions, pinned_bases, sources_exist, whole_tree, no_secrets, small_layers, services_only]


# --- the compose file ---------------------------------------------------------------------------------


def pinned_images(compose, file):
    """An image has a version; one that is built is a stage of the Containerfile."""
    for name, service in compose["services"].items():
        if not re.fullmatch(r"[a-z-]+:\d[\w.-]*", service.get("image", "")):
            yield f"{name}: {service.get('image')} has no version"
        if "build" in service and service["build"]["target"] not in file.names:
            yield f"{name}: no stage {service['build']['target']}"


def confined(compose, file):
    """Nothing can be written but volumes, no privilege is kept that is not named, none can be had."""
    for name, service in compose["services"].items():
        if not service.get("read_only") or service.get("cap_drop") != ["ALL"]:
            yield f"{name} keeps too much"
        if "no-new-privileges:true" not in service.get("security_opt", []):
            yield f"{name} may get new privileges"
        if service.get("privileged") or service.get("network_mode") or service.get("pid"):
            yield f"{name} shares the host's"


def healthy(compose, file):
    """What goes on running can be asked for its health, and is started again; the rest waits for that."""
    for name, service in compose["services"].items():
        if service["restart"] != "no" and "healthcheck" not in service:
            yield f"{name} has no healthcheck"
        for other, how in service.get("depends_on", {}).items():
            wanted = "completed_successfully" if compose["services"][other]["restart"] == "no" else "healthy"
            if how["condition"] != f"service_{wanted}":
                yield f"{name} does not wait until {other} is {wanted}"


def one_door(compose, file):
    """The web server alone can be reached from outside, and the others cannot reach out."""
    for name, service in compose["services"].items():
        networks = service.get("networks", ["default"])
        outward = [n for n in networks if not compose.get("networks", {}).get(n, {}).get("internal")]
        if name != "web" and (service.get("ports") or outward):
            yield f"{name} has a door of its own"


def no_written_secrets(compose, file):
    """Secrets are files; none stands in the environment."""
    for name, service in compose["services"].items():
        for key in service.get("environment", {}):
            if SECRET.search(key) and not key.endswith("_FILE"):
                yield f"{name}: {key}"
        for secret in service.get("secrets", []):
            if "file" not in compose["secrets"].get(secret, {}):
                yield f"{name}: {secret} is no file"


def owners_things_stay_with_the_owner(compose, file):
    """The owner's volume and the superuser's password are for setup and the database alone."""
    for name, service in compose["services"].items():
        if any(fnmatch(volume, "owner:*") for volume in service.get("volumes", [])) and name != "setup":
            yield f"{name} has the owner's volume"
        if service.get("secrets") and name not in ("setup", "postgres"):
            yield f"{name} is given a secret"


COMPOSE_RULES = [pinned_images, confined, healthy, one_door, no_written_secrets, owners_things_stay_with_the_owner]
