"""Watching the pipeline: rules, alerts, the messages about them, and the metrics as Prometheus text."""
