"""Places that must not be reached: URLs as users may write them and, for names, what a name server may answer."""

from typing import NamedTuple


class Place(NamedTuple):
    """`answers`: of the name server, one for each look-up; the last one stays. None: it isn't asked."""

    url: str
    answers: tuple[tuple[str, ...], ...] | None = None


def _named(*addresses: str, host: str = "hooks.example.com") -> Place:
    return Place(f"https://{host}/hook", (addresses,))


SPELLINGS = (
    Place("https://127.0.0.1/"),
    Place("https://2130706433/"),
    Place("https://0x7f000001/"),
    Place("https://017700000001/"),
    Place("https://0177.0.0.1/"),
    Place("https://0x7f.0.0.1/"),
    Place("https://127.1/"),
    Place("https://127.0.1/"),
    Place("https://0/"),
    Place("https://[::1]/"),
    Place("https://[::ffff:127.0.0.1]/"),
    Place("https://[::ffff:7f00:1]/"),
    Place("https://[::127.0.0.1]/"),
    Place("https://[fe80::1%25eth0]/"),
    Place("https://[64:ff9b::7f00:1]/"),
    Place("https://[2002:7f00:1::]/"),
    Place("https://[2001:0:7f00:1::]/"),
    Place("https://user:password@127.0.0.1/"),
    Place("https://hooks.example.com@127.0.0.1/"),
    Place("https://127.0.0.1#@hooks.example.com/"),
    Place("https://127.0.0.1\\@hooks.example.com/"),
    Place("https://hooks.example.com:443@169.254.169.254/"),
    Place("https://①②⑦.⓪.⓪.①/"),
    Place("https://127。0。0。1/"),
    Place("https://localhost/"),
    Place("https://hooks.example.com:22/"),
    Place("http://hooks.example.com/"),
    Place("file:///etc/passwd"),
    Place("gopher://127.0.0.1:6379/_FLUSHALL"),
    Place("https://hooks.example.com\t.evil/"),
)
"""By how they are written."""

ANSWERS = (
    _named("127.0.0.1"),
    _named("10.0.0.8"),
    _named("172.31.255.255"),
    _named("192.168.1.1"),
    _named("169.254.169.254", host="metadata.example.com"),
    _named("100.100.100.200"),
    _named("168.63.129.16"),
    _named("192.0.0.192"),
    _named("0.0.0.0"),  # noqa: S104
    _named("255.255.255.255"),
    _named("224.0.0.251"),
    _named("240.0.0.1"),
    _named("198.18.0.1"),
    _named("192.0.2.1"),
    _named("203.0.113.9"),
    _named("::1"),
    _named("::"),
    _named("fe80::1%lo"),
    _named("fd00:ec2::254"),
    _named("ff02::1"),
    _named("::ffff:10.0.0.8"),
    _named("::ffff:0:127.0.0.1"),
    _named("64:ff9b::a00:8"),
    _named("64:ff9b:1::a00:8"),
    _named("2002:a00:8::1"),
    _named("2001::a00:8"),
    _named("2001:db8::1"),
    _named("fec0::1"),
    _named("93.184.215.14", "127.0.0.1"),
    _named("127.0.0.1", "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"),
)
"""By what their names stand for."""
