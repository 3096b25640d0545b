# Killmart with everything that it runs on, from the same lock as .venv; docker-compose.yaml starts it.
FROM python:3.11-slim

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPATH=/opt/killmart/include \
    KILLMART_HOME=/var/lib/killmart \
    AIRFLOW_HOME=/var/lib/killmart/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/killmart/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/killmart/plugins

RUN useradd --uid 10001 --create-home killmart \
    && install -d -o killmart -g killmart "$KILLMART_HOME" "$AIRFLOW_HOME"

WORKDIR /opt/killmart
COPY requirements.txt .
RUN pip install --no-cache-dir --no-deps -r requirements.txt
# Packages besides, for example of an auth manager (docs/containers.md). Airflow stays as it is; FAB wants an older dateutil.
ARG PACKAGES=
RUN test -z "$PACKAGES" || pip install --no-cache-dir "$(grep -o '^apache-airflow==[0-9.]*' requirements.txt)" $PACKAGES
COPY . .

USER killmart
