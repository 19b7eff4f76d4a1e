"""The only importer of `prefect`. Its modules load it when they are loaded: import them where they are used."""
