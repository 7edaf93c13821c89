"""Writes the completion of a program's options for a shell.

Usage: completions.py PROGRAM bash|zsh > FILE
"""

import re
import sys
from pathlib import Path

from options_of import help_of


def bash_command(one):
    """Prints what may stand for the option's value; nothing when anyone's guess is as good."""
    commands = []
    if one.value == "IFACE":
        commands.append('compgen -W "any $(ls /sys/class/net)" -- "$word"')
    if one.choices:
        words = " ".join(one.choices)
        commands.append(f'compgen -W "{words}" -- "$word"')
    if one.takes_file:
        commands.append('compgen -f -- "$word"')
    return "; ".join(commands) or ":"


def bash_case(one):
    filenames = "compopt -o filenames 2>/dev/null; " if one.takes_file else ""
    names = "|".join(one.names)
    return f"    {names}) {filenames}mapfile -t COMPREPLY < <({bash_command(one)}) ;;"


def bash(name, told):
    function = "_" + name.replace("-", "_")
    names = " ".join(one for option in told.options for one in option.names)
    cases = "\n".join(bash_case(one) for one in told.options if one.value)
    return f"""# {name}(8) completion                                     -*- shell-script -*-

{function}() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}}
  # --option=value is three words here.
  if [[ $word == = ]]; then word=; fi
  if [[ $before == = ]]; then before=${{COMP_WORDS[COMP_CWORD - 2]}}; fi
  COMPREPLY=()
  case $before in
{cases}
    *) if [[ $word == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "{names}" -- "$word"); fi ;;
  esac
}} && complete -F {function} {name}
"""


def zsh_value(one):
    # ":message:action"; a colon within either is escaped. A space before it keeps zsh from adding words.
    message = one.value.lower().replace(":", r"\:")
    words = " ".join(one.choices)
    action = " "
    if one.value == "IFACE":
        action = "_net_interfaces"
    elif one.takes_file:
        action = rf" _alternative words\:word\:'({words})' files\:file\:_files" if words else "_files"
    elif words:
        action = f"({words})"
    return f":{message}:{action}" if one.value else ""


def zsh_option(one):
    """A spec of _arguments, any number of times: each option may be repeated."""
    help = re.sub(r"([\[\]\\])", r"\\\1", one.help)
    names = [name + "=" * bool(one.value and name.startswith("--")) for name in one.names]
    either = "{" + ",".join(names) + "}" if len(names) > 1 else names[0]
    spec = f"[{help}]{zsh_value(one)}".replace("'", r"'\''")
    return f"  '*'{either}'{spec}'"


def zsh(name, told):
    specs = [zsh_option(one) for one in told.options]
    if "filter expression" in told.usage:
        specs.append("  '*:filter expression: '")
    return f"#compdef {name}\n\n_arguments -s -S \\\n" + " \\\n".join(specs) + "\n"


def main(program, shell):
    write = {"bash": bash, "zsh": zsh}[shell]
    sys.stdout.write(write(Path(program).name, help_of(program)))


if __name__ == "__main__":
    main(*sys.argv[1:])
