"""The signed-in session of a request: found in its cookie, kept fresh, started and ended."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pyramid_cognito import ticket_store
from pyramid_cognito.cache import GenerationCache
from pyramid_cognito.cookies import ENVIRON_KEY, NO_STORE
from pyramid_cognito.ended import EndedPeople, EndedSessions
from pyramid_cognito.errors import CognitoError, Context, cognito_error
from pyramid_cognito.flights import STRAGGLER_TIME, Flights
from pyramid_cognito.identity import CognitoIdentity, frozen, static_principals
from pyramid_cognito.ticket import MAX_SEALED, Session, Tickets, Tokens
from pyramid_cognito.tokens import InvalidToken, KeysUnavailable, TokenVerifier

if TYPE_CHECKING:
    from pyramid.request import Request
    from pyramid.response import Response

    from pyramid_cognito.cookies import Cookies, Headers, TakenCookies
    from pyramid_cognito.revalidation import Revalidation
    from pyramid_cognito.settings import CognitoSettings

log = logging.getLogger(__name__)

#: what the opened tickets that a process keeps may weigh, in characters of the sealed claims: about
#: 2000 people of 10 kB each in memory, and fewer where people are in many groups
OPENED_SIZE = 2_200_000
#: seconds before the tokens run out at which a request refreshes them
REFRESH_MARGIN = 60
#: an older refresh token of the session was sent than Cognito's last one, and too late
REUSED = "RefreshTokenReuseException"

#: new tokens for old ones; raises CognitoError
Refresh = Callable[[Tokens], Tokens]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An opened ticket with what every request asks of it, made once."""

    session: Session
    session_id: str
    identity: CognitoIdentity
    principals: frozenset[str]
    ticket: str = field(repr=False)
    #: until then a request needs nothing but this object
    fresh_until: float


class Unavailable(Exception):
    """Who this is cannot be told now, because a service is away."""


