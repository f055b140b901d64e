"""SEC EDGAR: its addresses, how long its answers count, and its answers as values.

Addresses and rules as the SEC publishes them: "EDGAR Application Programming Interfaces" and "Accessing EDGAR
Data" (sec.gov). It asks whoever uses a program for a contact, and for at most ten requests a second.
"""

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from dexter.tools.errors import NotSetUp, Unfit
from dexter.tools.fetching.client import Client, Convert
from dexter.tools.fetching.source import DAY, HOUR, MEGABYTE, MINUTE, Answer, Question, Source
from dexter.tools.filings import answers

WEB, DATA, SEARCH = "www.sec.gov", "data.sec.gov", "efts.sec.gov"
NAME = "SEC EDGAR"
SEC = Source("sec", NAME, (WEB, DATA, SEARCH), per_second=9)
"""A little under what is allowed: two requests may come closer together there than they left here."""
LARGEST_DOCUMENT = 40 * MEGABYTE

T = TypeVar("T")


def user_agent(program: str, contact: str | None) -> Mapping[str, str]:
    """The headers that tell the SEC who asks.

    Args:
        program: Name and version.
        contact: An e-mail address, or a name with one.

    Raises:
        NotSetUp: If there is none.
    """
    told = " ".join((contact or "").split())
    if "@" not in told or not told.isascii() or not told.isprintable():
        raise NotSetUp(
            NAME,
            "the SEC wants to know whom it can write to about a program's requests. Set your e-mail address "
            'as "secContact" in .dexter/settings.json, as DEXTER_SEC_CONTACT, or as user.email of git',
        )
    return {"user-agent": f"{program} {told}"}


class Edgar:
    """The SEC's answers.

    Every method raises what `Client.ask` does, and `Unfit` for an answer of another form.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    def archive(self, cik: int, accession: str, name: str = "") -> str:
        """The address of a file of a filing, or of the page that lists its files."""
        folder = f"/Archives/edgar/data/{cik}/{accession.replace('-', '')}/"
        return self._client.source.url(WEB, f"{folder}{name or f'{accession}-index.htm'}")

    async def tickers(self) -> list[answers.Listed]:
        """All companies that have a ticker."""
        question = self._question("tickers", WEB, "/files/company_tickers.json", "list of tickers")
        return list((await self._ask(question, dict[str, answers.Listed])).values())

    async def submissions(self, cik: int) -> answers.Submissions:
        """A company and its latest filings, at least a thousand or those of a year."""
        path = f"/submissions/CIK{cik:010}.json"
        return await self._ask(
            self._question("submissions", DATA, path, f"company with CIK {cik}", cik, keep=15 * MINUTE),
            answers.Submissions,
        )

    async def older(self, cik: int, name: str) -> list[answers.Filing]:
        """The filings in a further file that `submissions` names."""
        question = self._question(
            "submissions", DATA, f"/submissions/{_file_name(name)}", f"file {name}", cik
        )
        return (await self._ask(question, answers.Columns)).rows()

    async def facts(self, cik: int) -> answers.Facts:
        """All figures that a company ever reported in XBRL, which is from about 2009 on."""
        path = f"/api/xbrl/companyfacts/CIK{cik:010}.json"
        question = self._question(
            "companyfacts",
            DATA,
            path,
            f"figures of the company with CIK {cik}",
            cik,
            keep=6 * HOUR,
            hint="It may file no XBRL: read its documents instead.",
        )
        question = msgspec.structs.replace(question, largest=60 * MEGABYTE)
        return await self._ask(question, answers.Facts)

    async def concept(self, cik: int, taxonomy: str, tag: str) -> answers.Concept:
        """All values that a company reported under one tag."""
        path = f"/api/xbrl/companyconcept/CIK{cik:010}/{taxonomy}/{tag}.json"
        what = f"{taxonomy}:{tag} of the company with CIK {cik}"
        hint = "Ask which concepts it reports."
        question = self._question("companyconcept", DATA, path, what, cik, keep=6 * HOUR, hint=hint)
        return await self._ask(question, answers.Concept)

    async def frame(self, taxonomy: str, tag: str, unit: str, period: str) -> answers.Frame:
        """One tag across companies; `unit` such as USD or USD/shares, `period` such as CY2024Q1."""
        path = f"/api/xbrl/frames/{taxonomy}/{tag}/{unit.replace('/', '-per-')}/{period}.json"
        question = self._question("frames", DATA, path, f"frame {taxonomy}:{tag} in {unit} for {period}")
        return await self._ask(question, answers.Frame)

    async def files(self, cik: int, accession: str) -> list[answers.File]:
        """The files of a filing."""
        path = f"/Archives/edgar/data/{cik}/{accession.replace('-', '')}/index.json"
        what = f"filing {accession} of the company with CIK {cik}"
        index = await self._ask(self._question("index", WEB, path, what, cik, keep=None), answers.Index)
        return index.directory.item

    async def document(self, cik: int, accession: str, name: str, convert: Convert) -> Answer:
        """A document of a filing, in the form that `convert` gives it; it never changes."""
        path = f"/Archives/edgar/data/{cik}/{accession.replace('-', '')}/{_file_name(name)}"
        what = f"document {name} in filing {accession} of the company with CIK {cik}"
        question = self._question("documents", WEB, path, what, cik, keep=None)
        question = msgspec.structs.replace(question, largest=LARGEST_DOCUMENT)
        return await self._client.ask(question, convert)

    async def search(self, params: Mapping[str, str]) -> answers.Found:
        """Documents by their words."""
        question = self._question(
            "search", SEARCH, "/LATEST/search-index", "answer to this search", keep=HOUR
        )
        return await self._ask(msgspec.structs.replace(question, params=params), answers.Found)

    def _question(
        self,
        endpoint: str,
        host: str,
        path: str,
        what: str,
        cik: int | None = None,
        *,
        keep: float | None = DAY,
        hint: str = "",
    ) -> Question:
        label = "all" if cik is None else f"CIK{cik}"
        url = self._client.source.url(host, path)
        return Question(endpoint, url, what, label=label, keep=keep, hint=hint)

    async def _ask(self, question: Question, kind: type[T]) -> T:
        answer = await self._client.ask(question)
        try:
            return msgspec.json.decode(answer.data, type=kind)
        except msgspec.ValidationError as error:
            raise Unfit(NAME, f"it has another form than expected ({error})") from None


def decoded(raw: msgspec.Raw) -> answers.Concept | None:
    """A concept of `Facts`, or None if it has another form than expected."""
    try:
        return msgspec.json.decode(raw, type=answers.Concept)
    except msgspec.ValidationError:
        return None


def _file_name(name: str) -> str:
    """A name as a part of an address: no way out of its folder, no query."""
    last = name.rpartition("/")[2]
    kept = "".join(each for each in last if each.isascii() and (each.isalnum() or each in "-_."))
    return kept.lstrip(".") or "-"
