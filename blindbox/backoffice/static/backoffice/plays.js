/* The activity's page: shows the inputs of the chosen gameplay only, lets the table of cards grow, copies its number. */
"use strict";
(() => {
  const gameplay = () => document.getElementById("id_gameplay");
  const variant = () => document.getElementById("id_match_variant");
  const rowOf = (field) => document.querySelector(`.field-${field}`);

  const showPlay = () => {
    for (const group of document.querySelectorAll(".bb-play")) {
      group.hidden = !group.classList.contains(`bb-play-${gameplay().value}`);
    }
    const extras = rowOf("match_lucky_gain");
    if (extras && variant()) extras.hidden = variant().value !== "goods";
  };

  const counted = (table) => {
    const cells = [...table.querySelectorAll("tbody input[name$='-count']")];
    const types = cells.filter((cell) => Number(cell.value) > 0);
    const cards = types.reduce((sum, cell) => sum + Number(cell.value), 0);
    table.querySelector("[data-card-total]").textContent = `${types.length} 种，共 ${cards} 张`;
  };

  const prepare = (table) => {
    table.addEventListener("input", () => counted(table));
    table.addEventListener("click", ({ target }) => {
      if (target.matches("[data-add-card]")) {
        table.querySelector("tbody").append(table.querySelector("template").content.cloneNode(true));
      } else if (target.matches("[data-remove-card]")) {
        target.closest("tr").remove();
      }
      counted(table);
    });
    counted(table);
  };

  const copy = async ({ target }) => {
    if (!target.matches("[data-copy]")) return;
    await navigator.clipboard?.writeText(target.dataset.copy);
    target.textContent = "已复制";
  };

  document.addEventListener("click", copy);
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-cards]").forEach(prepare);
    if (!gameplay()) return;
    gameplay().addEventListener("change", showPlay);
    variant()?.addEventListener("change", showPlay);
    showPlay();
  });
})();
