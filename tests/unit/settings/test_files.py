"""Where flowmap.toml is looked for: the XDG base directory specification, and what Windows has in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowmap.settings.files import config_files

HERE = Path("/srv/captures")


@pytest.mark.parametrize(
    ("environ", "user"),
    [
        ({"HOME": "/home/a"}, ["/home/a/.config/flowmap/flowmap.toml"]),
        ({"HOME": "/home/a", "XDG_CONFIG_HOME": "/etc/a"}, ["/etc/a/flowmap/flowmap.toml"]),
        ({"HOME": "/home/a", "XDG_CONFIG_HOME": ""}, ["/home/a/.config/flowmap/flowmap.toml"]),  # empty: not set
        ({"APPDATA": "/a/Roaming"}, ["/a/Roaming/flowmap/flowmap.toml"]),
        ({}, []),
    ],
)
def test_the_folder_comes_before_the_users_file_and_that_before_the_systems(
    environ: dict[str, str], user: list[str]
) -> None:
    found = [path.as_posix() for path in config_files(environ, HERE)]
    assert found == ["/srv/captures/flowmap.toml", *user, "/etc/flowmap/flowmap.toml"]
