"""The options of a program as its --help tells them: the one source of man pages and completions."""

import re
import subprocess
from dataclasses import dataclass, field

# "  -i, --interface IFACE          capture here". A value has a capital in it, or is a choice: on|off.
OPTION = re.compile(
    r"^ {2,6}(?P<names>-[^\s,]+(?:, --\S+)?)(?: (?P<value>(?=\S*[A-Z|])\S+))?(?: +(?P<help>\S.*))?$")
CONTINUATION = re.compile(r"^ {20,}(?P<help>\S.*)$")
GROUP = re.compile(r"^(\S.*):$")
CHOICES = re.compile(r"\b((?:[a-z_]+, )*[a-z_]+) or ([a-z_]+)(?= \[|[;,.]|$)")


@dataclass
class Option:
    names: list
    value: str
    group: str
    help: str

    @property
    def choices(self):
        """The words that it takes where its help lists them: "report as table, json or csv"."""
        if "|" in self.value:
            return [word for word in self.value.split("|") if word.islower()]
        found = CHOICES.search(self.help.split(" as ")[-1]) if self.value != "FILE" else None
        return [*found[1].split(", "), found[2]] if self.value and found else []

    @property
    def takes_file(self):
        return "FILE" in self.value.split("|")


@dataclass
class Help:
    summary: str
    usage: str
    options: list = field(default_factory=list)

    @property
    def groups(self):
        return list(dict.fromkeys(option.group for option in self.options))


def parse(text):
    lines = text.splitlines()
    told = Help(lines[0], "\n".join(re.findall(r"^(?:Usage:| {6,}(?=closewatch)) *(.*)$", text, re.M)))
    group = None
    for line in lines:
        if heading := GROUP.match(line):
            group = heading[1]
        elif group and (more := CONTINUATION.match(line)):
            told.options[-1].help += " " + more["help"]
        elif group and (found := OPTION.match(line)):
            told.options.append(
                Option(found["names"].split(", "), found["value"] or "", group, found["help"] or ""))
        elif group and line:
            raise ValueError(f"This line of the help is no option: {line}")
    if not told.options:
        raise ValueError("The help lists no option.")
    return told


def help_of(program):
    return parse(subprocess.run([program, "--help"], check=True, capture_output=True, text=True).stdout)
