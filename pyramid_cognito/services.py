"""The rooms of one application, put together once from its settings."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pyramid.interfaces import PHASE3_CONFIG

from pyramid_cognito import ticket_store
from pyramid_cognito.aws_credentials import AwsCredentials
from pyramid_cognito.bearer import BearerTokens
from pyramid_cognito.capabilities import Capabilities
from pyramid_cognito.challenges import PendingChallenges
from pyramid_cognito.cookies import Cookies
from pyramid_cognito.pool import UserPool
from pyramid_cognito.revalidation import Revalidation
from pyramid_cognito.sessions import Sessions
from pyramid_cognito.sign_in import Conversation
from pyramid_cognito.throttle import Throttle
from pyramid_cognito.ticket import Sealer, Tickets, Tokens
from pyramid_cognito.tokens import TokenVerifier, jwks_fetcher
from pyramid_cognito.vary import Vary

if TYPE_CHECKING:
    from pyramid.config import Configurator

    from pyramid_cognito.claim_policies import ClaimPolicies
    from pyramid_cognito.settings import CognitoSettings

REGISTRY_KEY = "pyramid_cognito"


@dataclass(frozen=True)
class Services:
    """What a request needs, found at ``registry["pyramid_cognito"]``."""

    settings: CognitoSettings
    policies: ClaimPolicies
    cookies: Cookies
    pool: UserPool
    verifier: TokenVerifier
    bearer: BearerTokens
    conversation: Conversation
    tickets: Tickets
    sessions: Sessions
    challenges: PendingChallenges
    throttle: Throttle
    capabilities: Capabilities
    aws_credentials: AwsCredentials
    clock: Callable[[], float]
    vary: Vary


def start_local_pool(settings: CognitoSettings) -> CognitoSettings:
    """Start the embedded user pool where *settings* ask for it, and add its ids to them."""
    if settings.local is None:
        return settings
    from pyramid_cognito import local  # never imported unless the settings ask for it

    pool = local.start(settings.local)
    return replace(
        settings,
        user_pool_id=pool.user_pool_id,
        client_id=pool.client_id,
        client_secret=pool.client_secret,
        region=pool.region,
        issuer=pool.issuer,
        jwks_url=pool.jwks_url,
        endpoint_url=pool.endpoint_url,
    )


def register(config: Configurator, settings: CognitoSettings, policies: ClaimPolicies) -> None:
    """Put the application's rooms into its registry; part of ``includeme``."""
    services = build_services(settings, policies)
    config.registry[REGISTRY_KEY] = services
    if settings.ticket_store == "session":
        # when the application has said what it has to say
        order = PHASE3_CONFIG + 1
        config.action(None, ticket_store.require_session_factory, args=(config,), order=order)
    introspectable = config.introspectable(
        "cognito user pool", settings.user_pool_id, settings.user_pool_id, "cognito user pool"
    )
    introspectable.update(
        user_pool_id=settings.user_pool_id,
        client_id=settings.client_id,
        region=settings.region,
        issuer=settings.issuer,
        endpoint_url=settings.endpoint_url,
        is_local=settings.is_local,
    )
    config.action(("cognito user pool", settings.user_pool_id), introspectables=(introspectable,))


def build_services(
    settings: CognitoSettings,
    policies: ClaimPolicies,
    clock: Callable[[], float] = time.time,
    fetch_jwks: Callable[[], dict[str, Any]] | None = None,
) -> Services:
    """Put the rooms together. Opens no connection: each does so on first use.

    :param fetch_jwks: returns the pool's key set; tests bring their own.
    """
    context = (settings.user_pool_id, settings.client_id)
    cookies = Cookies(settings)
    pool = UserPool(settings)
    fetch = fetch_jwks or jwks_fetcher(
        settings.jwks_url,
        connect_timeout=settings.connect_timeout,
        read_timeout=settings.read_timeout,
    )
    verifier = TokenVerifier(settings.issuer, settings.client_id, fetch, clock=clock)
    conversation = Conversation(settings, pool, clock)

    def sealer(purpose: str) -> Sealer:
        return Sealer(settings.secret, purpose, *context, clock=clock)

    def get_user(tokens: Tokens) -> None:
        pool.call("GetUser", AccessToken=tokens.access_token)

    tickets = Tickets(sealer("session"), sealer("tokens"))
    return Services(
        settings=settings,
        policies=policies,
        cookies=cookies,
        pool=pool,
        verifier=verifier,
        bearer=BearerTokens(settings, verifier),
        conversation=conversation,
        tickets=tickets,
        sessions=Sessions(
            settings,
            cookies,
            tickets,
            verifier,
            refresh=conversation.refresh,
            revalidation=Revalidation(get_user, settings.revalidate_after, clock),
            clock=clock,
        ),
        challenges=PendingChallenges(sealer("challenge"), settings.challenge_lifetime),
        throttle=Throttle(settings),
        capabilities=Capabilities(settings, clock),
        aws_credentials=AwsCredentials(settings),
        clock=clock,
        vary=Vary(settings),
    )
