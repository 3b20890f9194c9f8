"""The demo agent: a real ACP agent without a model, which does the steps that a PLAN.md lists.

It runs inside the sandbox, started like any other agent, and imports little: the tests and the
first thing that anybody tries wait for it.
"""
