"""Requests to addresses that users name: webhooks and chat channels. Never a way into the network that we stand in.

A URL is read by one narrow grammar (`urls`), its host's addresses are judged as the connection is made and the judged
one is connected to, with no second look-up between (`connecting`), and what answers gets bounded time and space
(`client`). No redirect is followed, no cookie kept, no proxy of the environment asked, no credential of ours sent.
"""

from app.outgoing.client import Answer, NotReached, Outgoing
from app.outgoing.connecting import Forbidden
from app.outgoing.rules import Rules
from app.outgoing.urls import LONGEST_URL, BadUrl, Target, read_url

__all__ = ["LONGEST_URL", "Answer", "BadUrl", "Forbidden", "NotReached", "Outgoing", "Rules", "Target", "read_url"]
