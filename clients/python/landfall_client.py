"""The live configuration of this instance, as its Landfall agent serves it.

    config = landfall_client.connect()
    size = config.property("pool.size").as_integer(5)
    size.on_change(pool.resize)
"""

import http.client
import json
import logging
import math
import os
import random
import re
import socket
import threading
import time
import weakref
from datetime import timedelta
from types import MappingProxyType
from urllib.parse import urlsplit

__all__ = ["connect", "Configuration", "LandfallError", "Property", "Snapshot"]

_log = logging.getLogger("landfall")
_HELD_S = 60
_ANSWER_S = 10
_LONGEST_PAUSE_S = 2.0
# A document of the largest configuration is far below it.
_LARGEST = 64 * 1024 * 1024
# No scalar needs more characters.
_LONGEST = 100


class LandfallError(Exception):
    """The configuration could not be read. `code` is one of Landfall's error codes, where the agent gave one."""

    def __init__(self, message, code="LF_AGENT"):
        super().__init__(message)
        self.code = code


def connect(socket_path=None, *, url=None, token=None, token_file=None, wait=30.0):
    """Waits for an agent that has a configuration, at most `wait` seconds, and follows it until `close()`.

    The socket is `LANDFALL_SOCKET` or /run/landfall/landfall.sock. The port is asked only where `url` names it: while an
    agent is down any user of the host can listen at its port.
    """
    door = _Door(socket_path, url, token, token_file)
    end = time.monotonic() + wait
    failures = 0
    while True:
        try:
            return Configuration(door, door.ask(None))
        except (OSError, ValueError, http.client.HTTPException, LandfallError) as error:
            left = end - time.monotonic()
            if left <= 0:
                code = getattr(error, "code", "LF_AGENT")
                raise LandfallError(f"no configuration from {door.name}: {error}", code) from error
            time.sleep(min(_pause(failures), left))
            failures += 1


class Snapshot:
    """One generation, whole. It never changes: who reads several keys for one piece of work reads them from one."""

    def __init__(self, document, etag, is_socket):
        properties = document.get("properties") if isinstance(document, dict) else None
        if not isinstance(properties, dict) or not isinstance(document.get("digest"), str):
            raise ValueError("the answer is no configuration")
        # In its place a program would try `[redacted]` as a password until the account is locked.
        hidden = [] if is_socket else [key for key, value in properties.items() if value == "[redacted]"]
        self.withheld = tuple(hidden)
        self.values = MappingProxyType({key: value for key, value in properties.items() if key not in set(hidden)})
        self.about = MappingProxyType({name: value for name, value in document.items() if name != "properties"})
        self.etag = etag

    @property
    def generation(self):
        return self.about["generation"]

    @property
    def digest(self):
        return self.about["digest"]

    def get(self, key, default=None):
        """A text; a list is its JSON text."""
        value = self.values.get(key)
        if value is None:
            return default
        return value if isinstance(value, str) else _json_text(value)


class Configuration:
    """What `connect` gives. All of it may be called from any thread; listeners are called from one of the client's own."""

    def __init__(self, door, snapshot):
        self._door = door
        self._snapshot = snapshot
        self._closing = threading.Event()
        # Of properties and listeners; a listener may register others.
        self._lock = threading.RLock()
        self._properties = weakref.WeakSet()
        self._listeners = []
        self.problem = None
        threading.Thread(target=self._follow, name="landfall", daemon=True).start()

    @property
    def snapshot(self):
        return self._snapshot

    def get(self, key, default=None):
        return self._snapshot.get(key, default)

    def property(self, key):
        return _PropertyReader(self, key)

    def on_change(self, listener):
        """Calls back with each new snapshot, after all properties have their new values. What is returned ends that."""
        return self._listen(lambda changed, snapshot: listener(snapshot))

    def close(self):
        self._closing.set()
        self._door.close()
        with self._lock:
            self._listeners.clear()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _listen(self, tell):
        with self._lock:
            self._listeners.append(tell)

        def end():
            with self._lock:
                if tell in self._listeners:
                    self._listeners.remove(tell)

        return end

    def _follow(self):
        failures = 0
        while not self._closing.is_set():
            began = time.monotonic()
            try:
                snapshot = self._door.ask(self._snapshot.etag)
                failures = 0
                self.problem = None
                if snapshot is not None and not self._closing.is_set():
                    self._adopt(snapshot)
                elif time.monotonic() - began < 1:
                    # One that is told at once that nothing changed had to make room for others.
                    self._closing.wait(_pause(3))
            except Exception as error:  # whatever it is, the last good configuration stays
                self.problem = error
                self._closing.wait(_pause(failures))
                failures += 1

    def _adopt(self, snapshot):
        with self._lock:
            self._snapshot = snapshot
            changed = {known for known in list(self._properties) if known._read(snapshot)}
            listeners = list(self._listeners)
        for tell in listeners:
            try:
                tell(changed, snapshot)
            except Exception:
                _log.exception("a listener of the configuration failed")


