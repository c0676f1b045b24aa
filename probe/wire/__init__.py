"""The one seam to the network: non-blocking sockets, kernel stamps, TCP_INFO, and TLS by memory BIO."""
