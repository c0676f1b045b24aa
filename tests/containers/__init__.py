"""The image and docker-compose.yml tried for real, by a Docker engine of our own: `make containers`."""
