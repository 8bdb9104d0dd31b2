"""Rows of Veeam Service Provider Console, and whose they are (REST v3, OpenAPI of the vendor)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Any
from uuid import UUID

from pydantic import AliasChoices, BeforeValidator, Field

from msp_reports.sources.rows import CamelRow, Identity, MaybeText, ScopeModel, Unique, Utc, as_text

_UNCLEAN = frozenset({"infected", "suspicious"})

Row = Mapping[str, Any]
Uid = Annotated[str, BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value)]
MaybeUid = Annotated[str, BeforeValidator(lambda value: as_text(value).lower())]


class VeeamConsoleScope(ScopeModel):
    """The company as the console knows it."""

    organization_uid: UUID
    rpo_hours: Annotated[int, Field(gt=0)] = 48

    def identities(self) -> tuple[Identity, ...]:
        return (Identity(self.organization_uid, Unique.IN_THE_WORLD),)

    def owns(self, row: Row, jobs: Mapping[str, Row]) -> bool:
        """Tell whether a workload is this company's: its job's mapping goes before its server's owner."""
        job = jobs.get(_uid(row, "jobUid"), {})
        return (_uid(job, "mappedOrganizationUid") or _uid(row, "organizationUid")) == self._mine

    def ran(self, session: Row, jobs: Collection[Row], servers: Mapping[str, str]) -> bool | None:
        """Tell whether a job session is this company's. None: it cannot be told.

        A session names no job's UID, only the job's name and the management agent of its server. Its
        organization is the one "to which a job belongs": the vendor does not say whether that is the
        one the job is mapped to, so the job decides. What a computer's own agent runs cannot be mapped.

        Args:
            jobs: today's jobs on servers of this company's, and those mapped to it.
            servers: UIDs of backup servers by the UIDs of their management agents.
        """
        agent = _uid(session, "managementAgentUid")
        server, known = servers.get(agent), set(servers.values())
        namesakes = [job for job in jobs if job.get("name") == session.get("jobName")]
        surely = [job for job in namesakes if server and _uid(job, "backupServerUid") == server]
        maybe = [job for job in namesakes if not agent or _uid(job, "backupServerUid") not in known]
        owners = {_uid(j, "mappedOrganizationUid") or _uid(j, "organizationUid") for j in (*surely, *maybe)}
        is_told_mine = _uid(session, "organizationUid") == self._mine
        if len(owners) == 1 and not maybe:
            return owners == {self._mine}
        if not owners and agent and not server and as_text(session.get("workloadType")) == "Computer":
            return is_told_mine
        return None if is_told_mine or self._mine in owners else False

    @property
    def _mine(self) -> str:
        return str(self.organization_uid)


def _uid(row: Row, name: str) -> str:
    return as_text(row.get(name)).lower()


class Workload(CamelRow):
    """A protected machine.

    The points of a computer that a backup server manages name a ``backupAgentUid``, which its own row
    does not have, and the vendor does not say which of the row's two UIDs that is: either may be.
    """

    uid: Annotated[Uid, Field(validation_alias=AliasChoices("instanceUid", "backupAgentUid"))]
    source_instance_uid: MaybeUid = ""
    name: Annotated[str, Field(min_length=1)]
    job_uid: MaybeUid = ""
    latest_restore_point_date: Utc | None = None
    """None is not "never": the vendor does not say what a missing date means."""
    malware_state: MaybeText = ""

    @property
    def uids(self) -> frozenset[str]:
        return frozenset({self.uid, self.source_instance_uid}) - {""}

    @property
    def is_clean(self) -> bool:
        return self.malware_state.casefold() not in _UNCLEAN


class Point(CamelRow):
    """A restore point that still exists."""

    owner: Annotated[Uid, Field(validation_alias=AliasChoices("virtualMachineUid", "backupAgentUid"))]
    created_at: Annotated[
        Utc | None, Field(validation_alias=AliasChoices("backupCreationTime", "creationDate"))
    ] = None
    malware_state: MaybeText = ""

    @property
    def is_clean(self) -> bool:
        return self.malware_state.casefold() not in _UNCLEAN


class JobSession(CamelRow):
    """One run of a job, of the heatmap."""

    job_type: MaybeText = ""
    result: MaybeText = ""
    end_time: Utc | None = None
