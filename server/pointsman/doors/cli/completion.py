"""``pointsman completion``: a script for the operator's shell, made from the table of commands."""

from collections.abc import Iterator

from pointsman.doors.cli.command import VERDICTS, Argument, Command
from pointsman.doors.cli.commands import COMMANDS
from pointsman.doors.cli.run import DONE, Invocation

COMMON = ("--repository", "--json", "--help")
_CHUNKS = "${POINTSMAN_CHUNKS:-docs/chunks}"


def completion(invocation: Invocation) -> int:
    print({"bash": bash, "zsh": zsh, "fish": fish}[invocation.given["shell"]](), end="")
    return DONE


def options(command: Command) -> tuple[str, ...]:
    """All options of a subcommand, as they are typed."""
    own = (name for a in command.arguments for name in a.names if name.startswith("-"))
    return (*own, *COMMON)


def words(command: Command) -> tuple[str, ...]:
    """The fixed words that a subcommand's arguments may be."""
    fixed = tuple(str(c) for a in command.arguments for c in a.keywords.get("choices", ()))
    return (*fixed, *VERDICTS) if command.name == "verdict" else fixed


def takes_chunks(command: Command) -> bool:
    """Whether it is given units or chunks, whose names are folders."""
    return any(_is_chunk(argument) for argument in command.arguments)


def _is_chunk(argument: Argument) -> bool:
    return "CHUNK" in str(argument.keywords.get("metavar", "")) or argument.name in ("unit", "pair")


def bash() -> str:
    cases = "\n".join(
        f"        {c.name}) words='{' '.join((*words(c), *options(c)))}'"
        f"{'; chunks=1' if takes_chunks(c) else ''} ;;"
        for c in COMMANDS
    )
    return f"""_pointsman() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} command='' before='' word words chunks='' folder
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case $before/$word in --repository/*|*/-*) ;; *) command=$word; break ;; esac
        before=$word
    done
    case $command in
        '') words='{" ".join((*(c.name for c in COMMANDS), *COMMON))}' ;;
{cases}
    esac
    if [ -n "$chunks" ]; then
        for folder in {_CHUNKS}/*/; do
            [ -d "$folder" ] && folder=${{folder%/}} && words="$words ${{folder##*/}}"
        done
    fi
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o default -F _pointsman pointsman
"""


def zsh() -> str:
    described = "\n".join(f"        {_quoted(f'{c.name}:{c.help}')}" for c in COMMANDS)
    cases = "\n".join(
        f"        {c.name}) offered=({' '.join((*words(c), *options(c)))})"
        f"{'; chunks=1' if takes_chunks(c) else ''} ;;"
        for c in COMMANDS
    )
    return f"""#compdef pointsman
_pointsman() {{
    local -a commands offered
    local chunks=
    commands=(
{described}
    )
    if (( CURRENT == 2 )); then
        _describe command commands
        return
    fi
    case $words[2] in
{cases}
    esac
    [[ -n $chunks ]] && offered+=({_CHUNKS}/*(N/:t))
    compadd -a offered
    _files
}}
compdef _pointsman pointsman
"""


def fish() -> str:
    return "\n".join(_fish()) + "\n"


def _fish() -> Iterator[str]:
    first = "not __fish_seen_subcommand_from " + " ".join(c.name for c in COMMANDS)
    for command in COMMANDS:
        seen = f"-n '__fish_seen_subcommand_from {command.name}'"
        help = _quoted(command.help)
        yield f"complete -c pointsman -f -n '{first}' -a {command.name} -d {help}"
        for word in words(command):
            yield f"complete -c pointsman {seen} -a {word}"
        for option in options(command):
            kind = "-l" if option.startswith("--") else "-s"
            yield f"complete -c pointsman {seen} {kind} {option.lstrip('-')}"
        if takes_chunks(command):
            folders = "(path basename docs/chunks/*/ 2>/dev/null)"
            yield f"complete -c pointsman {seen} -a {_quoted(folders)}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