class Property:
    """A typed key that follows the configuration."""

    def __init__(self, config, key, name, read, default):
        self.key = key
        self._config = config
        self._name = name
        self._typed = read
        self._default = default
        self._value = default
        self._seen = None
        self._problem = None
        with config._lock:
            config._properties.add(self)
            self._read(config.snapshot)

    @property
    def value(self):
        """Of the key; else the last one that was of this type; else the default."""
        return self._value

    def get(self):
        return self._value

    @property
    def problem(self):
        """Set while the key holds something that is not of its type, or a secret that is not shown."""
        return self._problem

    def on_change(self, listener):
        """Calls back with each new value, not with the present one. What is returned ends that."""
        return self._config._listen(lambda changed, _: listener(self._value) if self in changed else None)

    def _read(self, snapshot):
        raw = snapshot.values.get(self.key)
        if raw is None:
            is_withheld = self.key in snapshot.withheld
            message = f"'{self.key}' is a secret: connect over the socket or with a token"
            self._problem = LandfallError(message, "LF_UNAUTHORIZED") if is_withheld else None
            self._seen = None
            return self._become(self._default)
        try:
            value = self._typed(raw)
        except Exception:
            # Without what was refused: it may be a secret.
            self._problem = LandfallError(f"'{self.key}' is not {self._name}", "LF_VALUE_TYPE")
            return False
        self._problem = None
        if raw == self._seen:
            return False
        self._seen = raw
        return self._become(value)

    def _become(self, value):
        is_another = value != self._value or type(value) is not type(self._value)
        self._value = value
        return is_another


class _PropertyReader:
    def __init__(self, config, key):
        self._config = config
        self._key = key

    def _as(self, name, read, default):
        return Property(self._config, self._key, name, read, default)

    def as_string(self, default=None):
        return self._as("a string", _text, default)

    def as_boolean(self, default=None):
        return self._as("a boolean", boolean_of, default)

    def as_integer(self, default=None):
        return self._as("an integer", integer_of, default)

    def as_number(self, default=None):
        return self._as("a number", number_of, default)

    def as_duration(self, default=None):
        """A `timedelta`."""
        return self._as("a duration such as 250ms, 30s or 1h30m", duration_of, default)

    def as_size(self, default=None):
        """Bytes."""
        return self._as("a size such as 64k, 10MiB or 10MB", size_of, default)

    def as_list(self, default=None):
        return self._as("a list", list_of, default)

    def as_map(self, default=None):
        return self._as("a map such as k1=v1,k2=v2", map_of, default)

    def as_json(self, default=None):
        return self._as("JSON", json_of, default)

    def as_type(self, read, default=None):
        """`read` raises where the text does not fit."""
        return self._as("of its type", lambda raw: read(_text(raw)), default)


_BOOLEANS = {
    **dict.fromkeys(("true", "t", "yes", "y", "on", "1"), True),
    **dict.fromkeys(("false", "f", "no", "n", "off", "0"), False),
}
_UNITS_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_SIZE = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(?:([kmgt])(i?b)?|b)?\s*", re.ASCII | re.IGNORECASE)


# Each raises ValueError where the value does not fit. The rows of clients/typed-reads.json hold for every client.
def boolean_of(raw):
    word = _scalar(raw).strip().lower()
    if word not in _BOOLEANS:
        raise ValueError("no boolean")
    return _BOOLEANS[word]


def integer_of(raw):
    number = int(_matched(r"[+-]?[0-9]+", _scalar(raw)).group())
    if abs(number) > 2**53 - 1:
        raise ValueError("beyond 2^53")
    return number


