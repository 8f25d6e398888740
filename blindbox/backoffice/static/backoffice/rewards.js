/* The rows of an issue's rewards: each row's share, whether they add up, and what a draw is worth, while typing. */
"use strict";
(() => {
  const PPM = 1000000;
  const group = () => document.getElementById("rewards-group");
  const totals = () => document.getElementById("reward-totals");
  const weighted = () => totals().dataset.allocator === "weighted";
  const counted = () => totals().dataset.oddsFollow === "yes"; // the server counts the odds

  const tool = () => totals().dataset.allocator === "s3"; // every node is a table of its own
  const fixed = () => totals().dataset.probability === "static";

  const rows = () => [...group().querySelectorAll("tr.form-row")].filter((row) => {
    const body = row.closest("tbody");
    const removed = row.querySelector("input[name$='-DELETE']");
    return !body.classList.contains("empty-form") && !(removed && removed.checked);
  });
  const input = (row, field) => row.querySelector(`[name$='-${field}']`);
  const number = (row, field) => Number((input(row, field) || {}).value || 0);
  const isTicket = (row) => !input(row, "position") || input(row, "position").value === "ticket";
  const weight = (row) => (weighted() ? Math.round(number(row, "odds_ppm") * 10000) : number(row, "quantity"));
  const yuan = (fen) => `${fen < 0 ? "-" : ""}¥${(Math.abs(fen) / 100).toFixed(2)}`;

  /* credit that states no worth has that of its face, as on the server */
  const face = (row) => number(row, "points") * Number(totals().dataset.pointFen) + Math.round(number(row, "amount_fen") * 100);
  const fen = (row, field) => Math.round(number(row, field) * 100) || face(row);
  const mean = (field, whole, round) =>
    round(rows().reduce((sum, row) => sum + Math.floor((weight(row) * PPM) / whole) * fen(row, field), 0) / PPM);

  /* what the server would refuse: an amount below nothing, a part of a prize */
  const AMOUNTS = {
    quantity: [/^\d+(\.0*)?$/, "数量要填整数，不能是负数"],
    weight: [/^\d+(\.0*)?$/, "权重要填整数，不能是负数"],
    odds_ppm: [/^\d*\.?\d*$/, "概率要填数字，不能是负数"],
  };
  const wrongWith = (row) => Object.entries(AMOUNTS).flatMap(([field, [right, said]]) => {
    const typed = input(row, field);
    return typed && (typed.validity.badInput || (typed.value && !right.test(typed.value.trim()))) ? [said] : [];
  });
  const showWrong = (said) => {
    rows().forEach((row) => showShare(row, "—"));
    const note = totals().querySelector(".bb-sum");
    note.className = "bb-sum bb-wrong";
    note.textContent = said;
    totals().querySelector(".bb-expected").textContent = "";
  };

  const show = (sum, whole) => {
    for (const row of rows()) {
      const own = whole > 0 && weight(row) > 0 ? `${((100 * weight(row)) / whole).toFixed(3)}%` : "—";
      const text = isTicket(row) ? own : "附加";
      showShare(row, text);
    }
    const note = totals().querySelector(".bb-sum");
    const right = weighted() ? sum === PPM : sum > 0;
    note.className = `bb-sum ${right ? "bb-right" : "bb-wrong"}`;
    note.textContent = weighted()
      ? `概率合计 ${Number((sum / 10000).toFixed(4))}%${right ? "" : "（应为 100%）"}`
      : right ? `一箱共 ${sum} 抽` : "还没有普通奖品的数量";
  };

  const explain = (whole) => {
    const price = Number(totals().dataset.price || 0);
    const target = totals().querySelector(".bb-expected");
    if (whole <= 0) { target.textContent = ""; return; }
    const cost = mean("cost_fen", whole, Math.ceil);
    const worth = `单抽期望价值 ${yuan(mean("reference_value_fen", whole, Math.floor))} · 期望成本 ${yuan(cost)}`;
    const margin = price ? ` · 最低收入 ${yuan(price)} · 毛利 ${yuan(price - cost)}（${((100 * (price - cost)) / price).toFixed(1)}%）` : "";
    target.textContent = worth + margin;
  };

  const chance = (row) =>
    fixed() ? Math.round(number(row, "odds_ppm") * 10000) : number(row, "quantity") * number(row, "weight");

  const showShare = (row, text) => {
    const cell = row.querySelector("td.field-share div div, td.field-share");
    if (cell) (row.querySelector("td.field-share .readonly") || cell).textContent = text;
  };

  const wholeOf = (sum) => (fixed() ? PPM : sum + Number(totals().dataset.emptyWeight || 0));
  const percent = (part, whole) => `${Number(((100 * part) / whole).toFixed(4))}%`;

  /* 第几次: 第 3 次; 数额上限（元）: 100 元以内 */
  const nodeName = (node) => {
    const label = totals().dataset.nodeLabel;
    const unit = label.match(/（(.+)）/);
    return unit ? `${Number(node)} ${unit[1]}以内` : label.includes("次") ? `第 ${node} 次` : node;
  };

  /* a node's prizes share its draws; what they leave is drawn empty */
  const showTool = () => {
    const filled = rows().filter((row) => number(row, "weight") || number(row, "odds_ppm") || number(row, "quantity"));
    const nodes = Map.groupBy(filled, (row) => (input(row, "node") || {}).value || "");
    const said = [...nodes].map(([node, own]) => {
      const sum = own.reduce((all, row) => all + chance(row), 0);
      const whole = wholeOf(sum);
      own.forEach((row) => showShare(row, chance(row) && whole ? percent(chance(row), whole) : "—"));
      const name = node || nodes.size > 1 ? `${node ? nodeName(node) : "最后一档"}：` : "";
      return { text: `${name}中奖 ${whole ? percent(sum, whole) : "0%"}`, right: sum <= whole };
    });
    const note = totals().querySelector(".bb-sum");
    note.className = `bb-sum ${said.length && said.every((each) => each.right) ? "bb-right" : "bb-wrong"}`;
    note.textContent = said.map((each) => each.text).join("；") || "还没有奖品";
  };

  const refresh = () => {
    if (!group() || !totals()) return;
    rows().forEach((row) => { if (input(row, "name")) input(row, "name").title = input(row, "name").value; });
    const [wrong] = rows().flatMap(wrongWith);
    if (wrong) {
      showWrong(wrong);
      return;
    }
    if (counted()) {
      const source = tool() ? "各层的成功率" : "牌组";
      totals().querySelector(".bb-sum").textContent = `${rows().length} 行；概率由${source}算出，保存之后显示`;
      return;
    }
    if (tool()) {
      showTool();
      return;
    }
    const sum = rows().filter(isTicket).reduce((all, row) => all + weight(row), 0);
    show(sum, weighted() ? PPM : sum);
    explain(weighted() ? PPM : sum);
  };

  /* opening freezes what is saved, so it waits until what is typed is saved too */
  const changed = () => {
    document.body.classList.add("bb-unsaved");
    refresh();
  };

  const TAKEN_OVER = ["name", "reference_value_fen", "cost_fen"];
  const given = new WeakMap(); // what the prize of a row gives it; typed by hand is what says something else
  const money = (amount) => (amount / 100).toFixed(2);

  const give = (row, gift) => {
    const before = given.get(row) || {};
    for (const field of TAKEN_OVER) {
      const target = input(row, field);
      if (!target) continue;
      const unsaid = field === "name" ? !target.value : !Number(target.value);
      if (unsaid || target.value === before[field]) target.value = gift[field] ?? "";
    }
    given.set(row, gift);
  };

  const cardOf = async (productId) => {
    const answer = await fetch(totals().dataset.cardUrl.replace("/0/", `/${productId}/`));
    return answer.ok ? answer.json() : null;
  };
  const giftOf = (card) => ({
    name: card.name,
    reference_value_fen: money(card.price_fen || card.cost_fen),
    cost_fen: money(card.cost_fen),
  });
  const creditOf = (row) => {
    if (!face(row)) return {};
    const name = number(row, "points") ? `${number(row, "points")} 积分` : undefined; // of other credit the server knows it
    return { name, reference_value_fen: money(face(row)), cost_fen: money(face(row)) };
  };

  /* a saved row says whom it has its words from: asked once, when its prize changes */
  const recall = async (row) => {
    if (given.has(row)) return;
    const saved = row.dataset.product;
    const card = saved ? await cardOf(saved) : null;
    if (!given.has(row)) given.set(row, card ? giftOf(card) : {});
  };
  const remember = (row) => {
    const product = input(row, "product");
    if (product && product.value) row.dataset.product = product.value;
    else given.set(row, creditOf(row));
  };

  const takeCredit = async (row) => {
    await recall(row);
    if ((input(row, "product") || {}).value) return;
    give(row, creditOf(row));
    refresh();
  };

  /* where a prize is several products, choosing one puts it on the list */
  const addToBundle = (row, select, card) => {
    const list = input(row, "bundle");
    list.value = [list.value.trim(), `${card.name} ×1`].filter(Boolean).join("\n");
    list.rows = Math.max(2, list.value.split("\n").length);
    window.django.jQuery(select).val(null).trigger("change.select2");
    changed();
  };

  const takeOver = async (select) => {
    const row = select.closest("tr");
    if (!row || !select.value) return;
    const card = await cardOf(select.value);
    if (!card) return;
    if (input(row, "bundle")) { addToBundle(row, select, card); return; }
    await recall(row);
    give(row, giftOf(card));
    const picture = row.querySelector(".bb-thumb");
    if (picture && card.image_url) {
      const image = document.createElement("img");
      Object.assign(image, { src: card.image_url, width: 36, height: 36, className: "bb-thumb", alt: "" });
      picture.replaceWith(image);
    }
    refresh();
  };

  document.addEventListener("DOMContentLoaded", () => {
    if (!group() || !totals()) return;
    rows().forEach(remember);
    group().addEventListener("input", changed);
    group().addEventListener("input", ({ target }) => {
      if (/-(points|amount_fen)$/.test(target.name)) takeCredit(target.closest("tr"));
    });
    group().addEventListener("change", changed);
    group().addEventListener("click", () => setTimeout(refresh, 50));
    document.addEventListener("formset:added", refresh);
    document.addEventListener("formset:removed", refresh);
    window.django.jQuery(group()).on("change", "select[name$='-product']", (event) => takeOver(event.target));
    refresh();
  });
})();
