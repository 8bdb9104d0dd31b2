# One image for every component: API server, scheduler, Dag processor, triggerer, workers.
FROM python:3.12-slim-bookworm AS reports

# Pango draws the PDF; the fonts are for names that the bundled ones do not cover.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core fonts-noto-cjk tini \
    && rm -rf /var/lib/apt/lists/*

ENV AIRFLOW_HOME=/opt/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/airflow/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/airflow/plugins \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    AIRFLOW__CORE__MAX_MAP_LENGTH=10000 \
    AIRFLOW__DATABASE__EXTERNAL_DB_MANAGERS=msp_reports.migration.ReportsDBManager \
    PYTHONUNBUFFERED=1

RUN useradd --uid 50000 --create-home --home-dir /opt/airflow airflow
COPY requirements.txt /tmp/requirements.txt
RUN pip install --no-cache-dir --requirement /tmp/requirements.txt && rm /tmp/requirements.txt

WORKDIR /opt/airflow
COPY --chown=airflow dags dags
COPY --chown=airflow plugins plugins
COPY --chown=airflow include include

USER airflow
ENTRYPOINT ["tini", "--", "airflow"]
CMD ["version"]

# The demo estate: the same image with the vendors' stand-ins beside it (profile "demo").
FROM reports AS estate
COPY --chown=airflow demo demo
ENTRYPOINT ["tini", "--", "python", "-m", "demo.vendors"]
