"use strict";
addEventListener("DOMContentLoaded", () => {
  const box = document.getElementById("search");
  if (!box) return;
  const all = [...document.querySelectorAll("[data-find]")];
  const groups = [...document.querySelectorAll("section")];
  const open = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.tagName === "DETAILS") target.open = true;
  };
  box.addEventListener("input", () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const e of all) e.hidden = !words.every((w) => e.textContent.toLowerCase().includes(w));
    for (const g of groups) g.hidden = !g.querySelector("[data-find]:not([hidden])");
  });
  addEventListener("hashchange", open);
  open();
});
