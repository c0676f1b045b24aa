"""A test internet in network namespaces: vantages, routers, borders, servers, and everything that can go wrong."""
