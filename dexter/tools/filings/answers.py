"""The SEC's answers as values: what is read of them, and nothing else."""

import msgspec


class Listed(msgspec.Struct, frozen=True):
    """A row of the list of tickers."""

    cik_str: int
    ticker: str
    title: str


class Filing(msgspec.Struct, frozen=True):
    """One filing of a company; dates are YYYY-MM-DD, empty where there is none.

    `items` are those of an 8-K, such as ("2.02", "9.01"). `document` is the main document's file name, empty
    for filings of the first years.
    """

    accession: str
    form: str
    filed: str
    period: str
    items: tuple[str, ...]
    document: str
    description: str


class Columns(msgspec.Struct, frozen=True, rename="camel"):
    """Filings as the SEC lists them: a list for each field."""

    accession_number: list[str]
    filing_date: list[str]
    form: list[str]
    report_date: list[str] = []
    items: list[str] = []
    primary_document: list[str] = []
    primary_doc_description: list[str] = []

    def rows(self) -> list[Filing]:
        """The filings, in the order of the list."""
        fields = (self.report_date, self.items, self.primary_document, self.primary_doc_description)
        padded = [[*field, *[""] * (len(self.accession_number) - len(field))] for field in fields]
        plain = (self.accession_number, self.form, self.filing_date, *padded)
        return [
            Filing(
                accession, form, filed, period, tuple(filter(None, items.split(","))), document, description
            )
            for accession, form, filed, period, items, document, description in zip(*plain, strict=False)
        ]


class Older(msgspec.Struct, frozen=True, rename="camel"):
    """A further file with older filings."""

    name: str
    filing_from: str = ""
    filing_to: str = ""


class Filings(msgspec.Struct, frozen=True):
    """The latest filings, and where the older ones are."""

    recent: Columns
    files: list[Older] = []


class FormerName(msgspec.Struct, frozen=True):
    """What a company was called before."""

    name: str
    to: str | None = None


class Submissions(msgspec.Struct, frozen=True, rename="camel"):
    """A company and its filings."""

    name: str
    filings: Filings
    tickers: list[str] = []
    exchanges: list[str | None] = []
    sic_description: str | None = None
    state_of_incorporation_description: str | None = None
    fiscal_year_end: str | None = None
    """Month and day, such as 0928."""
    former_names: list[FormerName] = []


class Fact(msgspec.Struct, frozen=True):
    """A value as one filing reported it; `fy` and `fp` are the filing's, not those of the value's period."""

    end: str
    val: int | float | None
    accn: str
    form: str = ""
    filed: str = ""
    start: str | None = None
    fy: int | None = None
    fp: str | None = None


class Concept(msgspec.Struct, frozen=True):
    """All values that a company reported under one tag, by unit."""

    units: dict[str, list[Fact]]
    label: str | None = None
    description: str | None = None


class Facts(msgspec.Struct, frozen=True, rename="camel"):
    """All that a company reported: taxonomy, tag, concept; a concept is decoded when it is looked at."""

    entity_name: str = ""
    facts: dict[str, dict[str, msgspec.Raw]] = {}


class Row(msgspec.Struct, frozen=True, rename="camel"):
    """One company in a frame."""

    accn: str
    cik: int
    entity_name: str
    end: str
    val: int | float | None
    start: str | None = None


class Frame(msgspec.Struct, frozen=True):
    """One tag in one calendar period, across all companies."""

    data: list[Row]
    label: str | None = None
    uom: str = ""


class File(msgspec.Struct, frozen=True):
    """A file of a filing."""

    name: str
    size: int | str = ""


class Directory(msgspec.Struct, frozen=True):
    """The files of a filing."""

    item: list[File]


class Index(msgspec.Struct, frozen=True):
    """What the folder of a filing holds."""

    directory: Directory


class HitSource(msgspec.Struct, frozen=True):
    """What the full-text index knows of a document."""

    adsh: str = ""
    ciks: list[str] = []
    display_names: list[str] = []
    form: str | None = None
    file_type: str | None = None
    file_date: str | None = None
    period_ending: str | None = None
    file_description: str | None = None
    items: list[str] | None = None


class Hit(msgspec.Struct, frozen=True, rename={"id": "_id", "source": "_source"}):
    """A document that was found: its id is accession number, colon, file name."""

    id: str
    source: HitSource


class Total(msgspec.Struct, frozen=True):
    """How many there are; at 10,000 the index stops counting."""

    value: int = 0
    relation: str = "eq"


class Hits(msgspec.Struct, frozen=True):
    """Found documents, best first."""

    hits: list[Hit]
    total: Total = Total()


class Found(msgspec.Struct, frozen=True):
    """The answer of the full-text search."""

    hits: Hits
