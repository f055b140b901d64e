"""Made-up financial English of any length, the same for the same seed.

Words are drawn as people use them, a few very often and most hardly ever (Zipf), into sentences of some
shapes with figures, dates and names between them, and each text comes back to what it is about. `gzip -6`
makes a text of 3 KB half as large and many of them a third, as it does with what people write.
"""

import itertools
import random
from collections.abc import Sequence

_STEMS = tuple(
    (
        "account accrual acquisition adjustment advance agreement allocation allowance amortisation "
        "analysis annuity appraisal arbitrage asset assumption auction audit average backlog balance bank "
        "barrel baseline benchmark bid board bond borrower branch brand broker budget buffer business "
        "buyback buyer capacity capital carrier cash category ceiling channel charge claim client "
        "collateral commission commodity company comparison component concession condition consensus "
        "consumer contract contribution control conversion copper cost coupon court covenant coverage "
        "credit creditor currency curve customer cycle deal dealer debt decade decision decline default "
        "deferral deficit delivery demand department deposit depreciation derivative design discount "
        "disclosure disposal distribution dividend division dollar downgrade draft duration duty earner "
        "economy efficiency electricity employee energy engine entity equity estimate euro event exception "
        "exchange expansion expense exporter exposure facility factor factory failure farm fee figure "
        "filing financing fleet floor forecast franchise freight fuel fund gain gas goodwill grant growth "
        "guarantee guidance harvest hedge holder holding household impairment import incentive income "
        "increase index inflation insurer interest inventory investment investor invoice issuer item "
        "judgement kilometre labour land lawsuit lease lender liability licence limit line liquidity "
        "litigation loan logistics loss machine maker margin market material maturity measure member merger "
        "method metal mine minority model month mortgage multiple network note obligation occupancy offer "
        "office operation operator option order outlay outlook output overhang owner package partner patent "
        "payment payout pension percentage period pipeline plan plant platform policy portfolio position "
        "power premium price principal prior procurement product profit programme project property proposal "
        "provision purchase quarter quota quotation railway rate rating ratio reading rebate receipt "
        "receivable recovery reduction refinery region regulator reinvestment remainder rent repayment "
        "report reserve residual restructuring result retailer return revenue review revision risk rival "
        "route royalty rule salary sale sample saving scale scenario schedule season sector security "
        "segment seller series service settlement share shareholder shipment shortage sign site software "
        "solvency source spending spread stake standard statement steel stock storage store strategy study "
        "subscriber subsidiary subsidy supplier supply surcharge surplus swap target tariff tax tender "
        "tenor terminal territory threshold ton trade trader transaction transition treasury trend trust "
        "turnover unit upgrade usage utilisation utility valuation value variance vehicle vendor venture "
        "vessel volume voucher wage warehouse warranty water weight wholesale window withdrawal worker yard "
        "year yield zone "
    ).split()
)
_HEADS = tuple(
    (
        "working operating net gross free long-term short-term fixed floating deferred adjusted reported "
        "organic underlying regulated unregulated domestic foreign listed unlisted senior junior secured "
        "unsecured rolling structural seasonal nominal real effective marginal weighted diluted basic "
        "intangible tangible current non-current minority preferred common convertible callable index- "
        "linked variable recurring one-off cyclical defensive core legacy industrial commercial residential "
        "wholesale retail northern southern eastern western coastal overseas continental emerging mature "
        "early late weak strong steady thin thick narrow broad "
    ).split()
)
_VERBS = tuple(
    (
        "rose fell held narrowed widened doubled halved recovered slipped stalled improved deteriorated "
        "accelerated slowed stabilised exceeded missed matched lagged led absorbed offset masked reflected "
        "followed preceded supported constrained diluted inflated reduced raised restated confirmed cut "
        "extended postponed reclassified refinanced repriced hedged funded consumed released generated tied "
        "covered explained outpaced trailed drove weakened strengthened eroded restored squeezed flattened "
        "steepened reversed repeated softened tightened "
    ).split()
)
_LINKS = tuple(
    (
        "because although while whereas since until once unless so-that even-though provided-that after "
        "before as given-that now-that in-case "
    ).split()
)
_MANNERS = tuple(
    (
        "again still only already hardly sharply slightly barely clearly steadily briefly broadly "
        "temporarily modestly visibly partly largely mostly nearly roughly gradually abruptly unexpectedly "
        "reportedly apparently probably evidently deliberately quietly repeatedly seasonally structurally "
        "nominally consistently "
    ).split()
)
_PREPOSITIONS = (
    "of on for in under beside against beyond without before behind across within above below".split()
)
_VIEWS = tuple(
    (
        "investors auditors lenders analysts regulators suppliers customers managers directors brokers "
        "rivals economists creditors underwriters trustees "
    ).split()
)
_SAYING = tuple(
    (
        "expect doubt note assume argue fear report believe suspect estimate maintain concede claim "
        "calculate hope "
    ).split()
)
_SYLLABLES = tuple(
    (
        "al an ar bel ber cal can cor dal den dor el en fal far gar gen hal har in is kar kel lan lor mal "
        "mar mer nor or pal per quin ral ren sal sor tal ter ul val ver wen wor yar zan "
    ).split()
)
_ENDINGS = (
    "Holdings Group Industries Energy Materials Partners Systems Foods Bancorp Logistics Re Metals".split()
)
_UNITS = ("", "", "", "%", "%", " million", " bn", " bp", "x", " a ton")
_MONTHS = tuple(
    ("January February March April May June July August September October November December ").split()
)


