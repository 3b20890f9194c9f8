"""What an operator might have answered for them, in random histories; mostly nothing."""

from pointsman.model.default_answer import DefaultAnswer

DEFAULTS: list[dict[str, DefaultAnswer]] = [
    {},
    {},
    {
        "QUESTION": DefaultAnswer(after=20, agents_default=True),
        "PERMISSION": DefaultAnswer(after=20, option="land"),
        "CONFLICT": DefaultAnswer(after=0.001, option="serialize"),
        "BUDGET": DefaultAnswer(after=500, option="give-up"),
    },
    {
        "QUESTION": DefaultAnswer(after=0.001, text="as you like"),
        "CONFLICT": DefaultAnswer(after=500, option="independent"),
        "CHECKS_FAILED": DefaultAnswer(after=20, option="send-back"),
        "LANDING_CONFLICT": DefaultAnswer(after=20, option="give-up"),
        "AGENT_FAILED": DefaultAnswer(after=20, option="retry"),
        "DEPENDENCY_GONE": DefaultAnswer(after=20, option="go-on"),
    },
]
