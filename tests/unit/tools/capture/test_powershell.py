"""The script for Windows, where no PowerShell is to be had: it parses, and calls what is documented with what that takes.

Parameters are those of Microsoft's reference (learn.microsoft.com, PowerShell 5.1: NetAdapter, NetLbfo, NetTCPIP, Hyper-V;
"pktmon start"; "netsh trace start"); the common ones are left out but for the one that is used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import flowmap.tools.capture

SCRIPT = Path(flowmap.tools.capture.__file__).parent / "scripts" / "windows.ps1"
CIM = "CimSession ThrottleLimit AsJob"
CMDLETS = {
    "Add-Type": "TypeDefinition Language MemberDefinition Namespace Name UsingNamespace Path LiteralPath AssemblyName PassThru "
    "ReferencedAssemblies OutputAssembly OutputType IgnoreWarnings CodeDomProvider CompilerParameters",
    "ConvertTo-Json": "InputObject Depth Compress",
    "Get-Command": "Name Verb Noun Module FullyQualifiedModule CommandType TotalCount Syntax ShowCommandInfo ArgumentList All "
    "ListImported ParameterName ParameterType ErrorAction",
    "Get-Date": "Date Year Month Day Hour Minute Second Millisecond DisplayHint Format UFormat",
    "Get-Item": "Path LiteralPath Filter Include Exclude Force Credential UseTransaction Stream",
    "Get-NetAdapter": f"Name InterfaceDescription InterfaceIndex IncludeHidden Physical {CIM}",
    "Get-NetAdapterRdma": f"Name InterfaceDescription IncludeHidden {CIM}",
    "Get-NetAdapterStatistics": f"Name InterfaceDescription IncludeHidden {CIM}",
    "Get-NetIPAddress": "IPAddress InterfaceIndex InterfaceAlias AddressFamily Type PrefixLength PrefixOrigin SuffixOrigin "
    f"AddressState ValidLifetime PreferredLifetime SkipAsSource PolicyStore AssociatedIPInterface "
    f"IncludeAllCompartments {CIM}",
    "Get-NetLbfoTeam": f"Name MemberOfTheTeam TeamNicForTheTeam {CIM}",
    "Get-NetLbfoTeamMember": f"Name Team TeamNicForTheTeamMember {CIM}",
    "Get-VMSwitch": "Name Id ResourcePoolName SwitchType ComputerName Credential CimSession",
    "Get-VMSwitchTeam": "Name VMSwitch ComputerName Credential CimSession",
    "Join-Path": "Path ChildPath Resolve Credential UseTransaction",
    "New-Item": "Path Name ItemType Value Force Credential UseTransaction",
    "New-Object": "TypeName ArgumentList Property ComObject Strict",
    "Out-File": "FilePath LiteralPath Encoding Append Force NoClobber Width NoNewline InputObject",
    "Out-Null": "InputObject",
    "Select-Object": "InputObject Property ExcludeProperty ExpandProperty Last First Skip SkipLast Unique Wait Index",
    "Start-Sleep": "Seconds Milliseconds",
    "Test-Path": "Path LiteralPath Filter Include Exclude PathType IsValid Credential UseTransaction OlderThan NewerThan",
    "Where-Object": "Property Value FilterScript InputObject EQ NE GT LT Match Like Contains In Is",
    "Write-Host": "Object NoNewline Separator ForegroundColor BackgroundColor",
}
PROGRAMS = {
    "cmd.exe": "/c",
    "netsh": "trace start stop capture report correlation packettruncatebytes maxsize filemode overwrite tracefile",
    "pktmon": "filter remove start stop --capture --comp --pkt-size --file-size --file-name nics",
}
AUTOMATIC = {"true", "false", "null", "_", "args", "lastexitcode", "erroractionpreference"}


@pytest.fixture(scope="module")
def tree() -> Any:
    tree_sitter = pytest.importorskip("tree_sitter", reason="no tree-sitter")
    powershell = pytest.importorskip("tree_sitter_powershell", reason="no grammar of PowerShell")
    return tree_sitter.Parser(tree_sitter.Language(powershell.language())).parse(SCRIPT.read_bytes()).root_node


def below(node: Any, *but: str) -> Iterator[Any]:
    """The node and those in it, without what is in those of other kinds."""
    yield node
    for child in node.children:
        if child.type not in but:
            yield from below(child, *but)


def text(node: Any) -> str:
    found: str = node.text.decode()
    return found


def test_it_parses(tree: Any) -> None:
    assert not tree.has_error
    assert not [text(node) for node in below(tree) if node.type == "ERROR" or node.is_missing]


def test_every_command_is_documented_and_so_are_its_parameters(tree: Any) -> None:
    own = {text(node).casefold() for node in below(tree) if node.type == "function_name"}
    called = set()
    for command in (node for node in below(tree) if node.type == "command"):
        names = [text(node) for node in command.children if node.type == "command_name"]
        if not names or names[0].casefold() in own:
            continue
        (name,) = names
        words = [text(node) for part in command.children for node in below(part, "command")]
        if name in PROGRAMS:
            options = [
                word
                for node in below(command, "command")
                if node.type in ("generic_token", "command_parameter")
                for word in [text(node).partition("=")[0]]
            ]
            assert set(options) <= set(PROGRAMS[name].split()), words
        else:
            assert name in CMDLETS, name
            given = {
                text(node)[1:]
                for part in command.children
                for node in below(part, "command")
                if node.type == "command_parameter"
            }
            assert given <= set(CMDLETS[name].split()), name
        called.add(name)
    assert called == CMDLETS.keys() | PROGRAMS.keys()


def test_every_variable_is_set_before_it_is_used(tree: Any) -> None:
    """An environment's or a scope's own are not looked at."""
    known = set(AUTOMATIC)
    for node in below(tree):
        name = text(node).strip("${}").casefold() if node.type in ("variable", "braced_variable") else ""
        if not name or ":" in name or not re.match(r"[a-z_]", name):
            continue
        around = node
        while around.parent is not None and around.parent.type not in (
            "script_parameter",
            "statement_list",
            "pipeline",
        ):
            around = around.parent
        is_set = around.parent is not None and (
            around.parent.type == "script_parameter"
            or re.match(rf"\s*\$\{{?{name}\}}?\s*=[^=]", text(around), re.IGNORECASE)
        )
        assert name in known or is_set, text(around)
        known.add(name)
