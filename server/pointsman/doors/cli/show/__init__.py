"""What people see of each operation's result: functions ``(result, out)``, one family a file.

A function may give an exit code; None is 0.
"""
