"""What people are called where they are shown: by the team sheet of their video, as it stands now.

Rows keep what was measured, "Number 10, red shirt". The sheet is asked when a row is shown: it may come, or change,
long after the row was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from grounding.sheets import Sheet, measured_in, shown_name
from videosearch.library.sheets import sheets_of


class Named:
    """Of a row with a `video_id` that says who was seen. A list asks for all sheets at once with `put_sheets`."""

    video_id: Any

    @property
    def measured(self) -> str:
        """The name that `grounding.sheets.track_name` made of what was measured."""
        return str(self.label)  # type: ignore[attr-defined]

    @property
    def traits(self) -> Mapping[str, str]:
        """What was measured: number and colours."""
        return measured_in(self.measured)

    @property
    def shown(self) -> str:
        """ "10 Kowalski · red"; what was measured where the sheet does not know the player, or there is none."""
        return shown_name(self._known_sheet, self.measured, self.traits)

    @property
    def player_name(self) -> str:
        """ "10 Kowalski", or nothing."""
        sheet = self._known_sheet
        found = sheet.player_of(self.traits) if sheet else None
        return f"{found[1].number} {found[1].name}" if found else ""

    @property
    def _known_sheet(self) -> Sheet | None:
        if "sheet_value" not in vars(self):
            put_sheets([self])
        sheet: Sheet | None = vars(self)["sheet_value"]
        return sheet


def put_sheets(rows: Iterable[Named]) -> None:
    """Give each row the sheet of its video: two statements for all, none where no row has a number to look up."""
    each = list(rows)
    asked = {row.video_id for row in each if row.video_id and "number" in row.traits}
    found = sheets_of(asked) if asked else {}
    for row in each:
        vars(row)["sheet_value"] = found.get(row.video_id)
