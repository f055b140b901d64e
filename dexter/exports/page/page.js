
"use strict";
(() => {
  // Filters the exchanges by words and marks the hits. It changes what is shown, never what is there.
  const input = document.getElementById("words");
  if (!input) return;
  const output = document.getElementById("found");
  const articles = [...document.querySelectorAll("article")].map((element) => ({
    element, text: element.textContent.toLowerCase(), opened: [],
  }));

  const ranges = (element, words) => {
    const found = [];
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node && found.length < 2000; node = walker.nextNode()) {
      const text = node.data.toLowerCase();
      if (text.length !== node.data.length) continue; // letters that get longer: places would be wrong
      for (const word of words) {
        for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
          const range = new Range();
          range.setStart(node, at);
          range.setEnd(node, at + word.length);
          found.push(range);
        }
      }
    }
    return found;
  };

  const search = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    let marks = [];
    for (const each of articles) {
      const hit = words.every((word) => each.text.includes(word));
      each.element.hidden = !hit;
      shown += hit ? 1 : 0;
      for (const details of each.opened.splice(0)) details.open = false;
      if (!hit || !words.length) continue;
      for (const details of each.element.querySelectorAll("details:not([open])")) {
        const inside = details.textContent.toLowerCase();
        if (words.some((word) => inside.includes(word))) {
          details.open = true;
          each.opened.push(details);
        }
      }
      if (marks.length < 20000) marks = marks.concat(ranges(each.element, words));
    }
    output.textContent = words.length ? `${shown} of ${articles.length} exchanges` : "";
    if (window.CSS && CSS.highlights) CSS.highlights.set("found", new Highlight(...marks));
  };

  const fromAddress = () => {
    if (!location.hash.startsWith("#q=")) return;
    try {
      input.value = decodeURIComponent(location.hash.slice(3).replaceAll("+", " "));
    } catch {
      return; // a percent sign that begins no escape
    }
    search();
  };

  const showAimed = () => {
    const aimed = /^#x\d+$/.test(location.hash) && document.getElementById(location.hash.slice(1));
    if (aimed && aimed.hidden) {
      input.value = "";
      search();
      aimed.scrollIntoView();
    }
  };

  input.addEventListener("input", search);
  window.addEventListener("hashchange", () => { fromAddress(); showAimed(); });
  fromAddress();
})();
