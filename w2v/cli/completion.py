"""The command `w2v completion`: scripts that complete the commands in bash, zsh and fish.

They are made of the commands' own options, once, and start nothing when a key is pressed: Python
takes longer than a person waits. C_TOOLS are those whose options are as the C tools have them.
"""

import argparse
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

from .fasttext import TRAINED
from .fasttext_options import OPTIONS as FASTTEXT_OPTIONS
from .fasttext_queries import N_ARGUMENTS
from .word2phrase import OPTIONS as WORD2PHRASE_OPTIONS
from .word2vec import WORD2VEC_OPTIONS

# Their options and what these mean.
C_TOOLS: dict[str, dict[str, str]] = {
    "word2vec": {name: option.meaning for name, option in WORD2VEC_OPTIONS.items()},
    "word2phrase": {name: option.meaning for name, option in WORD2PHRASE_OPTIONS.items()},
    "distance": {},
    "word-analogy": {},
    "compute-accuracy": {},
    "fasttext": {f"-{name}": option.meaning for name, option in FASTTEXT_OPTIONS.items() if name},
}
FASTTEXT_COMMANDS = (*TRAINED, *N_ARGUMENTS)

HOW = {
    "bash": 'eval "$(w2v completion bash)" in ~/.bashrc',
    "zsh": 'eval "$(w2v completion zsh)" in ~/.zshrc, after compinit',
    "fish": "w2v completion fish > ~/.config/fish/completions/w2v.fish",
}

# Completes words from a table of what may stand behind which words, and else names of files.
BASH = """\
_w2v_complete() {{
    local key=${{COMP_WORDS[0]##*/}} word=${{COMP_WORDS[COMP_CWORD]}} i words
    local before=${{COMP_WORDS[COMP_CWORD-1]}}
    for ((i = 1; i < COMP_CWORD; i++)); do
        case "$key ${{COMP_WORDS[i]}}" in
        {parents}) key="$key ${{COMP_WORDS[i]}}" ;;
        esac
    done
    case "$key:$before" in
{choices}
    *) case "$word:$key" in
{words}
        esac ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$word"))
    [ -n "$words" ] || COMPREPLY=($(compgen -f -- "$word"))
}}
complete -o filenames -F _w2v_complete {tools}
"""

ZSH = "autoload -U +X bashcompinit && bashcompinit\n"


# Whether the words before the cursor, options left out, are these.
FISH = """\
function __w2v_at
    set -l words (commandline -opc | string match -v -- '-*')
    string match -q -- $argv[1] "$words[2..-1]"
end
"""

# What may follow an option, None: anything; and what the option means.
Follow: TypeAlias = tuple[list[str] | None, str]
NOTHING: Follow = [], ""


class Place(NamedTuple):
    """Where something is completed: after which command, and what may stand there.

    `commands` have their meaning, `options` are by their names, none for what stands alone.
    """

    command: str
    commands: dict[str, str]
    options: dict[tuple[str, ...], Follow]


def add_completion_command(commands: Any, parser: argparse.ArgumentParser) -> None:
    """Add the command to those of argparse's `commands`, all of them under `parser`."""
    about = "print a script that completes commands and options in a shell"
    command = commands.add_parser(
        "completion",
        help=about,
        description=f"{about.capitalize()}, those of the C tools, too. For good: "
        + "; ".join(HOW.values()),
    )
    command.add_argument("shell", choices=sorted(HOW), metavar="SHELL", help=", ".join(HOW))
    command.set_defaults(run=lambda options: print(script(options.shell, parser), end=""))


def script(shell: str, parser: argparse.ArgumentParser) -> str:
    """Return the script for a shell that completes what the parser takes, and the C tools."""
    found = [*places(parser, parser.prog), *map(c_place, C_TOOLS)]
    if shell == "fish":
        return FISH + "".join(line + "\n" for place in found for line in fish_lines(place))
    return (ZSH if shell == "zsh" else "") + bash_script(found)


def places(parser: argparse.ArgumentParser, command: str) -> Iterator[Place]:
    """Yield a place for a command, and for each of the commands under it."""
    options: dict[tuple[str, ...], Follow] = {}
    under: dict[str, argparse.ArgumentParser] = {}
    about: dict[str, str] = {}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            under = dict(action.choices)
            about = {each.dest: each.help or "" for each in action._choices_actions}
        elif action.option_strings or action.choices:
            values = list(map(str, action.choices or ())) or None
            meaning = parser._get_formatter()._expand_help(action) if action.help else ""
            options[tuple(action.option_strings)] = values if action.nargs != 0 else [], meaning
    yield Place(command, {name: about.get(name, "") for name in under}, options)
    for name, each in under.items():
        yield from places(each, f"{command} {name}")


def c_place(tool: str) -> Place:
    """Return the place of a command whose options are as in C."""
    options: dict[tuple[str, ...], Follow] = {
        (name,): (None, meaning) for name, meaning in C_TOOLS[tool].items()
    }
    options |= {("--help",): ([], "show the options"), ("--version",): ([], "show the version")}
    return Place(tool, dict.fromkeys(FASTTEXT_COMMANDS, "") if tool == "fasttext" else {}, options)


def bash_script(found: list[Place]) -> str:
    choices, words = [], []
    for place in found:
        behind: dict[str, list[str]] = {}
        for names, (follow, _) in place.options.items():
            if names and follow != []:
                line = " ".join(follow or ())
                behind.setdefault(line, []).extend(f'"{place.command}:{name}"' for name in names)
        for line, patterns in behind.items():
            choices.append(f'    {" | ".join(patterns)}) words="{line}" ;;')
        options = [name for names in place.options for name in names]
        first = [*place.commands, *(place.options.get((), NOTHING)[0] or ())]
        words.append(f'        -*:"{place.command}") words="{" ".join(options)}" ;;')
        words.append(f'        *:"{place.command}") words="{" ".join(first)}" ;;')
    return BASH.format(
        parents=" | ".join(f'"{each.command}"' for each in found if " " in each.command),
        choices="\n".join(choices),
        words="\n".join(words),
        tools=" ".join(dict.fromkeys(each.command.split()[0] for each in found)),
    )


def fish_lines(place: Place) -> Iterator[str]:
    """Yield the lines of fish for one place; fish completes names of files by itself."""
    tool, *rest = place.command.split()
    start = f"complete -c {tool}"
    if rest or place.commands:
        start += f" -n \"__w2v_at '{' '.join(rest)}{'' if place.commands else '*'}'\""
    for name, about in place.commands.items():
        yield f"{start} -f -a {name} -d {quoted(about)}"
    for names, (follow, about) in place.options.items():
        line = " ".join([start, *map(flag, names)])
        if follow is None:
            line += " -r"
        elif follow:
            line += f" {'-x' if names else '-f'} -a {quoted(' '.join(follow))}"
        yield f"{line} -d {quoted(about)}"


def flag(name: str) -> str:
    """Return an option as fish is told of it: -s x, -l long, -o old-style.

    >>> flag("-o"), flag("--output"), flag("-train")
    ('-s o', '-l output', '-o train')
    """
    if name.startswith("--"):
        return f"-l {name[2:]}"
    return f"-s {name[1:]}" if len(name) == 2 else f"-o {name[1:]}"


def quoted(text: str) -> str:
    """Return text in one line, in the quotes of fish.

    >>> quoted("the king's\\ntea")
    "'the king\\\\'s tea'"
    """
    line = " ".join(text.split())
    return "'" + line.replace("\\", "\\\\").replace("'", "\\'") + "'"
