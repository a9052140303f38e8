// What a person does next on a page: returns {type: [{text}], boxes, button} of elements kept in
// globalThis.found, best button first. Runs in an isolated world of one frame.
((account, tried) => {
  const shown = (e) => {
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    return box.width > 0 && box.height > 0 && style.visibility !== "hidden" && style.display !== "none" && Number(style.opacity) > 0.05 && !e.disabled;
  };
  const words = (e) => [e.name, e.id, e.placeholder, e.autocomplete, e.getAttribute("aria-label"), e.title, ...[...(e.labels ?? [])].map((l) => l.textContent)].join(" ").toLowerCase();
  const all = (selector) => {
    const list = [];
    const walk = (root) => {
      list.push(...root.querySelectorAll(selector));
      for (const e of root.querySelectorAll("*")) if (e.shadowRoot) walk(e.shadowRoot);
    };
    walk(document);
    return list;
  };
  // Some pages show their form by a script that is not here, and have it for browsers without scripts, too.
  for (const e of document.querySelectorAll("noscript")) {
    if (!e.textContent.includes("<form")) continue;
    const form = /<form[^>]*id="([^"]+)"/.exec(e.textContent)?.[1];
    e.replaceWith(document.createRange().createContextualFragment(e.textContent));
    // In a table, the parser alone ties controls to their form.
    for (const c of document.querySelectorAll("input, button")) if (!c.form && form) c.setAttribute("form", form);
  }
  const plan = { url: location.href, typed: [], boxes: [], choices: [], button: null, score: -1, label: "" };
  globalThis.found = [];
  const keep = (e) => globalThis.found.push(e) - 1;
  const formsTyped = new Set();
  const isDecoy = (e) => /search|such|query|\bq\b|promo|newsletter/.test(words(e) + " " + (e.form?.action ?? "") + " " + (e.form?.getAttribute("role") ?? ""));
  for (const e of all("input, textarea")) {
    if (!shown(e) || e.readOnly) continue;
    const kind = (e.type || "text").toLowerCase(), about = words(e);
    if (kind === "checkbox") {
      if (!e.checked && !/news|market|werb|promo|remember|keep me/.test(about)) plan.boxes.push(keep(e));
      continue;
    }
    if (!["text", "password", "email", "tel", "number", "textarea", "url", "search"].includes(kind)) continue;
    if (isDecoy(e) && kind !== "password") continue;
    let text = account.user;
    if (kind === "password" || /pass|pin\b|pwd|kennwort|contra|senha/.test(about)) text = account.password;
    else if (kind === "email" || /mail/.test(about)) text = account.email;
    else if (/voucher|code|ticket|coupon|gutschein|token/.test(about)) text = account.voucher;
    else if (kind === "tel" || /phone|mobile/.test(about)) text = "0151123456";
    if (e.value === text) { formsTyped.add(e.form); continue; }
    formsTyped.add(e.form);
    plan.typed.push({ at: keep(e), text });
  }
  const names = new Set(all("input[type=radio]").filter((e) => shown(e) && !isDecoy(e)).map((e) => e.name));
  for (const name of names) {
    const group = all("input[type=radio]").filter((e) => e.name === name && shown(e));
    if (!group.some((e) => e.checked)) plan.choices.push(keep(group[0]));
  }
  const good = /log ?in|log ?on|sign ?in|connect|accept|agree|continue|proceed|free|start|go online|online|submit|surf|get access|access|enter|register|weiter|verbind|anmeld|akzept|zustimm|einverstanden|los|kostenlos|connexion|valider|accepte|accetto|aceptar|entrar|ok\b|go\b|next|join|yes/;
  const bad = /log ?out|log ?off|sign ?out|abmeld|cancel|abbrech|decline|stop|no\b|search|such|language|sprache|english|deutsch|français|forgot|help|hilfe|imprint|impressum|privacy|datenschutz|terms of|conditions|agb|contact|faq|back\b|facebook|google|twitter|news|menu|disconnect|status|change password|reset|show|trial info/;
  for (const e of all("button, input[type=submit], input[type=button], input[type=image], a[href], a[onclick], [role=button], [onclick], area[href]")) {
    if (!shown(e) || e.matches("input[type=text], input[type=checkbox], body, form")) continue;
    const text = (e.value || e.textContent || e.alt || e.title || "").replace(/\s+/g, " ").trim().toLowerCase();
    const label = e.tagName + ":" + text + ":" + (e.name || e.id || "") + ":" + (e.getAttribute("href") || "");
    const isButton = !e.matches("a, area");
    let score = isButton ? 3 : 0;
    if (good.test(text + " " + (e.id ?? "") + " " + (e.name ?? ""))) score += 4;
    if (bad.test(text)) score -= 6;
    if (e.form && formsTyped.has(e.form)) score += 8;
    if (e.form && isButton && e.matches("button:not([type]), [type=submit], [type=image]")) score += 1;
    if (e.form && /search|such/.test(e.form.action + e.form.id)) score -= 8;
    if (/^(https?:)?\/\/(?!)/.test(e.getAttribute("href") ?? "")) score -= 1;
    if ((e.getAttribute("href") ?? "").startsWith("#") && !e.onclick) score -= 2;
    score -= 5 * (tried[location.pathname + "|" + label] ?? 0);
    if (score > plan.score) Object.assign(plan, { score, button: e, label: location.pathname + "|" + label });
  }
  if (plan.button) plan.button = keep(plan.button);
  return JSON.stringify(plan);
})
