"""The MQTT v5 transport, over paho-mqtt.

Both ends set TCP_NODELAY: without it on either side every QoS 1 exchange stalls 40 ms on the
kernel's delayed acknowledgement (86 ms instead of 0.4 ms for a request and its reply, measured
on loopback). paho sets it nowhere, so this class does, and refuses a socket that did not take it.

A connection outlives its socket: the broker keeps the session, what is published meanwhile waits
on either side, and a thread of its own connects anew. QoS 1 may then deliver a message twice.
"""

from __future__ import annotations

import os
import select
import socket
import threading
import time
from functools import partial
from typing import Any

from edge_aibench.errors import InternalError, RunError
from edge_aibench.messaging.transport import Handler, Message

KEEPALIVE_S = 30
CONNECT_TIMEOUT_S = 10.0
SESSION_S = 300
"""How long a broker keeps the session of a client that is gone."""

RECONNECT_S = 30.0
"""How long a lost connection is tried anew before it counts as lost."""

_RECONNECT_EVERY_S = 0.2


class MqttTransport:
    """One connection to a broker. Publishing is safe from any thread; servicing from one."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        client_id: str,
        qos: int = 1,
        expiry_s: float | None = None,
        patience_s: float = RECONNECT_S,
    ) -> None:
        """Connect at once. Raises RunError when the broker does not answer within 10 s.

        *expiry_s* bounds how long a broker may keep a message (MessageExpiryInterval, whole
        seconds, at least 1): an answer nobody waits for any more is not worth sending. A lost
        connection is tried anew for *patience_s*.
        """
        from paho.mqtt.client import Client, MQTTv5
        from paho.mqtt.enums import CallbackAPIVersion
        from paho.mqtt.packettypes import PacketTypes
        from paho.mqtt.properties import Properties
        from paho.mqtt.subscribeoptions import SubscribeOptions

        self._new_options = SubscribeOptions
        self._new_subscription = partial(Properties, PacketTypes.SUBSCRIBE)
        self._where = f"{host}:{port}"
        self._qos = qos
        self._expiry_s = None if expiry_s is None else max(1, round(expiry_s))
        self._handlers: list[Handler] = []
        self._unconfirmed: set[int] = set()
        self._refusal: str | None = None
        self._connected = False
        self._lock = threading.RLock()
        # Its descriptor is readable when the socket has something to read, or has room again for
        # what it had none for. So no thread ever waits for a slow network inside `publish`.
        self._poll = select.epoll()
        self._watched = 0
        # Wakes whoever waits when there is no socket any more.
        self._lost_fd = os.eventfd(0, os.EFD_NONBLOCK)
        self._poll.register(self._lost_fd, select.EPOLLIN)
        self._next_keepalive_s = 0.0
        self._closed = False
        self._reconnecting: threading.Thread | None = None
        self._given_up: str | None = None
        self._patience_s = patience_s
        client = Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTv5)
        client.max_inflight_messages_set(65535)
        client.on_socket_open = self._on_socket_open
        client.on_socket_close = self._on_socket_close
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        self._client = client
        session: Any = partial(Properties, PacketTypes.CONNECT)()
        session.SessionExpiryInterval = SESSION_S
        try:
            # The first connection starts clean, later ones take the session up again.
            client.connect(host, port, keepalive=KEEPALIVE_S, properties=session)
        except OSError as error:
            raise RunError(f"no broker answers at {self._where}: {error}") from error
        self._wait(lambda: self._connected, "did not accept the connection")

    def subscribe(self, topic_filter: str, handler: Handler) -> None:
        # A broker may send one copy for each filter that matches, or one for all: the
        # identifiers that come with it say whom each copy is for (MQTT 5.0, 3.3.4).
        self._handlers.append(handler)
        properties = self._new_subscription()
        properties.SubscriptionIdentifier = len(self._handlers)
        with self._lock:
            _, packet = self._client.subscribe(
                topic_filter, options=self._new_options(qos=self._qos), properties=properties
            )
            if packet is not None:
                self._unconfirmed.add(packet)
        self._wait(lambda: not self._unconfirmed, f"did not confirm '{topic_filter}'")

    def publish(self, topic: str, payload: bytes, *, correlation: bytes = b"") -> None:
        with self._lock:
            # Any: paho names its own class, of which it needs `pack` only.
            properties: Any = PublishProperties(correlation, self._expiry_s)
            info = self._client.publish(topic, payload, qos=self._qos, properties=properties)
            self._write()
        if self._closed or self._given_up is not None:
            raise RunError(f"lost the broker at {self._where} while publishing to '{topic}'")
        # At QoS 1 paho keeps what it cannot send, and sends it once the connection is back; at
        # QoS 0 it is lost, as a message on its way would be.
        if info.rc != 0:
            self._connect_anew()

    def fileno(self) -> int:
        return self._poll.fileno()

    def service(self) -> None:
        if self._given_up is not None:
            raise RunError(f"lost the broker at {self._where}: {self._given_up}")
        with self._lock:
            status = 0
            if self._client.socket() is not None:
                status = self._client.loop_read()
            if status == 0:
                self._write()
                self._keep_alive()
        if (status != 0 or self._client.socket() is None) and not self._closed:
            self._connect_anew()

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            with self._lock:
                self._client.disconnect()
                self._flush()
            self._poll.close()
            os.close(self._lost_fd)

    def _connect_anew(self) -> None:
        """Begin to, in a thread of its own: a sensor is not to wait for a network."""
        if self._reconnecting is None or not self._reconnecting.is_alive():
            self._reconnecting = threading.Thread(target=self._reconnect, daemon=True)
            self._reconnecting.start()

    def _reconnect(self) -> None:
        deadline_s = time.monotonic() + self._patience_s
        while not self._closed:
            try:
                self._client.reconnect()
            except OSError as error:
                if time.monotonic() > deadline_s:
                    self._given_up = str(error)
                    os.eventfd_write(self._lost_fd, 1)
                    return
                time.sleep(_RECONNECT_EVERY_S)
            else:
                return

    def _write(self) -> None:
        """Write what the socket has room for, and have the rest written when it has again."""
        if self._client.want_write():
            self._client.loop_write()
        sock = self._client.socket()
        wanted = select.EPOLLIN | (select.EPOLLOUT if self._client.want_write() else 0)
        if sock is not None and wanted != self._watched:
            self._poll.modify(sock.fileno(), wanted)
            self._watched = wanted

    def _flush(self) -> None:
        """Write everything, for as long as that takes: for the first and the last words."""
        while self._client.want_write() and (sock := self._client.socket()) is not None:
            select.select([], [sock.fileno()], [], 1.0)
            if self._client.loop_write() != 0:
                return

    def _on_socket_open(self, _client: Any, _data: Any, sock: Any) -> None:
        _set_no_delay(sock)
        self._poll.register(sock.fileno(), select.EPOLLIN)
        self._watched = select.EPOLLIN

    def _on_socket_close(self, _client: Any, _data: Any, sock: Any) -> None:
        if not self._poll.closed:
            self._poll.unregister(sock.fileno())

    def _keep_alive(self) -> None:
        now_s = time.monotonic()
        if now_s >= self._next_keepalive_s:
            self._next_keepalive_s = now_s + 1.0
            self._client.loop_misc()

    def _wait(self, done: Any, failure: str) -> None:
        deadline_s = time.monotonic() + CONNECT_TIMEOUT_S
        while not done():
            left_s = deadline_s - time.monotonic()
            if self._refusal is not None or left_s <= 0:
                raise RunError(
                    f"the broker at {self._where} {failure}: {self._refusal or 'silence'}"
                )
            if select.select([self.fileno()], [], [], min(left_s, 0.1))[0]:
                self.service()
            elif self._client.want_write():
                self._flush()

    def _on_connect(self, _client: Any, _data: Any, _flags: Any, reason: Any, _more: Any) -> None:
        if reason.is_failure:
            self._refusal = str(reason)
        else:
            self._connected = True

    def _on_subscribe(
        self, _client: Any, _data: Any, packet: int, reasons: Any, _more: Any
    ) -> None:
        if refused := [reason for reason in reasons if reason.is_failure]:
            self._refusal = str(refused[0])
        self._unconfirmed.discard(packet)

    def _on_message(self, _client: Any, _data: Any, message: Any) -> None:
        received_ns = time.monotonic_ns()
        correlation = getattr(message.properties, "CorrelationData", b"")
        arrived = Message(message.topic, message.payload, correlation, received_ns)
        for identifier in message.properties.SubscriptionIdentifier:
            self._handlers[identifier - 1](arrived)


def _set_no_delay(sock: Any) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if not sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY):
        raise RunError("this system's TCP does not take TCP_NODELAY: MQTT would stall 40 ms a hop")


class PublishProperties:
    """Correlation and expiry of a PUBLISH, packed as MQTT 5.0 sections 2.2.2 and 3.3.2.3 say.

    paho's own class takes 34 us to fill and pack with these two (2-core virtual machine),
    and more in a process that has just slept; this one takes 0.5 us. paho calls nothing
    of it but `pack`.
    """

    __slots__ = ("_packed",)

    def __init__(self, correlation: bytes, expiry_s: int | None) -> None:
        packed = b""
        if expiry_s is not None:
            packed += b"\x02" + expiry_s.to_bytes(4, "big")
        if correlation:
            packed += b"\x09" + len(correlation).to_bytes(2, "big") + correlation
        # The length before it is one byte up to here (a variable byte integer, section 1.5.5).
        if len(packed) > 127:
            raise InternalError(f"a correlation of {len(correlation)} bytes is too long")
        self._packed = bytes((len(packed),)) + packed

    def pack(self) -> bytes:
        """The bytes that stand in the packet."""
        return self._packed
