"""Roll-ups of deals: kept by triggers and a worker, so that no figure needs a scan.

Every change of a deal leaves a row in `rollup_change`, in its own transaction. A worker folds these into the roll-ups,
every few seconds (`folding`); who reads adds those that are left. So a figure is right in the moment in which the
change is committed, and no two changes wait for one another. `checking` compares all of it with the deals.
"""
