"""Tell by which names a client's certificate speaks."""

from functools import lru_cache

from cryptography import x509


# A reader brings the same one with each request.
@lru_cache(maxsize=64)
def names_of(certificate: bytes) -> frozenset[str]:
    """Return DNS names, addresses, e-mail addresses and URIs of a certificate in DER; none when it cannot be read."""
    try:
        read = x509.load_der_x509_certificate(certificate)
        found = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return frozenset()
    return frozenset(
        str(one.value)
        for one in found
        if isinstance(one, x509.DNSName | x509.IPAddress | x509.RFC822Name | x509.UniformResourceIdentifier)
    )
