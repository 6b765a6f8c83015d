"""Settings: what they are, and how layers of them are joined.

In come layers of plain values, strongest first (see `config_layers`); out goes one frozen `Settings` and the origin of
every value. Reads no file, no environment and no clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from flowmap.dataclass import dataclass
from flowmap.errors import ConfigError
from flowmap.message import Message, msg
from flowmap.settings.acceptance import Acceptance
from flowmap.settings.allowed import refusal
from flowmap.words import DecoderChoice, Judged

__all__ = ["DEFAULT_ORIGIN", "Layer", "Loaded", "Settings", "Thresholds", "load_settings"]

DEFAULT_ORIGIN = msg("default")


class _Checked(BaseModel):
    """Values that cannot change, of names that are known."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _true_is_no_number(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse true and false where a number belongs: Python would count them as 1 and 0."""
        if isinstance(value, bool) and cls.model_fields[str(info.field_name)].annotation is not bool:
            raise ValueError
        return value


class Thresholds(_Checked):
    """Every number a verdict depends on. The defaults are those the rules are documented with."""

    spray_min_share: float = Field(
        default=0.4, ge=0, le=1, description=msg("sprayed: least packets of each member, as a part of 1/n")
    )
    spray_switch_rate: float = Field(
        default=0.05, ge=0, le=1, description=msg("sprayed: least switches per packet step, in time order")
    )
    spray_median_run: int = Field(
        default=50, ge=1, description=msg("sprayed: longest median run on one member, packets")
    )
    spray_max_duplicates: float = Field(
        default=0.05, ge=0, le=1, description=msg("sprayed: largest share of packets seen twice")
    )
    spray_sequence_switch_rate: float = Field(
        default=0.20, ge=0, le=1, description=msg("sprayed: least switches per step in sequence or IP-ID order")
    )
    moved_max_switches: int = Field(
        default=5, ge=1, description=msg("moved: most switches between members without an explanation each")
    )
    failover_lacp_intervals: float = Field(
        default=3, gt=0, description=msg("failover: silence of the old member, LACPDU intervals")
    )
    failover_gap_factor: float = Field(
        default=3, gt=0, description=msg("failover without LACP: silence, times its longest earlier gap")
    )
    spread_alpha: float = Field(
        default=0.01, gt=0, lt=1, description=msg("spread: fails where chance is less likely than this")
    )
    monte_carlo_above: int = Field(
        default=1_000_000, ge=1, description=msg("spread: most outcomes that are counted exactly")
    )
    shared_port_min_bytes: int = Field(
        default=1_000_000,
        ge=0,
        description=msg("migration on a port others use too: least payload of the larger direction, bytes"),
    )
    shared_port_asymmetry: float = Field(
        default=20.0,
        ge=1,
        description=msg("migration on a port others use too: least payload ratio of the two directions"),
    )
    bulk_min_bytes: int = Field(
        default=1_000_000, ge=0, description=msg("a stream is bulk from this payload on, bytes")
    )
    limit_full: float = Field(
        default=0.95, gt=0, le=1, description=msg("limited by the member: its load, as a part of what its speed allows")
    )
    limit_most: float = Field(
        default=0.5,
        gt=0,
        le=1,
        description=msg("limited by member or window: least part of the time in which it was so"),
    )
    limit_own_share: float = Field(
        default=0.9,
        gt=0,
        le=1,
        description=msg("a member is shared: most of its bytes that are of one transfer, as a part"),
    )
    limit_idle: float = Field(
        default=0.2, gt=0, le=1, description=msg("limited by the sender: least part of the time in which it paused")
    )
    limit_loss: float = Field(
        default=0.001, gt=0, le=1, description=msg("limited by loss: least share of packets that were sent again")
    )
    imbalance_full: float = Field(
        default=0.8, gt=0, le=1, description=msg("imbalance: a member is full from this part of its speed on")
    )
    imbalance_idle: float = Field(
        default=0.2, ge=0, lt=1, description=msg("imbalance: a member idles up to this part of its speed")
    )
    imbalance_seconds: float = Field(
        default=10, gt=0, description=msg("imbalance: for how long one is full while others idle, seconds")
    )
    limit_plateau: float = Field(
        default=0.1, gt=0, description=msg("a steady rate: most of its standard deviation, as a part of the mean")
    )


