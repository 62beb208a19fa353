"""The definitions that come with the program. Data that designers edit: this file only lets it be installed."""
