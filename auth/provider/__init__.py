"""Mutua as an OAuth 2 and OpenID provider for apps and partners' systems.

RFC 6749 with the practice of RFC 9700: codes with PKCE, client credentials, refresh tokens used once, JWT access tokens
(RFC 9068). Authlib decides; what it needs is loaded before it is asked, and what it decides is stored afterwards, so
that it never waits for a database.
"""
