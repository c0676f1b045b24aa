"""Who may read what we serve: the web configuration, its users and certificates, and where we dare to listen."""
