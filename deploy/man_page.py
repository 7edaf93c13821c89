"""Writes a man page: the template with the usage and the options that the program tells.

Usage: man_page.py PROGRAM TEMPLATE DATE > PAGE
"""

import sys
from pathlib import Path

from options_of import help_of


def roff(text):
    return text.replace("\\", r"\e").replace("-", r"\-").replace("'", r"\(aq")


def paragraph(text):
    """A line of text must not begin as a request does."""
    return r"\&" + roff(text) if text[:1] in ".'" else roff(text)


def synopsis(usage):
    lines = []
    for line in usage.splitlines():
        name, _, rest = line.partition(" ")
        lines += [f".B {roff(name)}", paragraph(rest), ".br"]
    return "\n".join(lines[:-1])


def option(one):
    names = ", ".join(rf"\fB{roff(name)}\fR" for name in one.names)
    value = rf" \fI{roff(one.value)}\fR" if one.value else ""
    sentence = one.help[:1].upper() + one.help[1:]
    return f".TP\n{names}{value}\n{paragraph(sentence)}."


def options(told):
    lines = []
    for group in told.groups:
        lines.append(f".SS {roff(group)}")
        lines += [option(one) for one in told.options if one.group == group]
    return "\n".join(lines)


def main(program, template, date):
    told = help_of(program)
    page = Path(template).read_text(encoding="utf-8")
    for name, text in (("DATE", date), ("SYNOPSIS", synopsis(told.usage)), ("OPTIONS", options(told))):
        page = page.replace(f"@{name}@", text)
    sys.stdout.write(page)


if __name__ == "__main__":
    main(*sys.argv[1:])
