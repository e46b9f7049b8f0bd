// What to change for another server: its address, and the id that registering your app gave you.
export const ISSUER = "http://127.0.0.1:8000";
export const CLIENT_ID = "00000000-0000-7000-8000-000000005173"; // the app that `make run` registers
export const REDIRECT_URI = `${location.origin}/callback`;
export const SCOPES = ["openid", "access:decisions:read", "content:files:open", "patron:affiliations:read"];
