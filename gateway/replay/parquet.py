"""Parquet: the same table out of a Parquet file. The only file here that knows pyarrow."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from gateway.replay.rows import COLUMNS, RecordedTable, RowReader, TableError, columns_of

_BATCH = 50_000


def read_parquet(path: Path) -> RecordedTable:
    """Return the readings of a Parquet file; raises `TableError`, or OSError when it can't be read."""
    try:
        file = pq.ParquetFile(path)
    except pa.ArrowInvalid as error:
        raise TableError(path, 1, "ts", f"this is not a Parquet file: {error}") from None
    columns_of(path, file.schema_arrow.names)
    wanted = [*COLUMNS, *(["quality"] if "quality" in file.schema_arrow.names else [])]
    reader = RowReader(path)
    number = 0
    for batch in file.iter_batches(batch_size=_BATCH, columns=wanted):
        number = _read_batch(reader, batch, number)
    return reader.table


def _read_batch(reader: RowReader, batch: pa.RecordBatch, number: int) -> int:
    columns = {name: batch.column(name) for name in batch.schema.names}
    times = columns["ts"].to_pylist()
    names = zip(*(_texts(columns[name]) for name in ("home", "device", "quantity", "unit")), strict=True)
    values = _texts(columns["value"])
    qualities = _texts(columns["quality"]) if "quality" in columns else [""] * len(times)
    for at, name, value, quality in zip(times, names, values, qualities, strict=True):
        number += 1
        when = at if isinstance(at, datetime) else reader.time(number, str(at))
        reader.add(number, when, name, "" if value == "nan" else value, quality)
    return number


def _texts(column: pa.Array) -> list[str]:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    if not pa.types.is_string(column.type):
        column = column.cast(pa.string())
    texts: list[str] = pc.fill_null(column, "").to_pylist()
    return texts
