"""Keeps the disk small for years: our own old rows, Airflow's metadata and task logs, the logs of components."""
