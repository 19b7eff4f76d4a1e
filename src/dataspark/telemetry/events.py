"""OpenLineage events and the way to their receiver; the owner of its client.

Events are sent by a thread of their own, so that a run never waits for a receiver. When one could not be sent the
receiver counts as dead: the rest is dropped, and one notice says so.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataspark.telemetry.datasets import Dataset
from dataspark.telemetry.telling import first_line

if TYPE_CHECKING:
    from openlineage.client import OpenLineageClient
    from openlineage.client.event_v2 import RunEvent

    from dataspark.project import LineageSettings

_VERSION = version("dataspark")
_PRODUCER = f"urn:dataspark:{_VERSION}"
_TIMEOUT = 3.0
"""Seconds that a receiver has to take one event."""
_PATIENCE = 5.0
"""Seconds that a run waits at its end for events that are still on their way."""
_INTEGRATION = "DATASPARK"


@dataclass(frozen=True)
class JobRun:
    """One run of one job: of the project as a whole, or of one of its steps."""

    name: str
    kind: str
    """`RUN`, or the kind of a step: `MODEL`."""
    run_id: str
    parent: JobRun | None = None
    sql: str = ""
    dialect: str = ""


@dataclass(frozen=True)
class Said:
    """What one event says."""

    state: str
    """`START`, `COMPLETE`, `FAIL` or `ABORT`."""
    job: JobRun
    moment: datetime
    inputs: tuple[Dataset, ...] = ()
    outputs: tuple[Dataset, ...] = ()
    error: str = ""
    as_of: str = ""
    """The run's date; of the run as a whole."""
    engine: str = ""
    tags: tuple[tuple[str, str], ...] = ()


def new_run_id(moment: datetime) -> str:
    """An id for a run that begins at that moment."""
    from openlineage.client.uuid import generate_new_uuid

    return str(generate_new_uuid(moment))