class Settings(_Checked):
    """Everything one analysis is told; times are UTC nanoseconds, speeds bits per second."""

    local: tuple[str, ...] = Field(default=(), description=msg("addresses or MACs of the teamed host"))
    default_speed: int | None = Field(
        default=None, description=msg("speed of members that are not named, bits per second")
    )
    speeds: dict[str, int] = Field(default={}, description=msg("speed of members by name, bits per second"))
    mode: str | None = Field(default=None, description=msg("teaming mode of the host"))
    algorithm: str | None = Field(default=None, description=msg("load-balancing algorithm of the host"))
    team: tuple[str, ...] = Field(
        default=(), description=msg("files that describe the team: outputs of the host, or TOML")
    )
    migration_ports: tuple[tuple[int, int], ...] | None = Field(
        default=None, description=msg("port ranges that replace the table of known migration ports")
    )
    streams: Judged = Field(default="migration", description=msg("which streams are judged"))
    from_ns: int | None = Field(default=None, description=msg("leave out packets before this time"))
    to_ns: int | None = Field(default=None, description=msg("leave out packets at and after this time"))
    top: int = Field(default=50, ge=0, description=msg("how many streams that are not judged are listed"))
    strict: bool = Field(default=False, description=msg("stop at damage instead of keeping what is good"))
    jobs: int | None = Field(
        default=None, ge=1, description=msg("captures read at once; default: as many as there are processors")
    )
    decoder: DecoderChoice = Field(
        default="auto", description=msg("what decodes packets; auto and kernel: the compiled kernel")
    )
    lang: Literal["en", "de"] | None = Field(
        default=None, description=msg("language of texts for people; default: that of the locale")
    )
    accept: tuple[Acceptance, ...] = Field(
        default=(), description=msg("findings that are known and lived with, a table [[accept]] each")
    )
    thresholds: Thresholds = Field(default=Thresholds(), description=msg("numbers the verdicts depend on"))


@dataclass(frozen=True)
class Layer:
    """One source of values: by Settings field, thresholds as `thresholds.NAME`; `origin` is for a person to read."""

    origin: Message
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Loaded:
    """The settings and, for each field and `thresholds.NAME`, where its value came from."""

    settings: Settings
    origins: Mapping[str, Message]


def load_settings(layers: Sequence[Layer]) -> Loaded:
    """Join layers, strongest first; the first layer that has a value decides it, named speeds are joined one by one."""
    values: dict[str, Any] = {}
    thresholds: dict[str, Any] = {}
    origins: dict[str, Message] = {}
    for layer in reversed(layers):
        for key, value in layer.values.items():
            if key.startswith("thresholds."):
                thresholds[key.removeprefix("thresholds.")] = value
            elif key == "speeds":
                values[key] = {**values.get(key, {}), **value}
            elif key == "accept":
                values[key] = (*value, *values.get(key, ()))
            else:
                values[key] = value
            origins[key] = layer.origin
    try:
        settings = Settings(**values, thresholds=Thresholds(**thresholds))
    except ValidationError as error:
        raise _explained(error, origins) from error
    if settings.from_ns is not None and settings.to_ns is not None and settings.from_ns >= settings.to_ns:
        raise ConfigError(msg("--from must be before --to"))
    names = [name for name in Settings.model_fields if name != "thresholds"]
    names += [f"thresholds.{name}" for name in Thresholds.model_fields]
    return Loaded(settings, {name: origins.get(name, DEFAULT_ORIGIN) for name in names})


def _explained(error: ValidationError, origins: Mapping[str, Message]) -> ConfigError:
    """Return the first value that is refused, with where it came from."""
    threshold = error.title == Thresholds.__name__
    table, fields = ("thresholds.", Thresholds.model_fields) if threshold else ("", Settings.model_fields)
    where = origins.get(f"{table}{error.errors()[0]['loc'][0]}", msg("settings"))
    return ConfigError(msg("{where}: {problem}", where=where, problem=refusal(error, fields, table=table)))
