// Reports what a person types into controls, in an isolated world: the page cannot see or change it.
// What the page does itself is left out. It can make trusted events "input" and "change", by
// document.execCommand, blur() and label.click(), but none of those before them: "beforeinput" comes with a key, an
// input method, a paste or a drop alone, and "mousedown" and "keydown" with a person's hand.
(() => {
  const numbers = new WeakMap();
  const typed = new WeakSet(); // controls whose text is a person's
  let last = 0;
  let expected = null; // the text that is about to be put into a control
  let pressed = null; // the control that was pressed last
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
  // isSeen reports whether a person can see an element: it has some size, is on the screen, and neither it nor what it is in,
  // frames of the same site included, is hidden or nearly transparent.
  const isSeen = (element) => {
    const box = element.getBoundingClientRect(), view = element.ownerDocument.defaultView;
    const width = Math.min(box.right, view.innerWidth) - Math.max(box.left, 0);
    const height = Math.min(box.bottom, view.innerHeight) - Math.max(box.top, 0);
    if (width < 8 || height < 8 || !element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true })) return false;
    let opacity = 1;
    for (let e = element; e; e = e.assignedSlot ?? e.parentElement ?? e.getRootNode().host) opacity *= Number(view.getComputedStyle(e).opacity);
    if (opacity < 0.2) return false;
    let frame = null;
    try { frame = view.frameElement; } catch { /* the frame is in a page of another site, which shows itself nothing */ }
    return !frame || isSeen(frame);
  };
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
  const expect = (event) => {
    const control = targetOf(event);
    expected = control && isSeen(control) ? { control, kind: event.inputType, text: event.data } : null;
  };
  const press = (event) => {
    const target = targetOf(event);
    if (!target) return;
    const label = event.composedPath().find((e) => e instanceof HTMLLabelElement);
    pressed = isSeen(label ?? target) || isSeen(target) ? label?.control ?? target.closest("select") ?? target : null;
  };
  // isExpected reports whether a person's text has come, and not one that the page put in between.
  const isExpected = (control, event) => {
    const now = expected;
    expected = null;
    return now?.control === control && now.kind === event.inputType && (now.text ?? event.data ?? "").startsWith(event.data ?? "");
  };
  const isPressed = (control) => pressed === control ||
    control.type === "radio" && pressed?.type === "radio" && pressed.name === control.name && pressed.form === control.form;
  const input = (event) => {
    const control = targetOf(event);
    if (!control) return;
    if (!hasText(control)) { if (isPressed(control)) report(control); return; }
    if (!isExpected(control, event)) { typed.delete(control); return; }
    typed.add(control);
    report(control);
  };
  const change = (event) => {
    const control = targetOf(event);
    if (control && (hasText(control) ? typed.has(control) : isPressed(control))) report(control);
  };
  addEventListener("beforeinput", expect, true);
  addEventListener("mousedown", press, true);
  addEventListener("keydown", press, true);
  addEventListener("input", input, true);
  addEventListener("change", change, true);
})();
