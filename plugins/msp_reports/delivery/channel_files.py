"""The report among the files of a Teams channel, for the card to link to.

https://learn.microsoft.com/graph/api/channel-get-filesfolder. A shared channel has a site of its own, so
where its files are is asked and not derived from the team.
"""

from __future__ import annotations

from http import HTTPStatus

from msp_reports.delivery.contract import ChannelFilePackage, FilePackage, Found, Receipt, Record, RemoteIds
from msp_reports.delivery.exchange import Reply
from msp_reports.delivery.library import DocumentLibrary, quoted
from msp_reports.domain.errors import DeliveryError, DeliveryThrottledError

FOLDER = "Weekly reports"


class ChannelFiles:
    """Implements `Channel[ChannelFilePackage]`."""

    def __init__(self, conn_id: str) -> None:
        self._library = DocumentLibrary(conn_id, "Files in Teams")

    def look(self, team_id: str, channel_id: str) -> str:
        """See that the channel has a folder for files.

        Raises:
            DeliveryError: it is not there, or not to be seen.
        """
        folder = self._folder(team_id, channel_id).body
        shown = folder.get("webUrl") or folder.get("name")
        return f"folder {shown} is there; that it may be written to shows at the first upload"

    def prepare(self, package: ChannelFilePackage, known: RemoteIds, record: Record) -> RemoteIds:
        """Ask where the channel's files are, and see that nothing else has the name there."""
        folder = self._folder(package.team_id, package.channel_id)
        drive_id = (folder.body.get("parentReference") or {}).get("driveId")
        if not drive_id:
            raise DeliveryThrottledError("Files in Teams: the folder's library is not told; trying again")
        ids = {**known, "drive_id": str(drive_id), "folder_id": str(folder.need("id"))}
        record(ids)
        self._library.find(_file(package, ids))
        return ids

    def send(self, package: ChannelFilePackage, known: RemoteIds, record: Record) -> Receipt:
        """Upload to its path below the channel's folder."""
        return self._library.put(_file(package, known))

    def look_up(self, package: ChannelFilePackage, known: RemoteIds) -> Found:
        """Read what stands at its path. None: where that is was never learned."""
        return self._library.find(_file(package, known)) if "folder_id" in known else None

    def _folder(self, team_id: str, channel_id: str) -> Reply:
        path = f"/teams/{quoted(team_id)}/channels/{quoted(channel_id)}/filesFolder"
        folder = self._library.read(path, accept=(HTTPStatus.NOT_FOUND,))
        if folder.status == HTTPStatus.NOT_FOUND:
            raise DeliveryError(
                f"Files in Teams: channel {channel_id} has no folder for files. Open its Files tab once, "
                "which makes it; if the channel is gone, correct team_id and channel_id"
            )
        return folder


def _file(package: ChannelFilePackage, ids: RemoteIds) -> FilePackage:
    return FilePackage(
        key=package.key,
        drive_id=ids["drive_id"],
        folder_id=ids["folder_id"],
        path=(FOLDER,),
        name=package.name,
        mime_type=package.mime_type,
        content=package.content,
        sha256=package.sha256,
    )