class Prose:
    """A writer with a vocabulary of its own; two with the same seed write the same."""

    def __init__(self, seed: int = 1) -> None:
        self._random = draw = random.Random(seed)  # noqa: S311  the same every time, on purpose
        compounds = [f"{head} {stem}" for head in _HEADS for stem in draw.sample(_STEMS, 60)]
        pairs = [f"{one} {other}" for one in _STEMS for other in draw.sample(_STEMS, 24)]
        names = [
            f"{''.join(draw.choices(_SYLLABLES, k=draw.randint(2, 4))).capitalize()} {draw.choice(_ENDINGS)}"
            for _ in range(3000)
        ]
        rare = draw.sample([*compounds, *pairs], len(compounds) + len(pairs))
        made = ["".join(draw.choices(_SYLLABLES, k=draw.randint(2, 4))) for _ in range(20000)]
        self._all_nouns = _zipf([*draw.sample(_STEMS, len(_STEMS)), *rare], flat=250)
        self._all_names = _zipf(names, flat=1000)
        self._all_jargon = _zipf(made, flat=5000)
        self._jargon = self._all_jargon
        self._nouns = self._all_nouns
        self._names = self._all_names
        self._verbs = _zipf(
            [*draw.sample(_VERBS, len(_VERBS)), *(f"{word}ed" for word in made[:400])], flat=40
        )
        self._manners = _zipf(
            [*draw.sample(_MANNERS, len(_MANNERS)), *(f"{word}ly" for word in made[400:700])], flat=40
        )
        self._links = _zipf([each.replace("-", " ") for each in _LINKS])

    def text(self, size: int) -> str:
        """Some paragraphs of ASCII, as near to `size` characters as whole sentences come, never more."""
        pieces: list[str] = []
        left = size
        self._choose_subject()
        while len(sentence := self._sentence()) < left:
            pieces += [sentence, "\n\n" if len(pieces) % 10 == 8 else " "]
            left -= len(sentence) + len(pieces[-1])
        return "".join(pieces).rstrip()

    def question(self) -> str:
        """One question on one line."""
        self._choose_subject()
        noun, name = self._one(self._nouns), self._name()
        return self._random.choice(
            (
                f"What did the {noun} of {name} do in {self._random.randint(2015, 2026)}?",
                f"Compare the {noun} of {name} and {self._name()}.",
                f"How did {self._one(self._nouns)} move the {noun} at {name}?",
                f"Is {name}'s {noun} covered by its {self._one(self._nouns)}?",
            )
        )

    def _choose_subject(self) -> None:
        """Choose what the next text is about: it comes back to a few companies and things."""
        draw = self._random
        self._names = _zipf([self._one(self._all_names) for _ in range(5)], flat=1)
        special = [self._one(self._all_jargon) for _ in range(60)]
        nouns = [*special, *(self._one(self._all_nouns) for _ in range(30))]
        self._nouns = _zipf(draw.sample(nouns, len(nouns)), flat=4)
        self._jargon = _zipf(special, flat=4)

    def _sentence(self) -> str:
        draw = self._random
        text = self._clause()
        if draw.random() < 0.2:
            text = f"{draw.choice(_VIEWS)} {draw.choice(_SAYING)} that {text}"
        if draw.random() < 0.5:
            text += f", {self._one(self._links)} {self._clause()}"
        if draw.random() < 0.4:
            text += f" ({self._figure()} against {self._figure()} in {self._date()})"
        return f"{text[0].upper()}{text[1:]}."

    def _clause(self) -> str:
        draw = self._random
        subject = self._name() if draw.random() < 0.5 else self._phrase()
        verb = self._one(self._verbs)
        if draw.random() < 0.3:
            verb = f"{self._one(self._manners)} {verb}"
        match draw.randrange(6):
            case 0:
                return f"{subject} {verb} by {self._figure()} to {self._figure()}"
            case 1:
                return f"{subject} {verb} {self._phrase()} in {self._date()}"
            case 2:
                return f"{self._phrase()} and {self._phrase()} {verb} {self._phrase()}"
            case 3:
                return f"in {self._date()} {subject} {verb}, with {self._phrase()} at {self._figure()}"
            case 4:
                return f"{subject} {verb} {self._phrase()}"
            case _:
                return f"{subject} {verb} {self._phrase()} of {self._name()}"

    def _phrase(self) -> str:
        draw = self._random
        noun = self._one(self._nouns)
        if draw.random() < 0.3:
            noun = f"{draw.choice(_HEADS)} {noun}"
        elif draw.random() < 0.5:
            noun = f"{self._one(self._jargon)} {noun}"
        article = draw.choice(("the ", "the ", "a ", "its ", "their ", "this ", "no ", ""))
        if draw.random() < 0.4:
            return f"{article}{noun} {draw.choice(_PREPOSITIONS)} {self._one(self._nouns)}s"
        return f"{article}{noun}"

    def _name(self) -> str:
        return self._one(self._names)

    def _figure(self) -> str:
        draw = self._random
        amount = draw.lognormvariate(4.5, 3)
        return f"{amount:,.{draw.choice((0, 1, 2, 3))}f}{draw.choice(_UNITS)}"

    def _date(self) -> str:
        draw = self._random
        year = draw.randint(1988, 2026)
        day = f"{draw.randint(1, 28)} {draw.choice(_MONTHS)}"
        return draw.choice((f"{year}", f"{year}", day, f"{day} {year}", f"Q{draw.randint(1, 4)} {year}"))

    def _one(self, words: "_Words") -> str:
        return self._random.choices(words[0], cum_weights=words[1])[0]


_Words = tuple[Sequence[str], Sequence[float]]


def _zipf(words: Sequence[str], flat: int = 6) -> _Words:
    """Words with their cumulated weights: the first ones are drawn most often, the less so the flatter."""
    return words, list(itertools.accumulate(1 / (rank + flat) for rank in range(len(words))))
