"""The Prefect flows and their deployments. They say where and how `pipeline/` runs; nothing else imports Prefect."""
