// Tells what of a page a person can see, in the isolated world of typed.js.
// The browser tells what is where, but it leaves out what no mouse can hit. So for the time of a look, all can be hit, with a style
// of this script's; no script of the page runs in between.
const { isSeen, isLegible } = (() => {
  const pseudos = [null, "::before", "::after", "::backdrop"];
  const leastSize = 8; // pixels, in both directions
  const leastOpacity = 0.2;
  const columns = 7, rows = 3; // of the points of an element that are looked at
  const leastPoints = 4; // of them that have to be seen: a label, an icon or a bar may cover the others
  const styleOf = (e, pseudo) => e.ownerDocument.defaultView.getComputedStyle(e, pseudo);
  const above = (e) => e.assignedSlot ?? e.parentElement ?? e.getRootNode().host;
  // alphaOf returns how opaque the first color of a computed value is.
  const alphaOf = (color) => {
    const alpha = /^[a-z]+\([^()]*?(?:,[^,()]*,[^,()]*,|\/)\s*([\d.e-]+%?)\)/.exec(color)?.[1];
    return alpha ? parseFloat(alpha) / (alpha.endsWith("%") ? 100 : 1) : color === "transparent" ? 0 : 1;
  };
  // left returns how much of an element a filter leaves to be seen: 0 to 1.
  const left = (filter) => [...filter.matchAll(/([a-z-]+)\(([^()]*)/g)].reduce((rest, [, name, text]) => {
    const n = parseFloat(text);
    switch (name) {
      case "opacity": case "contrast": return rest * Math.min(n, 1);
      case "brightness": return rest * Math.min(n, 1, n > 5 ? 0 : 1);
      case "invert": return rest * Math.abs(1 - 2 * n);
      case "blur": return n > 4 ? 0 : rest;
      case "url": return 0; // it can do anything
    }
    return rest;
  }, 1);
  // opacityOf returns how opaque an element is with all that it is in. A mask and a blending can hide it.
  const opacityOf = (element) => {
    let opacity = 1;
    for (let e = element; e; e = above(e)) {
      const style = styleOf(e);
      opacity *= Number(style.opacity) * left(style.filter);
      if (style.maskImage !== "none" || style.webkitMaskBoxImageSource !== "none" || style.mixBlendMode !== "normal") return 0;
    }
    return opacity;
  };
  const isReplaced = (e) => e.matches("img, picture, video, canvas, iframe, frame, object, embed, svg, svg *, input, textarea, select, progress, meter, marquee");
  // paints reports whether a style paints over what is behind: with a color, an image, a shadow inside, a wide border or a filter.
  const paints = (style) => style.backgroundImage !== "none" || alphaOf(style.backgroundColor) >= leastOpacity ||
    style.boxShadow.includes("inset") || style.backdropFilter !== "none" || style.borderImageSource !== "none" ||
    ["Top", "Right", "Bottom", "Left"].some((side) => parseFloat(style[`border${side}Width`]) > 8 && alphaOf(style[`border${side}Color`]) >= leastOpacity);
  // isGlass reports whether one sees through an element, apart from its text. What is in a shadow tree may be anything.
  const isGlass = (e) => Number(styleOf(e).opacity) < leastOpacity ||
    !isReplaced(e) && !e.shadowRoot && !e.localName.includes("-") && !pseudos.some((pseudo) => {
      const style = styleOf(e, pseudo);
      return (!pseudo || style.content !== "none" && style.content !== "normal" || pseudo === "::backdrop" && e.matches(":modal, :popover-open")) && paints(style);
    });
  const sheetText = "*, *::before, *::after, *::backdrop { pointer-events: auto !important }";
  // whileHit runs a look at what is in a tree while all of it can be hit.
  const whileHit = (root, look) => {
    const view = (root.ownerDocument ?? root).defaultView, before = [...root.adoptedStyleSheets];
    const sheet = new view.CSSStyleSheet();
    sheet.replaceSync(sheetText);
    root.adoptedStyleSheets = [...before, sheet];
    try { return look(); } finally { root.adoptedStyleSheets = before; }
  };
  // coversOf returns the boxes of what paints and cannot be hit even so: nobody can tell whether it is in front.
  const coversOf = (root, element) => [...root.querySelectorAll("[style], [inert], [inert] *")].filter((e) =>
    (e.closest("[inert]") || styleOf(e).pointerEvents === "none") && styleOf(e).position !== "static" &&
    e.checkVisibility({ visibilityProperty: true }) && !e.contains(element) && !element.contains(e) && !isGlass(e)).map((e) => e.getBoundingClientRect());
  const isIn = (box, [x, y]) => x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
  // behindAt returns what is at a point behind an element, null if the element cannot be seen there.
  const behindAt = (root, element, [x, y]) => {
    const stack = root.elementsFromPoint(x, y);
    const at = stack.indexOf(element);
    return at >= 0 && stack.slice(0, at).every((e) => element.contains(e) || isGlass(e)) ? stack.slice(at + 1) : null;
  };
  // look returns those of some points where an element can be seen, with what is behind it there.
  const look = (element, points) => {
    const root = element.getRootNode();
    let seen = whileHit(root, () => {
      const covers = coversOf(root, element);
      return points.filter(({ at }) => !covers.some((box) => isIn(box, at)))
        .map((point) => ({ ...point, behind: behindAt(root, element, point.at) })).filter(({ behind }) => behind);
    });
    if (root.host && seen.length) {
      const shown = look(root.host, seen);
      seen = seen.filter((point) => shown.some(({ at }) => at === point.at));
    }
    return seen;
  };
  const frameOf = (view) => {
    try { return view.frameElement; } catch { return null; } // it is in a page of another site, which shows itself nothing
  };
  // shown returns those of some points of an element where it can be seen, in frames of the same site as well.
  const shown = (element, points) => {
    const view = element.ownerDocument.defaultView;
    const seen = look(element, points.filter(({ at: [x, y] }) => x >= 0 && y >= 0 && x < view.innerWidth && y < view.innerHeight));
    const frame = frameOf(view);
    if (!frame || !seen.length) return seen;
    if (!isOpaque(frame)) return [];
    const box = frame.getBoundingClientRect(), style = styleOf(frame);
    const scale = [box.width / (frame.offsetWidth || 1), box.height / (frame.offsetHeight || 1)];
    const start = [frame.clientLeft + parseFloat(style.paddingLeft), frame.clientTop + parseFloat(style.paddingTop)];
    const outer = seen.map(({ at: [x, y] }, index) => ({ index, at: [box.left + (start[0] + x) * scale[0], box.top + (start[1] + y) * scale[1]] }));
    return shown(frame, outer).map(({ index }) => seen[index]);
  };
  const isOpaque = (element) => element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true }) && opacityOf(element) >= leastOpacity;
  // pointsOf returns points all over the part of an element that is on the screen, none if that is too small.
  const pointsOf = (element) => {
    const box = element.getBoundingClientRect(), view = element.ownerDocument.defaultView;
    const x = Math.max(box.left, 0), y = Math.max(box.top, 0);
    const width = Math.min(box.right, view.innerWidth) - x, height = Math.min(box.bottom, view.innerHeight) - y;
    if (width < leastSize || height < leastSize) return [];
    return Array.from({ length: columns * rows }, (_, i) => (
      { at: [x + width * (i % columns + 0.5) / columns, y + height * (Math.floor(i / columns) + 0.5) / rows] }));
  };
  const seenPoints = (element) => {
    const points = isOpaque(element) ? shown(element, pointsOf(element)) : [];
    return points.length >= leastPoints ? points : [];
  };
  // backgroundAt returns the color behind the text of an element at a point; null: an image, or not known.
  const backgroundAt = (element, { behind }) => {
    for (const e of [element, ...behind]) {
      const style = styleOf(e);
      if (style.backgroundImage !== "none" || e !== element && isReplaced(e)) return null;
      const alpha = alphaOf(style.backgroundColor);
      if (alpha > 0) return alpha === 1 ? style.backgroundColor : null;
    }
    return styleOf(element).colorScheme.includes("dark") ? null : "rgb(255, 255, 255)";
  };
  const paint = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  // painted returns red, green and blue of a color as the browser paints it, in whatever way it is written.
  const painted = (color) => {
    paint.fillStyle = color;
    paint.fillRect(0, 0, 1, 1);
    return [...paint.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  };
  const isLike = (one, other) => {
    if (other === null) return false;
    const [a, b] = [painted(one), painted(other)];
    return a.every((n, i) => Math.abs(n - b[i]) < 16);
  };
  // shadowOf returns the color of a shadow that stands for its text, "" if it is elsewhere or blurred.
  const shadowOf = (shadow) => {
    const [, color, rest] = /^([a-z]+\([^()]*\)|[a-z]+) ([^,]*)/.exec(shadow) ?? [];
    return color && alphaOf(color) >= leastOpacity && rest.split(" ").every((length) => Math.abs(parseFloat(length)) <= 4) ? color : "";
  };
  return {
    // isSeen reports whether a person can see an element: enough of it is on the screen, and nothing hides that: not its style, nor
    // that of what it is in, frames of the same site included, nor what is in front of it.
    isSeen: (element) => seenPoints(element).length > 0,
    // isLegible reports whether a person can see an element and the text in it.
    isLegible: (element) => {
      const { webkitTextFillColor, textShadow, fontSize, textIndent, letterSpacing, wordSpacing } = styleOf(element);
      const size = parseFloat(fontSize);
      if (size < 4 || Math.abs(parseFloat(textIndent)) > element.clientWidth / 2) return false;
      if ([letterSpacing, wordSpacing].some((space) => Math.abs(parseFloat(space)) > 2 * size || parseFloat(space) < -size / 4)) return false;
      // Fields draw their text as its shadow, to be without a caret.
      const color = alphaOf(webkitTextFillColor) >= leastOpacity ? webkitTextFillColor : shadowOf(textShadow);
      return color !== "" && seenPoints(element).some((point) => !isLike(color, backgroundAt(element, point)));
    },
  };
})();
