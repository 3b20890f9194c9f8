"""What an ACP agent asks of its client: permissions and forms."""

from pointsman.agents.events import Message, PermissionAsked, QuestionAsked, UsageReport
from pointsman.model.attention import Option

from .conftest import Unit
from .test_acp_hostile import SPEAKS

ASKS = """
def permit(kind, path):
    options = [dict(optionId="no", name="No", kind="reject_once"),
               dict(optionId="ever", name="Always", kind="allow_always"),
               dict(optionId="yes", name="Yes", kind="allow_once")]
    call = dict(toolCallId="1", title=f"{kind} {path}", kind=kind, locations=[dict(path=path)])
    send(id=9, method="session/request_permission",
         params=dict(sessionId="s", toolCall=call, options=options))
def answer():
    while "result" not in (m := take()): pass
    say(json.dumps(m["result"]))
"""


async def test_ordinary_edits_and_commands_are_allowed_unasked_in_the_sandbox(unit: Unit) -> None:
    script = unit.script(
        SPEAKS
        + ASKS
        + "prompt = open_session()\npermit('edit', os.getcwd() + '/src/a.py'); answer()\n"
        "permit('execute', '.'); answer()\nreply(prompt, stopReason='end_turn'); take()"
    )
    async with unit.agent(script) as agent:
        if unit.sandbox.name == "none":
            asked = await agent.until(PermissionAsked)
            assert asked.paths == ("src/a.py",)
            return
        await agent.turn()
        allowed = '{"outcome": {"optionId": "yes", "outcome": "selected"}}'
        assert [m.text for m in agent.of(Message)] == [allowed, allowed]


async def test_what_the_sandbox_would_refuse_is_asked(unit: Unit) -> None:
    script = unit.script(
        SPEAKS + ASKS + "prompt = open_session()\npermit('edit', '/etc/passwd'); answer()\n"
        "permit('edit', '/root/x'); answer()\nreply(prompt, stopReason='cancelled'); take()"
    )
    async with unit.agent(script) as agent:
        asked = await agent.until(PermissionAsked)
        assert (asked.text, asked.paths) == ("edit /etc/passwd", ("/etc/passwd",))
        assert asked.options[2] == Option(id="yes", label="Yes", kind="allow_once")
        assert await agent.driver.answer(asked.id, option="ever")
        assert not await agent.driver.answer(asked.id, option="no")
        second = await agent.until(PermissionAsked)
        assert second.id != asked.id
        await agent.driver.cancel()
        assert (await agent.turn()).reason == "cancelled"
    assert '"ever"' in agent.of(Message)[0].text
    assert agent.of(Message)[1].text == '{"outcome": {"outcome": "cancelled"}}'


async def test_a_form_is_asked_field_by_field(bare_unit: Unit) -> None:
    script = bare_unit.script(
        SPEAKS
        + ASKS
        + """
prompt = open_session()
schema = dict(type="object", properties=dict(
    colour=dict(type="string", title="Which colour?",
                oneOf=[dict(const="r", title="Red"), dict(const="b", title="Blue")]),
    many=dict(type="array", items=dict(enum=["x", "y"])), sure=dict(type="boolean", default=True),
    count=dict(type="integer"), odd=7))
send(id=9, method="elicitation/create",
     params=dict(sessionId="s", mode="form", message="Choose", requestedSchema=schema))
answer()
send(id=9, method="elicitation/create",
     params=dict(sessionId="s", mode="url", message="m", url="http://x", elicitationId="e"))
answer()
update(sessionUpdate="usage_update", used=1, size=2, cost=dict(amount=0.5, currency="USD"))
update(sessionUpdate="usage_update", used=1, size=2, cost=dict(amount=0.75, currency="USD"))
reply(prompt, stopReason="end_turn", usage=dict(totalTokens=30, inputTokens=10, outputTokens=20))
take()
"""
    )
    async with bare_unit.agent(script) as agent:
        asked = await agent.until(QuestionAsked)
        assert asked.text == "Choose\nWhich colour?"
        assert [(o.id, o.label) for o in asked.options] == [("r", "Red"), ("b", "Blue")]
        await agent.driver.answer(asked.id, option="b")
        asked = await agent.until(QuestionAsked)
        await agent.driver.answer(asked.id, option="x")
        asked = await agent.until(QuestionAsked)
        assert asked.default == "true"
        await agent.driver.answer(asked.id, option="false")
        asked = await agent.until(QuestionAsked)
        await agent.driver.answer(asked.id, text="12")
        await agent.turn()
    accepted, declined = [m.text for m in agent.of(Message)]
    assert '"content": {"colour": "b", "many": ["x"], "sure": false, "count": 12}' in accepted
    assert '"decline"' in declined
    used = agent.of(UsageReport)
    assert [u.money for u in used] == [0.5, 0.25, 0.0]
    assert used[2].tokens == 30