class Sender:
    """Sends events in the order in which they are said."""

    def __init__(self, settings: LineageSettings) -> None:
        self.problem = ""
        """Why events were not sent; empty while they are."""
        self.namespace = settings.namespace
        self._settings = settings
        self._waiting: queue.SimpleQueue[Callable[[], Said] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def say(self, event: Callable[[], Said]) -> None:
        """Send what `event` gives, later: it is asked in the sender's thread."""
        if not self.problem:
            self._waiting.put(event)

    def close(self) -> None:
        """Wait a little for what is still on its way."""
        self._waiting.put(None)
        self._thread.join(_PATIENCE)
        if self._thread.is_alive() and not self.problem:
            self.problem = f"it took longer than {_PATIENCE:g} s to send them"

    def _work(self) -> None:
        client: OpenLineageClient | None = None
        while (event := self._waiting.get()) is not None:
            if self.problem:
                continue
            try:
                client = client or _client(self._settings)
                client.emit(_event(event(), self.namespace))
            except Exception as error:  # noqa: BLE001 - transports are other people's code, and configured by them
                self.problem = first_line(error)


def _client(settings: LineageSettings) -> OpenLineageClient:
    """The client that the settings name; without any, the one that OpenLineage's own variables and files name."""
    from openlineage.client import OpenLineageClient
    from openlineage.client.event_v2 import set_producer
    from openlineage.client.transport.file import FileConfig, FileTransport
    from openlineage.client.transport.http import HttpConfig, HttpTransport

    set_producer(_PRODUCER)
    if settings.file:
        Path(settings.file).parent.mkdir(parents=True, exist_ok=True)
        return _alone(OpenLineageClient(transport=FileTransport(FileConfig(settings.file, append=True))))
    if settings.url:
        key = os.environ.get("OPENLINEAGE_API_KEY")
        auth = {"auth": {"type": "api_key", "api_key": key}} if key else {}
        config = HttpConfig.from_dict({"url": settings.url, "timeout": _TIMEOUT, "retry": {"total": 0}, **auth})
        return _alone(OpenLineageClient(transport=HttpTransport(config)))
    return OpenLineageClient()


def _alone(client: OpenLineageClient) -> OpenLineageClient:
    # The client would add where its caller's source code is, asking git about the folder that the process is in.
    client.config.facets.source_code_location.disabled = True
    return client


def _event(said: Said, namespace: str) -> RunEvent:
    from openlineage.client.event_v2 import Job, Run, RunEvent, RunState

    return RunEvent(
        eventType=RunState(said.state),
        eventTime=said.moment.astimezone(UTC).isoformat(timespec="milliseconds"),
        run=Run(said.job.run_id, _run_facets(said, namespace)),
        job=Job(namespace, said.job.name, _job_facets(said.job)),
        inputs=[_input(one, namespace) for one in said.inputs],
        outputs=[_output(one, namespace) for one in said.outputs],
        producer=_PRODUCER,
    )


def _run_facets(said: Said, namespace: str) -> dict[str, Any]:
    from openlineage.client.generated import (
        error_message_run,
        nominal_time_run,
        parent_run,
        processing_engine_run,
        tags_run,
    )

    facets: dict[str, Any] = {}
    if parent := said.job.parent:
        facets["parent"] = parent_run.ParentRunFacet(
            parent_run.Run(parent.run_id), parent_run.Job(namespace, parent.name)
        )
    if said.as_of:
        facets["nominalTime"] = nominal_time_run.NominalTimeRunFacet(said.as_of)
    if said.engine:
        facets["processing_engine"] = processing_engine_run.ProcessingEngineRunFacet(
            _VERSION, f"dataspark on {said.engine}"
        )
    if said.error:
        facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(said.error, "PYTHON")
    if said.tags:
        facets["tags"] = tags_run.TagsRunFacet(
            [tags_run.TagsRunFacetFields(key, value, _INTEGRATION) for key, value in said.tags]
        )
    return facets


def _job_facets(job: JobRun) -> dict[str, Any]:
    from openlineage.client.generated import job_type_job, sql_job

    facets: dict[str, Any] = {"jobType": job_type_job.JobTypeJobFacet("BATCH", _INTEGRATION, job.kind)}
    if job.sql:
        facets["sql"] = sql_job.SQLJobFacet(job.sql, job.dialect or None)
    return facets


def _dataset_facets(one: Dataset, namespace: str) -> dict[str, Any]:
    from openlineage.client.generated import dataset_version_dataset, schema_dataset, symlinks_dataset

    facets: dict[str, Any] = {}
    if one.columns:
        facets["schema"] = schema_dataset.SchemaDatasetFacet(
            [
                schema_dataset.SchemaDatasetFacetFields(c.name, c.type, c.description or None, number)
                for number, c in enumerate(one.columns, start=1)
            ]
        )
    if one.table:
        facets["symlinks"] = symlinks_dataset.SymlinksDatasetFacet(
            [symlinks_dataset.Identifier(namespace, one.table, "TABLE")]
        )
    if one.version is not None:
        facets["version"] = dataset_version_dataset.DatasetVersionDatasetFacet(str(one.version))
    return facets


def _input(one: Dataset, namespace: str) -> Any:
    from openlineage.client.event_v2 import InputDataset
    from openlineage.client.generated import data_quality_assertions_dataset as checks
    from openlineage.client.generated import input_statistics_input_dataset as statistics

    facets: dict[str, Any] = {}
    if one.rows is not None:
        facets["inputStatistics"] = statistics.InputStatisticsInputDatasetFacet(rowCount=one.rows, fileCount=one.files)
    if one.checks:
        facets["dataQualityAssertions"] = checks.DataQualityAssertionsDatasetFacet(
            [checks.Assertion(name, passed, severity=severity, name=name) for name, passed, severity in one.checks]
        )
    return InputDataset(one.place.namespace, one.place.name, inputFacets=facets, facets=_dataset_facets(one, namespace))


def _output(one: Dataset, namespace: str) -> Any:
    from openlineage.client.event_v2 import OutputDataset
    from openlineage.client.generated import column_lineage_dataset as lineage
    from openlineage.client.generated import output_statistics_output_dataset as statistics

    own: dict[str, Any] = {}
    if one.rows is not None:
        own["outputStatistics"] = statistics.OutputStatisticsOutputDatasetFacet(rowCount=one.rows, fileCount=one.files)
    facets = _dataset_facets(one, namespace)
    if one.origins:
        facets["columnLineage"] = lineage.ColumnLineageDatasetFacet(
            {
                column: lineage.Fields(
                    [
                        lineage.InputField(
                            source.place.namespace,
                            source.place.name,
                            source.column,
                            [lineage.Transformation("DIRECT", source.kind)],
                        )
                        for source in sources
                    ]
                )
                for column, sources in one.origins.items()
            }
        )
    return OutputDataset(one.place.namespace, one.place.name, outputFacets=own, facets=facets)
