"""The stack that `make demo`, `live`, `db`, `down` and `psql` run: embedded PostgreSQL, the simulator and Airflow."""
