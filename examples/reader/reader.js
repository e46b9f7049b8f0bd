// A library app in one file: it knows Mutua's public GraphQL API and nothing else.

const API = document.documentElement.dataset.api ?? "/graphql";
const PAGE = 10;
const WORDS = {
  zh: { label: "检索题名、作者", find: "检索", may: "只看我能读的", any: "全部类型", previous: "上一页", next: "下一页", signIn: "登录", signOut: "退出", other: "English", none: "没有找到", count: (n, exact) => `${exact ? "" : "超过 "}${n} 条结果`, granted: "✓ 可读", refused: "✕ 不可读", open: "打开", go: (name) => `前往${name}`, platform: "出版者平台", download: "下载", why: "为什么？", clause: "条款", anonymous: "未登录", here: "您在馆内：", failed: "出错了：", footer: "演示程序：数据来自 Mutua 的公开接口。", as: { STUDENT: "学生", FACULTY: "教师", STAFF: "职员", EMPLOYEE: "雇员", MEMBER: "成员", AFFILIATE: "合作人员", ALUM: "校友", LIBRARY_WALK_IN: "到馆读者" } },
  en: { label: "Search titles and authors", find: "Search", may: "Only what I may read", any: "Every kind", previous: "Previous", next: "Next", signIn: "Sign in", signOut: "Sign out", other: "中文", none: "Nothing found", count: (n, exact) => `${exact ? "" : "more than "}${n} ${n === 1 ? "result" : "results"}`, granted: "✓ Readable", refused: "✕ Closed", open: "Open", go: (name) => `Go to ${name}`, platform: "the publisher's platform", download: "Download", why: "Why?", clause: "Clause", anonymous: "Not signed in", here: "You are on the premises of ", failed: "Something went wrong: ", footer: "An example app; its data comes from Mutua's public API.", as: { STUDENT: "student", FACULTY: "faculty", STAFF: "staff", EMPLOYEE: "employee", MEMBER: "member", AFFILIATE: "affiliate", ALUM: "alumni", LIBRARY_WALK_IN: "visitor in the library" } },
};
const SEARCH = `query Search($words: String, $filter: ResourceFilter, $first: Int, $after: String, $last: Int, $before: String, $lang: String, $target: URL) {
  viewer { signedIn signInUrl(target: $target) memberships { member { name(lang: $lang) } affiliations } onSiteAt { name(lang: $lang) } }
  resources(query: $words, filter: $filter, first: $first, after: $after, last: $last, before: $before) {
    totalCount totalCountIsExact
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    facets(fields: [KIND]) { values { value label(lang: $lang) count } }
    nodes {
      id title(lang: $lang) kind published publisher contributors { name }
      viewerAccess {
        granted decisionId message(lang: $lang) member { name(lang: $lang) } licence { name(lang: $lang) } clause { number summary(lang: $lang) }
        ... on AccessGranted { conditions(lang: $lang) links { url kind platform { name(lang: $lang) } } }
        ... on AccessRefused { reason remedies { kind message(lang: $lang) url } }
      }
      contents(first: 3) { nodes { label(lang: $lang) url viewerAccess { granted } } }
    }
  }
}`;

const byId = (id) => document.getElementById(id);
const state = Object.fromEntries(new URLSearchParams(location.search));
const language = () => (state.lang === "en" || (!state.lang && !navigator.language.startsWith("zh")) ? "en" : "zh");
const say = (key, ...facts) => (typeof WORDS[language()][key] === "function" ? WORDS[language()][key](...facts) : WORDS[language()][key]);

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter(Boolean));
  return made;
}

const link = (href, text, className = "button") => element("a", { href, textContent: text, className, rel: "noreferrer" });

