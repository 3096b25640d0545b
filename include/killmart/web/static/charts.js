// Suggests names while they are typed.
"use strict";
(() => {
  const box = document.querySelector("input[data-names]");
  if (box) {
    let waiting = 0;
    let latest = 0;
    const suggest = async () => {
      const mine = ++latest;
      const typed = box.value.trim();
      if (typed.length < 2) return;
      const answer = await fetch(`${box.dataset.names}?q=${encodeURIComponent(typed)}`);
      if (!answer.ok) return;
      const found = await answer.json();
      if (mine !== latest) return; // something else was typed meanwhile
      box.list.replaceChildren(
        ...found.map(({ name, kind }) => {
          const option = document.createElement("option");
          option.value = name;
          option.label = `${name} · ${kind}`;
          return option;
        }),
      );
    };
    box.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(suggest, 150);
    });
  }
})();
