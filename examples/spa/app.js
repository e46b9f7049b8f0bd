// A reading room on another site than Mutua: it signs readers in, searches, says what they may read and why, and opens it.
import { ISSUER } from "./config.js";
import { call, signedIn, signIn, signOut, takeUp } from "./oauth.js";

const SEARCH = `query Search($words: String!) {
  resources(query: $words, first: 10) { nodes {
    id title(lang: "en")
    viewerAccess { granted message(lang: "en") }
    contents(first: 1) { nodes { id } }
  } }
}`;
const OPEN = `mutation Open($item: ID!) { contentOpen(input: {contentItem: $item}) { link { url } problems { message(lang: "en") } } }`;
const WHO = `{ viewer { signedIn memberships { member { name(lang: "en") } affiliations } } }`;

const $ = (id) => document.getElementById(id);

async function graphql(query, variables = {}) {
  const answer = await call(`${ISSUER}/graphql`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await answer.json();
  if (errors) throw new Error(errors[0].message);
  return data;
}

async function show() {
  const { viewer } = await graphql(WHO);
  $("who").textContent = viewer.memberships.length
    ? viewer.memberships.map(({ member, affiliations }) => `${member.name}: ${affiliations.join(", ").toLowerCase()}`).join("; ")
    : "You are not signed in.";
  $("sign-in").hidden = signedIn();
  $("sign-out").hidden = !signedIn();
}

async function search() {
  const { resources } = await graphql(SEARCH, { words: $("words").value });
  $("results").replaceChildren(...resources.nodes.map(row));
}

function row({ title, viewerAccess, contents }) {
  const line = document.createElement("li");
  const told = document.createElement("div");
  told.textContent = viewerAccess.message;
  told.className = viewerAccess.granted ? "granted" : "refused";
  line.append(title, told);
  if (viewerAccess.granted && contents.nodes.length) {
    const button = document.createElement("button");
    button.textContent = "Read";
    button.addEventListener("click", () => attempt(() => read(contents.nodes[0].id)));
    line.append(button);
  }
  return line;
}

async function read(item) {
  const { contentOpen } = await graphql(OPEN, { item });
  if (!contentOpen.link) throw new Error(contentOpen.problems[0].message);
  location.assign(contentOpen.link.url);
}

async function attempt(action) {
  try {
    await action();
  } catch (error) {
    $("trouble").textContent = error.message;
  }
}

document.addEventListener("click", () => ($("trouble").textContent = ""), { capture: true });
$("sign-in").addEventListener("click", () => attempt(signIn));
$("sign-out").addEventListener("click", () => attempt(signOut));
$("search").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(search);
});
await attempt(takeUp);
await attempt(show);
