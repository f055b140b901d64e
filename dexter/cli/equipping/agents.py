"""Who answers: one model with all that it may call, put together for chat, `--print`, pipes and batches."""

from datetime import UTC, datetime

from dexter.agent import Agent
from dexter.agent.setting import nobody_waited
from dexter.cli.equipping.bounds import limits_of, price, second_model
from dexter.cli.equipping.toolbox import toolbox
from dexter.cli.options import Options
from dexter.keys import Keys
from dexter.models.choice import ModelChoice
from dexter.sessions import SessionManager
from dexter.settings import Settings
from dexter.tools.acting.consent import Consent


def agent_of(
    options: Options,
    keys: Keys,
    settings: Settings,
    choice: ModelChoice,
    sessions: SessionManager,
    *,
    consent: Consent | None = None,
) -> Agent:
    """The agent. Nothing is opened, asked or written before its first run.

    Args:
        options: Of this run.
        keys: Keys and addresses.
        settings: Of the home.
        choice: The model.
        sessions: What may be recalled.
        consent: Who allows what tools do; None where there is nobody to ask.
    """
    box = toolbox(options, keys, settings, sessions, consent=consent)
    return Agent(
        choice,
        keys=keys,
        today=lambda: datetime.now(UTC).astimezone().date(),
        tools=box.tools,
        run_tools=box.run_tools,
        servers=box.servers,
        close_tools=box.close,
        brief=box.brief,
        earlier=box.earlier,
        limits=limits_of(settings),
        second=second_model(settings)[0],
        price=price,
        waited=consent.waited if consent else nobody_waited,
    )
