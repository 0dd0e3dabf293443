"""A small OpenID Connect provider on loopback: it asks who one is, and signs what it says.

Authorization code flow with PKCE as the standard has it; it refuses what the standard refuses.
"""

import base64
import hashlib
import secrets
import time
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT_ID = "livetally"
CLIENT_SECRET = "canary-client-secret"


class Provider:
    """Its keys, its persons (a name and what is said of each) and the codes it gave out."""

    def __init__(self, address: str, persons: dict[str, dict[str, Any]]) -> None:
        self.address = address
        self.persons = persons
        self.redirects: list[str] = []
        self._key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self._codes: dict[str, dict[str, str]] = {}
        self._tokens: dict[str, str] = {}

    def application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._metadata),
                Route("/jwks", self._keys),
                Route("/authorize", self._authorize),
                Route("/allow", self._allow),
                Route("/token", self._token, methods=["POST"]),
                Route("/userinfo", self._userinfo),
            ]
        )

    async def _metadata(self, _: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.address,
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token",
                "userinfo_endpoint": f"{self.address}/userinfo",
                "jwks_uri": f"{self.address}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
                "scopes_supported": ["openid", "email", "profile"],
            }
        )

    async def _keys(self, _: Request) -> Response:
        return JSONResponse({"keys": [self._key.as_dict(private=False)]})

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        if asked["client_id"] != CLIENT_ID or asked["response_type"] != "code":
            return JSONResponse({"error": "unauthorized_client"}, 400)
        self.redirects.append(asked["redirect_uri"])
        links = "".join(
            f'<p><a href="/allow?{urlencode({**asked, "person": one})}">{one}</a></p>'
            for one in self.persons
        )
        return HTMLResponse(f"<h1>Who are you?</h1>{links}")

    async def _allow(self, request: Request) -> Response:
        asked = dict(request.query_params)
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        told = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{told}", 302)

    async def _token(self, request: Request) -> Response:
        sent = await request.form()
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        basic = base64.b64decode(given).decode() if scheme == "Basic" else ""
        secret = basic.partition(":")[2] or sent.get("client_secret")
        asked = self._codes.pop(str(sent.get("code")), None)
        proof = hashlib.sha256(str(sent.get("code_verifier")).encode()).digest()
        if (
            secret != CLIENT_SECRET
            or asked is None
            or sent.get("redirect_uri") != asked["redirect_uri"]
            or base64.urlsafe_b64encode(proof).decode().rstrip("=") != asked["code_challenge"]
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {
            "iss": self.address, "aud": CLIENT_ID, "sub": asked["person"], "iat": now,
            "exp": now + 300, "nonce": asked["nonce"], **self.persons[asked["person"]],
        }  # fmt: skip
        token = secrets.token_urlsafe(16)
        self._tokens[token] = asked["person"]
        return JSONResponse(
            {
                "access_token": token,
                "token_type": "Bearer",
                "expires_in": 300,
                "id_token": jwt.encode({"alg": "RS256", "kid": "one"}, claims, self._key),
            }
        )

    async def _userinfo(self, request: Request) -> Response:
        person = self._tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if person is None:
            return JSONResponse({"error": "invalid_token"}, 401)
        return JSONResponse({"sub": person, **self.persons[person]})
