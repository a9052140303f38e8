// Reports what a person types into controls, in an isolated world: the page cannot see or change it.
// What the page does itself is left out. It can make trusted events "input" and "change", by
// document.execCommand, blur() and label.click(), but none of those before them: "beforeinput" comes with a key, an
// input method, a paste or a drop alone, and "mousedown" and "keydown" with a person's hand.
// A page can get a text without a control that shows it here: from keys alone, in a closed shadow tree. So it also reports how many
// characters came and were not read.
(() => {
  const numbers = new WeakMap();
  const typed = new WeakSet(); // controls whose text is a person's
  const texts = new WeakSet(); // controls that people could write into at some time
  const dates = new WeakMap(); // how many characters came to controls that make a date of several
  let last = 0;
  let unread = 0; // characters that came last, and that were not read from a control yet
  let begun = 0; // characters that stand for a paste that has not come yet
  let expected = null; // the text that is about to be put into a control
  let pressed = null; // the control that was pressed last
  let unseen = null; // the control that could not be seen when the last key came to it, before the page could show it for a moment
  const cut = (text, most) => String(text ?? "").slice(0, most);
  const label = (control) => {
    const own = control.labels?.[0]?.textContent || control.getAttribute("aria-label") || control.placeholder;
    return cut(own, 200).replace(/\s+/g, " ").trim();
  };
  const value = (control) => {
    switch (control.type) {
      case "file": return "";
      case "checkbox": case "radio": return control.checked ? control.value : "";
    }
    return control.value ?? control.textContent;
  };
  // hasText reports whether people write into a control; of the others they choose.
  const hasText = (control) => !(control instanceof HTMLSelectElement) && !(control instanceof HTMLInputElement &&
    ["checkbox", "radio", "range", "color", "date", "datetime-local", "month", "week", "time", "file", "hidden"].includes(control.type));
  // isText reports whether people write into a control, or could at some time: the page may make it another one.
  const isText = (control) => {
    if (hasText(control)) texts.add(control);
    return texts.has(control);
  };
  const isDate = (control) => control instanceof HTMLInputElement && ["date", "datetime-local", "month", "week", "time"].includes(control.type);
  // isReadable reports whether the text of a control can be read here. In a closed shadow tree, it cannot.
  const isReadable = (control) => control instanceof HTMLInputElement || control instanceof HTMLTextAreaElement || control.isContentEditable;
  const targetOf = (event) => {
    const target = event.composedPath()[0];
    return event.isTrusted && target instanceof Element ? target : null;
  };
  const report = (control) => {
    if (!numbers.has(control)) numbers.set(control, ++last);
    const text = String(value(control) ?? "");
    signInTyped(JSON.stringify({
      number: numbers.get(control),
      name: cut(control.getAttribute("name"), 200),
      id: cut(control.id, 200),
      type: cut(control.type ?? "text", 40),
      label: label(control),
      value: text.length > 2000 ? "" : text,
      long: text.length > 2000,
    }));
  };
  const tell = (count) => { if (count) signInTyped(JSON.stringify({ unread: count })); };
  // come notes characters of a person's, and read that they are in a control of so many.
  const come = (text) => {
    unread = [...text].length;
    tell(unread);
  };
  const read = (most) => {
    tell(-Math.min(unread, most));
    unread = 0;
  };
  const expect = (event) => {
    const control = targetOf(event);
    if (!control) return;
    isText(control);
    if (typed.has(control)) report(control); // a page that empties it at each key gets a text that it never has
    if (!unread && event.inputType.startsWith("insert")) come(event.data ?? "");
    expected = isReadable(control) && control !== unseen && isLegible(control) ? { control, kind: event.inputType, text: event.data, before: value(control) } : null;
  };
  const press = (event) => {
    const target = targetOf(event);
    if (!target) return;
    const label = event.composedPath().find((e) => e instanceof HTMLLabelElement);
    const control = label?.control ?? target.closest("select") ?? target;
    pressed = !isText(control) && (isSeen(label ?? target) || isSeen(target)) ? control : null;
  };
  const key = (event) => {
    if (!event.isTrusted) return;
    press(event);
    unread = 0;
    if ([...event.key].length !== 1 || event.key === " " || event.ctrlKey || event.metaKey || event.altKey) return;
    come(event.key);
    const target = targetOf(event);
    unseen = target && isReadable(target) && hasText(target) && !isLegible(target) ? target : null;
    if (isDate(target)) {
      dates.set(target, (dates.get(target) ?? 0) + unread);
      unread = 0;
    }
  };
  const paste = (event) => {
    if (!event.isTrusted) return;
    tell(-begun);
    begun = 0;
    come(event.clipboardData?.getData("text/plain") ?? "");
  };
  const drop = (event) => { if (event.isTrusted) come(event.dataTransfer?.getData("text/plain") ?? ""); };
  // isExpected reports whether a person's text has come, and not one that the page put in between.
  const isExpected = (control, event) => {
    const now = expected;
    expected = null;
    if (now?.control !== control || now.kind !== event.inputType || !(now.text ?? event.data ?? "").startsWith(event.data ?? "")) return false;
    if (value(control) !== now.before) read(value(control).length);
    return true;
  };
  const isPressed = (control) => pressed === control ||
    control.type === "radio" && pressed?.type === "radio" && pressed.name === control.name && pressed.form === control.form;
  const choose = (control) => {
    if (!isPressed(control)) return;
    report(control);
    if (isDate(control) && control.value) {
      tell(-(dates.get(control) ?? 0));
      dates.delete(control);
    }
  };
  const input = (event) => {
    const control = targetOf(event);
    if (!control) return;
    if (!isText(control)) return choose(control);
    if (!isExpected(control, event)) { typed.delete(control); return; }
    typed.add(control);
    report(control);
  };
  const change = (event) => {
    const control = targetOf(event);
    if (!control) return;
    if (!isText(control)) return choose(control);
    if (typed.has(control)) report(control);
  };
  const handlers = { beforeinput: expect, mousedown: press, keydown: key, paste, drop, input, change };
  const counted = ["beforeinput", "mousedown", "keydown", "drop"]; // by the browser, also if a page stops them on their way
  const counts = () => counted.reduce((sum, kind) => sum + performance.eventCounts.get(kind), 0);
  let handled = counts();
  const beginsPaste = (event) => event.isTrusted && (event.type === "mousedown" ? event.button > 0 :
    event.type === "keydown" && (event.key === "Insert" || event.key.toLowerCase() === "v" && (event.ctrlKey || event.metaKey)));
  const handle = (event) => {
    if (event.isTrusted && counted.includes(event.type)) handled++;
    handlers[event.type](event);
    if (!isLate || !beginsPaste(event)) return;
    begun = 4;
    tell(begun);
  };
  const own = "own" + crypto.getRandomValues(new Uint32Array(4)).join("-"); // no page knows this event
  let isHeard = false;
  const hear = () => { isHeard = true; };
  const listen = () => {
    for (const kind in handlers) addEventListener(kind, handle, true);
    addEventListener(own, hear);
  };
  // Listeners of the page may come before those of this script, and stop events: if the page was there first, or since
  // document.open() removed these. Then each event that is missing counts. The browser does not count a paste, so that what begins one
  // counts until it comes.
  let isLate = false;
  const look = () => {
    const missing = counts() - handled;
    handled += missing;
    if (missing > 0) tell(4 * missing);
    scheduler.postTask(look, { delay: 100 });
  };
  const late = () => {
    listen();
    if (!isLate) look();
    isLate = true;
  };
  listen();
  if (document.documentElement) late();
  new MutationObserver(() => {
    isHeard = false;
    dispatchEvent(new Event(own));
    if (!isHeard) late();
  }).observe(document, { childList: true });
})();
