"""A simulator: real devices' cores and files, the real server's functions and database, bad luck.

Everything that could differ from run to run comes from one seed: who does what, when, under which
ids, and what the network, the clocks and the processes do to it.
"""