class Sessions:
    """Loads, starts and ends the sessions of one application.

    :param verifier: checks every token once, before it is sealed.
    :param refresh: asks Cognito for new tokens.
    :param revalidation: asks Cognito whether a session still stands.
    :param clock: seconds since 1970.
    """

    def __init__(
        self,
        settings: CognitoSettings,
        cookies: Cookies,
        tickets: Tickets,
        verifier: TokenVerifier,
        *,
        refresh: Refresh,
        revalidation: Revalidation,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._in_session = settings.ticket_store == "session"
        self._cookies = cookies
        self._tickets = tickets
        self._verifier = verifier
        self._refresh = refresh
        self._revalidation = revalidation
        self._clock = clock
        self._opened: GenerationCache[str, SignedIn] = GenerationCache(OPENED_SIZE, _weight)
        self._refreshes = Flights[tuple[Session, Tokens]](clock)
        self._ended = EndedSessions(clock)
        self._ended_people = EndedPeople(clock)

    def load(self, request: Request) -> SignedIn | None:
        """Who the request's ticket says it is, refreshed if need be; None for anonymous.

        :raises Unavailable: the tokens have run out and Cognito does not answer.
        """
        taken = self._cookies.take(request.environ)
        if self._in_session:
            self._take_from_session(request, taken)
        found = self._find(taken)
        if found is not None and self._is_over(found.session):
            found = None
        if found is not None and self._clock() >= found.fresh_until:
            found = self._freshen(taken, found)
        if taken.pending is not None:
            request.add_response_callback(self.emit)
            self._store(request, taken, found)
        return found

    def tokens(self, signed_in: SignedIn) -> Tokens | None:
        """The tokens that the ticket holds."""
        return self._tickets.tokens(signed_in.ticket)

    def start(
        self, request: Request, tokens: Tokens, *, remember: bool, subject: str | None = None
    ) -> tuple[SignedIn, Headers]:
        """Verify fresh tokens and seal them; the headers set the cookie.

        :param subject: whose tokens they must be (``sub``); None for anyone's.
        :raises CognitoError: a token that is not good or another person's, keys that cannot be
            had, or a ticket that would be too long for cookies.
        """
        claims, expires_at = self.verify(tokens, subject)
        session = Session(
            claims=claims,
            started_at=self._ended_people.next_start(claims["sub"]),
            auth_time=claims["auth_time"],
            tokens_expire_at=expires_at,
            remember=remember,
        )
        self._revalidation.confirm(session)
        taken = self._cookies.take(request.environ)
        signed_in, headers = self._seal(taken, session, tokens)
        if self._in_session:
            ticket_store.start(request, signed_in.ticket)
        taken.pending, taken.ask_again = None, False
        return signed_in, headers

    def end(self, request: Request, signed_in: SignedIn | None) -> Headers:
        """Deny the session from now on in this process; the headers delete its cookie."""
        if signed_in is not None:
            self._ended.add(signed_in.session_id, self._hard_end(signed_in.session))
        taken = self._cookies.take(request.environ)
        taken.pending, taken.ask_again = None, False
        # the session that has just taken the place of this one stays
        if self._in_session and (
            signed_in is None or ticket_store.read(request) == signed_in.ticket
        ):
            ticket_store.remove(request)
        return self._cookies.clear(taken, self._cookies.ticket)

    def verify(self, tokens: Tokens, subject: str | None) -> tuple[dict[str, Any], int]:
        """The claims of fresh tokens, and when they expire in seconds since 1970.

        :param subject: whose tokens they must be (``sub``); None for anyone's.
        :raises CognitoError: a token that is not good or another person's, or keys that cannot be
            had.
        """
        claims, expires_at = self._verified(tokens)
        if subject is not None and claims["sub"] != subject:
            log.error("Somebody proved to be someone else than who is signed in: refused")
            raise cognito_error("NotAuthorizedException", "another sub", context=Context.SIGNED_IN)
        return claims, expires_at

    def end_all(self, sub: str) -> None:
        """Deny all sessions that the person has begun until now, in this process."""
        self._ended_people.add(sub)

    def holder(self, request: Request) -> SignedIn | None:
        """Whom the request's ticket names, though it may want a refresh that cannot be had now."""
        taken = self._cookies.take(request.environ)
        if self._in_session:
            self._take_from_session(request, taken)
        return self._find(taken)

    def refresh(self, request: Request, signed_in: SignedIn) -> SignedIn | None:
        """New tokens now, whether the old ones have run out or not; None if that is refused.

        :raises CognitoError: Cognito is away; the session stands.
        """
        taken = self._cookies.take(request.environ)
        tokens = self._tickets.tokens(signed_in.ticket)
        if tokens is None or tokens.refresh_token is None:
            return None
        request.add_response_callback(self.emit)
        try:
            session, tokens = self._fetch_fresh(signed_in.session, tokens)
        except CognitoError as error:
            if is_outage(error):
                raise
            self._refused(taken, signed_in, error)
            self._store(request, taken, None)
            return None
        if self._is_over(session):
            return None
        renewed = self._renewed(taken, session, tokens)
        self._store(request, taken, renewed)
        return renewed

    def is_ended(self, claims: Mapping[str, Any]) -> bool:
        """Whether the session of a bearer token was signed out in this process."""
        return claims.get("origin_jti") in self._ended or self._ended_people.covers(
            claims["sub"], claims["iat"]
        )

    def emit(self, request: Request, response: Response) -> None:
        """Put the headers of a refresh on the response, once (a response callback).

        A sign-out in another request may have come in between: it stands.
        """
        taken: TakenCookies | None = request.environ.get(ENVIRON_KEY)
        if taken is None or taken.pending is None:
            return
        headers = taken.pending
        if taken.ask_again:
            if request.method not in ("GET", "HEAD"):
                return
            _send_again(request, response)
        if taken.renewed is not None and self._is_over(taken.renewed):
            headers = self._cookies.clear(taken, self._cookies.ticket)
            if self._in_session:
                ticket_store.remove(request)
        for name, value in headers:
            if name != "Set-Cookie":
                response.headers[name] = value
            elif (name, value) not in response.headerlist:
                response.headerlist.append((name, value))

    def _take_from_session(self, request: Request, taken: TakenCookies) -> None:
        """Let the session's ticket count, and no cookie."""
        # a retried request has the session of before its refresh
        if taken.renewed is None:
            ticket = ticket_store.read(request)
            taken.values[self._cookies.ticket] = f"1{ticket}" if ticket else None

    def _store(self, request: Request, taken: TakenCookies, found: SignedIn | None) -> None:
        """Put what became of the ticket into the session, if tickets are there."""
        if not self._in_session or taken.ask_again:
            return
        if found is None:
            ticket_store.remove(request)
        else:
            ticket_store.write(request, found.ticket)

    def _find(self, taken: TakenCookies) -> SignedIn | None:
        ticket = self._cookies.read(taken, self._cookies.ticket)
        if ticket is None:
            return None
        # by its last characters, an authentication tag: to hash all of it takes longer
        found = self._opened.get(ticket[-22:])
        return found if found is not None and found.ticket == ticket else self._open(ticket)

    def _open(self, ticket: str) -> SignedIn | None:
        session = self._tickets.open(ticket)
        if session is None:
            log.debug("A ticket does not open: foreign, damaged or expired")
            return None
        signed_in = self._signed_in(session, ticket)
        self._opened.put(ticket[-22:], signed_in)
        return signed_in

    def _signed_in(self, session: Session, ticket: str) -> SignedIn:
        identity = CognitoIdentity.from_claims(
            frozen(session.claims),
            auth_time=session.auth_time,
            expires_at=session.tokens_expire_at,
        )
        principals = static_principals(identity, editable=self._settings.editable_attributes)
        fresh_until = self._fresh_until(session)
        return SignedIn(session, session.id, identity, principals, ticket, fresh_until)

    def _fresh_until(self, session: Session) -> float:
        return min(
            session.expires_at,
            session.tokens_expire_at - REFRESH_MARGIN,
            self._revalidation.due_at(session),
            self._seal_anew_at(session),
        )

    def _seal_anew_at(self, session: Session) -> float:
        """When the ticket of who is not idle is to last longer."""
        if session.remember:
            return session.expires_at
        return session.sealed_at + max(30, self._settings.session_idle // 10)

    def _freshen(self, taken: TakenCookies, found: SignedIn) -> SignedIn | None:
        now, session = self._clock(), found.session
        if now >= session.expires_at:
            return None
        if now >= session.tokens_expire_at - REFRESH_MARGIN:
            return self._refreshed(taken, found)
        tokens = self._tickets.tokens(found.ticket)
        if tokens is None:
            return None
        if not self._revalidation.is_good(session, tokens):
            self._sign_out(taken, found)
            return None
        if now >= self._seal_anew_at(session):
            return self._renewed(taken, session, tokens)
        found = replace(found, fresh_until=self._fresh_until(session))
        self._opened.put(found.ticket[-22:], found)
        return found

    def _refreshed(self, taken: TakenCookies, found: SignedIn) -> SignedIn | None:
        tokens = self._tickets.tokens(found.ticket)
        if tokens is None:
            return None
        if tokens.refresh_token is None:
            return found if self._clock() < found.session.tokens_expire_at else None
        try:
            session, tokens = self._refreshes.run(
                (found.session_id, found.session.tokens_expire_at),
                lambda: self._fetch_fresh(found.session, tokens),
            )
        except CognitoError as error:
            if not is_outage(error):
                self._refused(taken, found, error)
                return None
            if self._clock() < found.session.tokens_expire_at:
                return found
            raise Unavailable from error
        if self._is_over(session):
            return None
        return self._renewed(taken, session, tokens)

    def _is_over(self, session: Session) -> bool:
        return session.id in self._ended or self._ended_people.covers(
            session.claims["sub"], session.started_at
        )

    def _refused(self, taken: TakenCookies, found: SignedIn, error: CognitoError) -> None:
        log.info("A refresh was refused: %s", error.code)
        if error.code == REUSED:
            self._ask_again(taken, found)
        else:
            self._sign_out(taken, found)

    def _ask_again(self, taken: TakenCookies, found: SignedIn) -> None:
        """Send a GET to itself once: by then the browser may hold what another process got.

        The session may go on with that, so it is not denied here, as one that is signed out is.
        """
        mark, asked_again = found.ticket[-22:], self._cookies.asked_again
        if taken.values.get(asked_again) == mark:
            taken.refused = True
            cleared = self._cookies.clear(taken, self._cookies.ticket)
            taken.pending = [self._cookies.header(asked_again, None), *cleared]
        else:
            taken.ask_again = True
            taken.pending = [self._cookies.header(asked_again, mark, STRAGGLER_TIME), NO_STORE]

    def _sign_out(self, taken: TakenCookies, found: SignedIn) -> None:
        taken.refused = True
        self._ended.add(found.session_id, self._hard_end(found.session))
        taken.pending = self._cookies.clear(taken, self._cookies.ticket)

    def _fetch_fresh(self, session: Session, tokens: Tokens) -> tuple[Session, Tokens]:
        """New tokens for the same sign-in of the same person; ``auth_time`` never advances."""
        tokens = self._refresh(tokens)
        claims, expires_at = self._verified(tokens)
        for name in ("sub", "origin_jti"):
            if claims.get(name) != session.claims.get(name):
                log.error("A refresh answered with the tokens of another sign-in: refused")
                raise cognito_error("NotAuthorizedException", f"another {name}")
        fresh = replace(
            session,
            claims=claims,
            auth_time=min(session.auth_time, claims["auth_time"]),
            tokens_expire_at=expires_at,
        )
        self._revalidation.confirm(fresh)
        return fresh, tokens

    def _verified(self, tokens: Tokens) -> tuple[dict[str, Any], int]:
        """The id token's claims, and when the first of the two tokens expires."""
        try:
            claims = self._verifier.verify(tokens.id_token, "id")
            access = self._verifier.verify(tokens.access_token, "access")
        except InvalidToken as error:
            log.error("Cognito issued a token that is refused: %s", error)  # noqa: TRY400
            raise cognito_error("InvalidTokenFromCognito", type(error).__name__) from None
        except KeysUnavailable:
            raise cognito_error("ServiceUnavailable", "the pool's keys cannot be had") from None
        for name in ("sub", "origin_jti"):
            if claims.get(name) != access.get(name):
                log.error("Cognito issued tokens of two sign-ins: refused")
                raise cognito_error("InvalidTokenFromCognito", f"two different {name}")
        return claims, min(claims["exp"], access["exp"])

    def _renewed(self, taken: TakenCookies, session: Session, tokens: Tokens) -> SignedIn | None:
        signed_in, taken.pending = self._seal(taken, session, tokens)
        taken.renewed = session
        # a retried request and a subrequest find the new ticket in the environ, not the old one
        taken.values[self._cookies.ticket] = f"1{signed_in.ticket}"
        return signed_in

    def _seal(
        self, taken: TakenCookies, session: Session, tokens: Tokens
    ) -> tuple[SignedIn, Headers]:
        lifetime = max(1, int(self._hard_end(session) - self._clock()))
        max_age = lifetime if session.remember else None
        if not session.remember:
            lifetime = min(lifetime, self._settings.session_idle)
        ticket = self._tickets.seal(session, tokens, lifetime=lifetime)
        if len(ticket) > MAX_SEALED:
            log.error(
                "The session of %s needs a ticket of %d bytes, and cookies hold %d: let the app "
                "client read fewer attributes, or put the person into fewer groups",
                session.claims["sub"],
                len(ticket),
                MAX_SEALED,
            )
            raise cognito_error("TicketTooLong")
        opened = self._tickets.open(ticket)
        assert opened is not None, "what was just sealed opens"  # noqa: S101
        signed_in = self._signed_in(opened, ticket)
        if self._in_session:
            return signed_in, [NO_STORE]
        return signed_in, self._cookies.write(taken, self._cookies.ticket, ticket, max_age)

    def _hard_end(self, session: Session) -> float:
        settings = self._settings
        lifetime = settings.remember_lifetime if session.remember else settings.session_lifetime
        return session.started_at + lifetime


def was_refused(request: Request) -> bool:
    """Whether Cognito has ended the session that the request came with."""
    taken: TakenCookies | None = request.environ.get(ENVIRON_KEY)
    return taken is not None and taken.refused


def _send_again(request: Request, response: Response) -> None:
    """Put a redirect to the same address in the place of what the view answered."""
    response.status_int = 302
    response.location = request.url
    response.body = b""


def _weight(signed_in: SignedIn) -> int:
    return signed_in.ticket.index("~")


def is_outage(error: CognitoError) -> bool:
    """Whether Cognito could not say yes or no: away, failing or throttling."""
    return error.status == 429 or error.status >= 500
