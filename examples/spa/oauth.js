// The authorization code flow with PKCE (RFC 6749, RFC 7636, RFC 9207) in plain JavaScript. Tokens live in this page's memory
// alone: whoever reloads it is led through the server again, which asks nothing that it has asked before.
import { CLIENT_ID, ISSUER, REDIRECT_URI, SCOPES } from "./config.js";

let tokens = null;
const server = fetch(`${ISSUER}/.well-known/openid-configuration`).then((answer) => answer.json());

const encoded = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const random = () => encoded(crypto.getRandomValues(new Uint8Array(32)));

export const signedIn = () => tokens !== null;

/** Leave for the server. `quietly`: come back at once where she would have to be asked something. */
export async function signIn({ quietly = false } = {}) {
  const flow = { verifier: random(), state: random(), nonce: random() };
  sessionStorage.setItem("flow", JSON.stringify(flow));
  const challenge = encoded(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(flow.verifier)));
  const { authorization_endpoint } = await server;
  location.assign(`${authorization_endpoint}?${new URLSearchParams({
    response_type: "code", client_id: CLIENT_ID, redirect_uri: REDIRECT_URI, scope: SCOPES.join(" "),
    state: flow.state, nonce: flow.nonce, code_challenge: challenge, code_challenge_method: "S256",
    ...(quietly ? { prompt: "none" } : {}),
  })}`);
}

/** Take up the answer that the callback page left. False: there was none, or she isn't signed in. */
export async function takeUp() {
  const answer = new URLSearchParams(sessionStorage.getItem("answer") ?? "");
  const flow = JSON.parse(sessionStorage.getItem("flow") ?? "null");
  sessionStorage.removeItem("answer");
  sessionStorage.removeItem("flow");
  if (!answer.has("state")) return false;
  if (!flow || answer.get("state") !== flow.state || answer.get("iss") !== ISSUER) throw new Error("The answer belongs to another sign-in.");
  if (answer.has("error")) {
    if (["login_required", "consent_required"].includes(answer.get("error"))) return false;
    throw new Error(answer.get("error_description") ?? answer.get("error"));
  }
  await ask({ grant_type: "authorization_code", code: answer.get("code"), redirect_uri: REDIRECT_URI, code_verifier: flow.verifier });
  if (JSON.parse(atob(tokens.id_token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))).nonce !== flow.nonce) {
    tokens = null;
    throw new Error("The ID token belongs to another sign-in.");
  }
  return true;
}

/** A fetch that carries the token, renewed when it has run out. */
export async function call(address, options = {}) {
  const send = () => fetch(address, { ...options, headers: { ...options.headers, ...(tokens ? { Authorization: `Bearer ${tokens.access_token}` } : {}) } });
  const answer = await send();
  if (answer.status !== 401 || !tokens) return answer;
  await ask({ grant_type: "refresh_token", refresh_token: tokens.refresh_token });
  return send();
}

export async function signOut() {
  const { end_session_endpoint } = await server;
  const { id_token } = tokens;
  location.assign(`${end_session_endpoint}?${new URLSearchParams({ id_token_hint: id_token, post_logout_redirect_uri: `${location.origin}/` })}`);
}

async function ask(form) {
  const { token_endpoint } = await server;
  const answer = await fetch(token_endpoint, { method: "POST", body: new URLSearchParams({ client_id: CLIENT_ID, ...form }) });
  const told = await answer.json();
  if (!answer.ok) {
    tokens = null;
    throw new Error(told.error_description ?? told.error);
  }
  tokens = { ...tokens, ...told };
}