async function ask(query, variables) {
  const response = await fetch(API, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await response.json();
  if (errors) throw new Error(errors[0].message);
  return data;
}

function address() {
  const kept = Object.entries(state).filter(([, value]) => value);
  return location.pathname + (kept.length ? `?${new URLSearchParams(kept)}` : "");
}

function go(changes, page = {}) {
  Object.assign(state, changes);
  history.replaceState(null, "", address());
  return load(page);
}

let newest = 0;
let kinds = {}; // names of the kinds found, for people

async function load(page = {}) {
  const turn = (newest += 1);
  byId("next").disabled = byId("previous").disabled = true; // their cursors belong to the list that is shown
  document.documentElement.lang = language();
  for (const part of document.querySelectorAll("[data-say]")) part.textContent = say(part.dataset.say);
  byId("language").textContent = say("other");
  byId("words").value = state.q ?? "";
  byId("may").checked = state.may === "1";
  const filter = { ...(state.may && { viewerMay: "VIEW" }), ...(state.kind && { kinds: [state.kind] }) };
  const paging = page.before ? { last: PAGE, before: page.before } : { first: PAGE, after: page.after };
  try {
    const { viewer, resources } = await ask(SEARCH, { words: state.q || null, filter, lang: language(), target: location.origin + address(), ...paging });
    if (turn !== newest) return; // an answer that was overtaken by a later question
    showViewer(viewer);
    showResults(resources);
  } catch (error) {
    byId("count").textContent = say("failed") + error.message;
  }
}

function showViewer({ signedIn, signInUrl, memberships, onSiteAt }) {
  const people = memberships.map(({ member, affiliations }) => `${member.name} (${affiliations.filter((one, _, all) => one !== "MEMBER" || all.length === 1).map((one) => say("as")[one] ?? one).join(", ")})`);
  const place = onSiteAt.length ? say("here") + onSiteAt.map(({ name }) => name).join(", ") : "";
  byId("who").textContent = [signedIn ? people.join(" · ") : say("anonymous"), place].filter(Boolean).join(" · ");
  Object.assign(byId("sign"), { textContent: say(signedIn ? "signOut" : "signIn"), href: signedIn ? "/logout" : signInUrl, hidden: false });
}

function showResults({ nodes, totalCount, totalCountIsExact, pageInfo, facets }) {
  byId("count").textContent = nodes.length ? say("count", totalCount, totalCountIsExact) : say("none");
  const found = facets[0]?.values ?? [];
  kinds = Object.fromEntries(found.map(({ value, label }) => [value, label]));
  byId("results").replaceChildren(...nodes.map(result));
  byId("kind").replaceChildren(new Option(say("any"), ""), ...found.map(({ value, label, count }) => new Option(`${label} (${count})`, value, false, value === state.kind)));
  byId("next").hidden = !pageInfo.hasNextPage;
  byId("previous").hidden = !pageInfo.hasPreviousPage;
  byId("next").disabled = byId("previous").disabled = false;
  byId("next").onclick = () => load({ after: pageInfo.endCursor });
  byId("previous").onclick = () => load({ before: pageInfo.startCursor });
}

function result({ title, kind, published, publisher, contributors, viewerAccess: access, contents }) {
  const made = [kinds[kind], contributors.map(({ name }) => name).slice(0, 3).join("; "), publisher, published].filter(Boolean).join(" · ");
  return element("li", { className: access.granted ? "granted" : "refused" },
    element("h2", {}, element("bdi", { textContent: title })),
    element("p", { className: "meta", textContent: made }),
    element("p", { className: "message" }, element("span", { className: "badge", textContent: `${say(access.granted ? "granted" : "refused")} ` }), access.message),
    access.clause && element("p", { className: "clause", textContent: `${say("clause")} ${access.clause.number}: ${access.clause.summary ?? ""}` }),
    ...(access.conditions ?? []).map((text) => element("p", { className: "clause", textContent: text })),
    ...(access.remedies ?? []).filter(({ kind }) => kind !== "SIGN_IN").map(({ url, message }) => element("p", { className: "remedy" }, url ? link(url, message, "") : message)),
    element("p", { className: "ways" }, ...ways(access, contents.nodes), link(`/why/${encodeURIComponent(access.decisionId)}`, say("why"), "why")));
}

// What to press: signing in leads back to this very search, which the remedy's own address can't know of.
function ways(access, items) {
  if (!access.granted) return access.remedies.filter(({ kind }) => kind === "SIGN_IN").map(() => link(byId("sign").href, say("signIn")));
  const held = items.filter((item) => item.viewerAccess.granted).flatMap(({ label, url }) => [link(url, `${say("open")}: ${label}`), link(`${url}?action=download`, say("download"))]);
  return [...held, ...access.links.filter(({ kind }) => kind !== "CONTENT").map(({ url, platform }) => link(url, say("go", platform?.name ?? say("platform"))))];
}

byId("search").addEventListener("submit", (event) => { event.preventDefault(); go({ q: byId("words").value.trim() }); });
byId("may").addEventListener("change", (event) => go({ may: event.target.checked ? "1" : "" }));
byId("kind").addEventListener("change", (event) => go({ kind: event.target.value }));
byId("language").addEventListener("click", () => go({ lang: language() === "zh" ? "en" : "zh" }));
load();
