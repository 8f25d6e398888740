// The page around the checks: fetches one proof, shows what was found. Everything is computed on this device.

import { checkDraw } from "./checks.js";
import { whenRevealed } from "./days.js";
import { checkIssue } from "./issue.js";
import { cardFacts } from "./pairs.js";
import { shanghai } from "./published.js";
import { rewardName } from "./steps.js";

const MARKS = { ok: "✓", bad: "✗", wait: "…" };
const SPOKEN = { ok: "通过", bad: "不通过", wait: "尚不能核对" };
const VERDICTS = {
  ok: ["验证通过", "抽奖结果与事先公布的承诺一致，没有被改动。"],
  bad: ["验证不通过", "有一步对不上，详见标 ✗ 的步骤。请保存证明文件并联系客服。"],
  wait: ["尚不能完全验证", "已经公布的部分全部一致；其余见标 … 的步骤。"],
};
const REFUNDED = "这一抽已经退款，奖品已收回；结果仍按当时的记录核对。";

const main = document.querySelector("main");

function element(tag, { className, text } = {}, children = []) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

function showVerdict(state, title, text) {
  const verdict = document.querySelector("#verdict");
  verdict.dataset.state = state;
  verdict.querySelector(".mark").textContent = MARKS[state] ?? "·";
  verdict.querySelector("h1").textContent = title;
  verdict.querySelector("p").textContent = text;
}

const LONG = 4000; // characters: terms stand whole, a deck of thousands scrolls

const rowsOf = (facts) =>
  facts.flatMap(([label, value]) => {
    const text = String(value);
    return [element("dt", { text: label }), element("dd", { text, className: text.length > LONG ? "long" : undefined })];
  });

function factList(facts) {
  const summary = element("summary", { text: "查看数据" });
  return element("details", {}, [summary, element("dl", {}, rowsOf(facts))]);
}

function stepItem({ title, state, text, facts }) {
  const mark = element("span", { className: "mark", text: MARKS[state] });
  mark.setAttribute("role", "img");
  mark.setAttribute("aria-label", SPOKEN[state]);
  const body = [element("h2", { text: title }), element("p", { text })];
  if (facts.length) body.push(factList(facts));
  const item = element("li", {}, [mark, element("div", {}, body)]);
  item.dataset.state = state;
  return item;
}

function drawFacts(proof) {
  const { draw, issue } = proof;
  const terms = JSON.parse(issue.terms);
  const title = main.dataset.title ? [["活动", main.dataset.title]] : [];
  const turn = draw.ticket_no === null ? [] : [["票号", `第 ${draw.ticket_no} 号`]];
  return [
    ...title, ["奖品", rewardName(terms, draw.reward_id)], ...turn, ...cardFacts(proof, terms),
    ...(draw.refunded ? [["状态", "已退款"]] : []),
    ["时间", shanghai(draw.drawn_at)], ["抽奖编号", draw.id], ["期编号", draw.issue_id],
  ];
}

async function fetchProof(url) {
  const response = await fetch(url, { headers: { Accept: "application/json" } });
  if (response.status === 404) {
    document.querySelector("#download").hidden = true;
    throw new Error("没有这条抽奖记录。");
  }
  if (!response.ok) throw new Error(`证明暂时取不到（${response.status}），请稍后重试。`);
  return response.json();
}

/** Every page of the issue's proof as one; the last says how much is sold. */
async function fetchIssue({ draw }) {
  const url = `/api/app/activities/${draw.activity_id}/issues/${draw.issue_id}/proof`;
  let page = await fetchProof(url);
  const draws = page.draws;
  while (page.next_cursor !== null) {
    page = await fetchProof(`${url}?cursor=${page.next_cursor}`);
    draws.push(...page.draws);
  }
  return { ...page, draws };
}

function offerWholeIssue(proof) {
  const button = element("button", { text: "核对整期" });
  const note = element("p", { text: "取来本期的全部结果，核对一抽不多、一抽不少，序号连续，承诺的都已兑现。" });
  const steps = element("ol");
  button.type = "button";
  button.addEventListener("click", async () => {
    button.disabled = true;
    note.textContent = "正在读取和核对，抽数多时要等一会儿…";
    try {
      steps.replaceChildren(...(await checkIssue(await fetchIssue(proof), proof)).map(stepItem));
      note.textContent = "";
    } catch (error) {
      note.textContent = error.message;
    } finally {
      button.disabled = false;
    }
  });
  document.querySelector("#issue").replaceChildren(button, note, steps);
}

async function run() {
  if (!globalThis.crypto?.subtle) throw new Error("浏览器只在 HTTPS 页面提供加密计算，请用 https:// 打开本页。");
  const proof = await fetchProof(main.dataset.proof);
  const { verdict, steps } = await checkDraw(proof);
  document.querySelector("#steps").replaceChildren(...steps.map(stepItem));
  const [title, text] = VERDICTS[verdict];
  const when = verdict === "wait" ? whenRevealed(proof, JSON.parse(proof.issue.terms)) : "";
  showVerdict(verdict, title, `${text}${when}${proof.draw.refunded ? REFUNDED : ""}`);
  document.querySelector("#draw").replaceChildren(...rowsOf(drawFacts(proof)));
  offerWholeIssue(proof);
}

try {
  await run();
} catch (error) {
  showVerdict("none", "无法验证", error.message);
} finally {
  main.removeAttribute("aria-busy");
}
