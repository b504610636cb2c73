"""What the export takes and answers."""

import re
from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, PrivateAttr, model_validator

from functions.assets import exports
from functions.assets.exports.document import TYPES
from functions.assets.schemas import line
from shared.web.file import AlsoFile, File
from shared.web.typed import MAY_BE_ABSENT, Shown, Strict

MOST_CARDS = 200
_LONGEST_ID = 128
_PAGE = re.compile(
    r"https://(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{1,62}(?:[/?#].*)?"
)
_IN_PAGE = re.compile(r"[A-Za-z0-9._~:/?#@!$&*+,;=%-]*")


def _distinct(ids: Sequence[str]) -> Sequence[str]:
    if len(set(ids)) < len(ids):
        raise ValueError("names a card twice")
    return ids


def _page(url: str) -> str:
    """An address that is a link wherever it is put: no port, no account, nothing that ends a link in any format."""
    if not _PAGE.fullmatch(url) or not _IN_PAGE.fullmatch(url):
        raise ValueError("not an https address in plain characters; others are percent-encoded")
    return url


class ExportProfile(Strict):
    """What the document says of the person; every member may be left out."""

    name: Annotated[str, Field(max_length=100), AfterValidator(line), MAY_BE_ABSENT] = ""
    label: Annotated[str, Field(max_length=120, description="A profession"), AfterValidator(line), MAY_BE_ABSENT] = ""
    summary: Annotated[str, Field(max_length=2000), AfterValidator(line), MAY_BE_ABSENT] = ""
    url: Annotated[str, Field(max_length=500, description="An `https` page"), AfterValidator(_page), MAY_BE_ABSENT] = ""
    location: Annotated[str, Field(max_length=100), AfterValidator(line), MAY_BE_ABSENT] = ""


class ExportRequest(Strict):
    """Which cards of the caller's library, as what."""

    format: Annotated[exports.Format, Field(description="A section for a README, or a résumé")]
    asset_ids: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=_LONGEST_ID)]],
        Field(
            min_length=1,
            max_length=MOST_CARDS,
            json_schema_extra={"uniqueItems": True},
            description="Approved or edited cards; their order does not matter",
        ),
        AfterValidator(_distinct),
    ]
    output: Annotated[
        exports.Output | None, Field(description="Of a résumé `json` unless said, of a README always `markdown`")
    ] = None
    profile: Annotated[ExportProfile, MAY_BE_ABSENT] = ExportProfile()
    redact_private: Annotated[
        bool, Field(description="Name no repository that is not known to be public, and link to none")
    ] = False

    @model_validator(mode="after")
    def _can_be_made(self) -> "ExportRequest":
        if (self.format, self.chosen_output) not in exports.RENDERERS:
            raise ValueError("a readme's output is markdown")
        return self

    @property
    def chosen_output(self) -> exports.Output:
        """The output asked for, or that of the format."""
        return self.output or exports.DEFAULT_OUTPUTS[self.format]


class Export(Shown, AlsoFile):
    """A document made of cards; whoever accepts its type gets the file itself."""

    FILE_TYPES: ClassVar[Sequence[str]] = [name for names in TYPES.values() for name in names]
    _policy: str = PrivateAttr("")

    format: exports.Format
    output: exports.Output
    content_type: Annotated[str, Field(description="Its type, which a caller may accept instead of this answer")]
    filename: Annotated[str, Field(description="A name for it, of ASCII letters, digits, hyphens and a dot")]
    content: Annotated[str, Field(description="The whole document")]

    @classmethod
    def of(cls, wanted: ExportRequest, rendered: exports.Rendered) -> "Export":
        """The answer to a request."""
        made = cls(
            format=wanted.format,
            output=wanted.chosen_output,
            content_type=rendered.content_type,
            filename=rendered.filename,
            content=rendered.content,
        )
        made._policy = rendered.policy
        return made

    def file(self) -> File:
        """The document as a file."""
        return File(TYPES[self.content_type], self.filename, self.content, self._policy)
