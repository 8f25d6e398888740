// Checks of a session of cards: its deck follows from the secret of the day, its course and prize from the deck.

import { dealtIn, played, skippedBetween, tierOf } from "./cards.js";
import { checkDay, checkDaySecret, inputsOf, untilReveal } from "./days.js";
import { pairsDeck } from "./fairness.js";
import { sumOf, tableOf } from "./odds.js";
import { bad, judged, ok, rewardName, same, titled, wait } from "./steps.js";

const PPM = 1_000_000;
const SETTLED = { score: checkTier, goods: checkCard };

export async function checkPairs(proof, terms) {
  const settled = SETTLED[terms.config.variant];
  return [
    await titled("当日密钥的承诺", () => checkDay(proof)),
    await titled("公示的概率", () => checkTable(proof, terms)),
    await titled("预选的种类", () => checkChoice(proof, terms)),
    await titled("当日密钥", () => checkDaySecret(proof)),
    { ...(await titled("重新洗牌，重玩这一局", () => checkSession(proof, terms))), decides: true },
    await titled("这一局的奖品", () => settled(proof, terms)),
  ];
}

function checkTable({ table }, terms) {
  const facts = [["概率表（奖品 id, 百万分之）", JSON.stringify(table)], ["合计", sumOf(table)]];
  if (sumOf(table) !== PPM) return bad("各奖品概率之和不是 100%。", facts);
  return judged(same(table, tableOf(terms)), "概率与条款公示的完全一致。", "概率与条款公示的不同。", facts);
}

function checkChoice({ choice }, { config }) {
  const types = config.lucky_gain ? config.cards.map(({ type }) => String(type)) : [null];
  const facts = [["预选", choice], ["可选", types.join("、") || null]];
  const good = choice === null ? "本期不用预选。" : `开奖之前已经存下：${nameOf(config, Number(choice))}。`;
  return judged(types.includes(choice), good, "预选不在条款的种类里。", facts);
}

const nameOf = (config, type) => config.cards.find((card) => card.type === type)?.name ?? String(type);
const namesOf = (config, cards) => cards.map((card) => nameOf(config, card)).join(" ");

/** What a session dealt, as it is recorded: whether it follows from the secret, its own step says. */
export const cardFacts = ({ play }, { config }) =>
  Array.isArray(play?.events) && config.cards ? [["发到的牌", namesOf(config, dealtIn(play.events))], ["对数", play.pairs]] : [];

const TOLD = {
  deal: (config, cards) => `发牌：${namesOf(config, cards)}`,
  different: () => "开局没有两张相同",
  lucky: (config, card) => `翻到幸运牌：${nameOf(config, card)}`,
  pair: (config, card) => `消去一对：${nameOf(config, card)}`,
};
const courseOf = (config, events) =>
  events.flatMap(Object.entries).map(([kind, value]) => TOLD[kind]?.(config, value) ?? kind).join("；");

async function checkSession(proof, { config }) {
  const { draw, day_secret: secret, play, choice } = proof;
  const recorded = ["记录的经过", courseOf(config, play.events)];
  if (!secret) return wait(`${untilReveal(proof.day)}。计算所需的其他数据已经全部固定。`, [...inputsOf(proof), recorded]);
  const { day, player, seq, nonce } = proof;
  const quantities = config.cards.map(({ type, count }) => [type, count]);
  const deck = await pairsDeck({ secret, day, issueId: draw.issue_id, player, seq, nonce, quantities });
  const { events, pairs, cards } = played(deck, config, choice);
  const facts = [
    ...inputsOf(proof), ["洗好的牌", namesOf(config, deck)], ["发到的牌", namesOf(config, cards)],
    ["重新数出的对数", pairs], ["记录的对数", play.pairs], recorded,
  ];
  if (pairs !== play.pairs) return bad("重新数出的对数与记录不符。", facts);
  const good = `重新洗出整副牌，发了 ${cards.length} 张，凑成 ${pairs} 对，与记录逐步相同。`;
  return judged(same(events, play.events), good, "牌局的过程与重新洗出的牌不符。", facts);
}

function checkTier({ draw, play, substituted_for: replaced }, terms) {
  const tier = tierOf(terms, play.pairs);
  const skipped = skippedBetween(terms, tier, draw.reward_id);
  const facts = [["对数", play.pairs], ["应得", rewardName(terms, tier)], ["因发完跳过", JSON.stringify(play.skipped)]];
  if (play.tier !== tier || draw.is_bonus) return bad(`${play.pairs} 对应得「${rewardName(terms, tier)}」。`, facts);
  const instead = skipped?.length ? tier : null;
  const named = same(skipped, play.skipped) && replaced === instead && (play.substituted_for ?? null) === instead;
  if (!named) return bad("给出的不是应得的奖品，也不是条款声明的替换奖品。", facts);
  const given = skipped.length ? `它已发完，按条款替换为「${rewardName(terms, draw.reward_id)}」。` : "";
  return ok(`${play.pairs} 对得「${rewardName(terms, tier)}」。${given}`, facts);
}

function checkCard({ draw, play, card }, terms) {
  const dealt = dealtIn(play.events);
  const place = draw.is_bonus ? card : 1;
  const facts = [["第几张", place], ["本局发到的牌", namesOf(terms.config, dealt)]];
  const exists = Number.isInteger(place) && place >= (draw.is_bonus ? 2 : 1) && place <= dealt.length;
  if (!exists) return bad("这一局没有发到这张牌。", facts);
  const met = terms.rewards.find(({ node }) => node === dealt[place - 1])?.id === draw.reward_id;
  const name = nameOf(terms.config, dealt[place - 1]);
  return judged(met, `第 ${place} 张牌是「${name}」，得「${rewardName(terms, draw.reward_id)}」。`, `第 ${place} 张牌是「${name}」，给出的却是别的。`, facts);
}
