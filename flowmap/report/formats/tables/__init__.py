"""Flows, streams and throughput as tables for other programs: Parquet files, Arrow, pandas."""
