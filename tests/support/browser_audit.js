// What is wrong with how the page is laid out, as sentences; empty when nothing is.
// Text is looked at where it is drawn: by the boxes of its lines, not of its elements.
(keys) => {
  const wrong = [];
  const main = document.querySelector('[data-testid=stMain]') ?? document.documentElement;
  const wide = Math.max(document.documentElement.scrollWidth, main.scrollWidth);
  if (wide > innerWidth) wrong.push(`the page is ${wide} px wide on a screen of ${innerWidth}`);

  const shown = (element) => {
    const style = getComputedStyle(element);
    return style.visibility !== 'hidden' && style.display !== 'none' && +style.opacity > 0;
  };
  // A box that scrolls, or cuts on purpose with an ellipsis, may hide text; so does one for readers aloud.
  const excused = (element) => {
    for (let e = element; e && e !== document.body; e = e.parentElement) {
      const style = getComputedStyle(e);
      if (style.webkitLineClamp !== 'none' || style.textOverflow === 'ellipsis') return true;
      if (style.clip !== 'auto' || style.clipPath !== 'none') return true;
      if (style.position === 'fixed' || style.position === 'absolute') return true;
      if (/auto|scroll/.test(style.overflowX) && e !== main && e.scrollWidth > e.clientWidth + 1) return true;
      if (/auto|scroll/.test(style.overflowY) && e !== main && e.scrollHeight > e.clientHeight + 1) return true;
    }
    return false;
  };

  const lines = [];
  const walk = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const text = node.textContent.trim();
    const holder = node.parentElement;
    if (!text || !holder || /^(STYLE|SCRIPT|NOSCRIPT|TITLE)$/.test(holder.tagName)) continue;
    if (holder.closest('svg, [aria-hidden=true]') || !shown(holder)) continue;
    if (keys.some((key) => text.includes(key))) wrong.push(`a key instead of words: ${text.slice(0, 80)}`);
    if (/\{[a-z_]+\}/.test(text)) wrong.push(`a value not put in: ${text.slice(0, 80)}`);
    if (/\b(None|nan|null|undefined|NaN)\b/.test(text)) wrong.push(`a value of the program: ${text.slice(0, 80)}`);
    if (excused(holder)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      if (box.width < 1 || box.height < 1) continue;
      if (box.left < -1 || box.right > innerWidth + 1) wrong.push(`beyond the screen: ${text.slice(0, 80)}`);
      lines.push({ text, holder, left: box.left, right: box.right, top: box.top, bottom: box.bottom });
    }
  }
  // A digit cut off by its own box: the fault of right-to-left numbers in narrow cards.
  for (const { text, holder, left, right } of lines) {
    for (let e = holder; e && e !== main; e = e.parentElement) {
      if (!/hidden|clip/.test(getComputedStyle(e).overflowX)) continue;
      const box = e.getBoundingClientRect();
      if (left < box.left - 1 || right > box.right + 1) wrong.push(`cut off: ${text.slice(0, 80)}`);
    }
  }
  // A box too narrow for its own words, and words of a card that reach beyond it.
  for (const { text, holder, left, right } of lines) {
    if (holder.scrollWidth > holder.clientWidth + 1 && getComputedStyle(holder).display !== 'inline')
      wrong.push(`beyond its box: ${text.slice(0, 80)}`);
    const card = holder.closest('.lt-tile, .lt-source')?.getBoundingClientRect();
    if (card && (left < card.left - 0.5 || right > card.right + 0.5))
      wrong.push(`beyond its card: ${text.slice(0, 80)}`);
  }
  // Lines of different texts that lie on each other. Line boxes of one paragraph touch: 30 % is let be.
  lines.sort((a, b) => a.top - b.top);
  for (let i = 0; i < lines.length; i++) {
    const a = lines[i];
    for (let j = i + 1; j < lines.length && lines[j].top < a.bottom; j++) {
      const b = lines[j];
      if (a.holder.contains(b.holder) || b.holder.contains(a.holder)) continue;
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      const least = Math.min(a.bottom - a.top, b.bottom - b.top);
      if (across > 2 && down > 0.3 * least)
        wrong.push(`on each other: ${a.text.slice(0, 40)} / ${b.text.slice(0, 40)}`);
    }
  }
  for (const box of document.querySelectorAll('[data-testid=stException], .stException'))
    wrong.push(`an error of the program: ${box.innerText.slice(0, 200)}`);
  return [...new Set(wrong)];
}
