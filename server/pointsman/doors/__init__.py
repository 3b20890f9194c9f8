"""The ways in for people and programs. A door translates; it decides nothing."""
