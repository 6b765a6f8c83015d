"""A notebook on one analysis, for marimo: `marimo edit docs/notebook.py` opens it, `python docs/notebook.py` only runs it.

It wants the extra `docs`, polars and DuckDB, and is started in a clone of flowmap, where the sample captures are.
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium")


@app.cell
def _():
    import duckdb
    import marimo as mo
    import polars as pl

    import flowmap

    return duckdb, flowmap, mo, pl


@app.cell
def _(mo):
    mo.md("""
    # One complaint, looked at closely

    Four hosts migrate virtual machines to a host with a team of two NICs. Are both used? Put your own captures in place of the
    samples: `flowmap.analyze({"NIC1": "nic1.pcapng", "NIC2": "nic2.pcapng"})`.
    """)
    return


@app.cell
def _(flowmap):
    analysis = flowmap.analyze(
        {"NIC1": "captures/different-sources/hvT_nic1.pcap", "NIC2": "captures/different-sources/hvT_nic2.pcap"},
        speed={"default": "10G"},
    )
    analysis
    return (analysis,)


@app.cell
def _(mo):
    mo.md("""
    ## Which member carried whose bytes

    DuckDB reads the tables by the names of their variables.
    """)
    return


@app.cell
def _(analysis, duckdb):
    streams = analysis.streams
    by_host = duckdb.sql("""
        select source_host, member, count(distinct stream) as streams, sum(wire_bytes)::bigint as bytes
        from streams where judged and direction = 'rx' group by all order by all
    """).fetchall()
    by_host
    return by_host, streams


@app.cell
def _(mo):
    mo.md("""
    ## How full the members were

    The busiest bins of each member, as polars has them: bytes over time become bits a second.
    """)
    return


@app.cell
def _(analysis, pl):
    busiest = (
        pl.DataFrame(analysis.series)
        .group_by("member", "start_ns", "width_ns")
        .agg(pl.col("wire_bytes").sum())
        .with_columns(mbps=pl.col("wire_bytes") * 8_000 / pl.col("width_ns"))
        .sort("mbps", descending=True)
        .group_by("member", maintain_order=True)
        .head(3)
        .with_columns(pl.from_epoch("start_ns", time_unit="ns").alias("start"))
        .select("member", "start", "mbps")
    )
    busiest
    return (busiest,)


@app.cell
def _(mo):
    mo.md("""
    ## What did not end well

    Flows that were reset, as a pandas frame.
    """)
    return


@app.cell
def _(analysis):
    flows = analysis.flows.to_pandas()
    flows[flows["rst"] > 0]
    return (flows,)


if __name__ == "__main__":
    app.run()
