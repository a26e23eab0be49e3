"""Everything on one machine with nothing to install: own Postgres and Valkey, and a supervisor for all processes.

Nothing in here imports Django at the top: the supervisor must run before there is a database.
"""
