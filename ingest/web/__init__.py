"""The people's doors of the ingester: console, volunteer's phone page, JSON API, health. Decides nothing itself."""