def number_of(raw):
    number = float(_matched(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?", _scalar(raw)).group())
    if not math.isfinite(number):
        raise ValueError("not finite")
    return number


def duration_of(raw):
    text = _scalar(raw).strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return timedelta(seconds=float(text))
    _matched(r"([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+", text)
    parts = re.findall(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)", text)
    return timedelta(milliseconds=sum(float(amount) * _UNITS_MS[unit] for amount, unit in parts))


def size_of(raw):
    match = _SIZE.fullmatch(_scalar(raw))
    if match is None:
        raise ValueError("no size")
    amount, prefix, suffix = match.groups()
    exponent = 0 if prefix is None else 1 + "kmgt".index(prefix.lower())
    size = float(amount) * (1000 if (suffix or "").lower() == "b" else 1024) ** exponent
    if not size.is_integer() or size > 2**53 - 1:
        raise ValueError("no whole number of bytes")
    return int(size)


def list_of(raw):
    return raw if isinstance(raw, list) else _parts(raw)


def map_of(raw):
    pairs = {}
    for part in _parts(_scalar(raw, None)):
        key, equals, value = part.partition("=")
        if not equals or not key.strip():
            raise ValueError("no pair")
        pairs[key.strip()] = value.strip()
    return pairs


def json_of(raw):
    def refuse(word):
        raise ValueError(f"{word} is no JSON")

    return json.loads(raw, parse_constant=refuse) if isinstance(raw, str) else raw


def _matched(pattern, text):
    match = re.fullmatch(pattern, text)
    if match is None:
        raise ValueError("does not fit")
    return match


def _scalar(raw, longest=_LONGEST):
    if not isinstance(raw, str) or (longest is not None and len(raw) > longest):
        raise ValueError("no scalar")
    return raw


def _parts(text):
    return [part for part in (part.strip() for part in text.split(",")) if part]


def _text(raw):
    return raw if isinstance(raw, str) else _json_text(raw)


def _json_text(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _pause(failures):
    longest = min(0.05 * 2 ** min(failures, 10), _LONGEST_PAUSE_S)
    return longest / 2 + random.random() * longest / 2


class _SocketConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class _Door:
    """Where the agent is asked. Decided once: another door may show less."""

    def __init__(self, socket_path, url, token, token_file):
        self._token = token
        self._token_file = token_file
        self._is_trusted = url is None or token is not None or token_file is not None
        self._path = None
        self._open = None
        if url is None:
            self._path = socket_path or os.environ.get("LANDFALL_SOCKET") or "/run/landfall/landfall.sock"
            self.name = self._path
        else:
            at = urlsplit(url)
            self._host, self._port = at.hostname, at.port or 80
            self.name = at.netloc

    def ask(self, etag):
        """The configuration; None when it is still that of `etag`, after a minute at most."""
        timeout = _ANSWER_S if etag is None else _HELD_S + _ANSWER_S
        connection = (
            http.client.HTTPConnection(self._host, self._port, timeout=timeout)
            if self._path is None
            else _SocketConnection(self._path, timeout)
        )
        self._open = connection
        try:
            connection.request("GET", "/v1/config" if etag is None else f"/v1/config?wait={_HELD_S}s", headers=self._headers(etag))
            answer = connection.getresponse()
            text = answer.read(_LARGEST + 1)
            # A read with a limit does not say when the answer ended before its length.
            if answer.length:
                raise http.client.IncompleteRead(text, answer.length)
            return self._read(answer, text, etag)
        finally:
            connection.close()

    def close(self):
        """Ends the question that is under way."""
        sock = getattr(self._open, "sock", None)
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it has ended by itself

    def _headers(self, etag):
        headers = {"Accept": "application/json"}
        if etag is not None:
            headers["If-None-Match"] = etag
        token = self._token
        if self._token_file is not None:
            with open(self._token_file, encoding="utf-8") as file:
                token = file.read().strip()
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return headers

    def _read(self, answer, text, etag):
        if answer.status == 304 and etag is not None:
            return None
        if answer.status != 200:
            raise self._refusal(answer.status, text)
        snapshot = Snapshot(json.loads(text), answer.headers.get("ETag"), self._path is not None)
        # An agent that was started anew has another token: better the secrets that were, than none.
        if snapshot.withheld and self._is_trusted:
            raise LandfallError(f"{self.name} does not take the token", "LF_UNAUTHORIZED")
        return snapshot

    def _refusal(self, status, text):
        try:
            problem = json.loads(text)
        except ValueError:
            problem = None
        problem = problem if isinstance(problem, dict) else {}
        detail = problem.get("detail", "no reason given")
        return LandfallError(f"{self.name} answers {status}: {detail}", problem.get("code", "LF_AGENT"))
