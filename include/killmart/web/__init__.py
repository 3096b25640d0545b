"""The web pages: a FastAPI app that knows the warehouse and no Airflow; who may read and act is injected."""
