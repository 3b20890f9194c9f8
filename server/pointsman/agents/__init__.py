"""Agents: processes that somebody else wrote. Started, spoken to, told of; nothing is decided.

A driver speaks one protocol and turns what the agent says into ``AgentEvent``s; the ask server
carries the agent's questions the other way. This file imports nothing: the shim and the demo agent
live in this package, and each of them is started once an agent.
"""
