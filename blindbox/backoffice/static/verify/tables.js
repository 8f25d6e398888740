// What one draw of the generic tool meets by the terms: the prizes of its node, their weights, and what a roll leads to.

const PPM = 1_000_000;
const DAY_MS = 24 * 60 * 60 * 1000;
const SHANGHAI_MS = 8 * 60 * 60 * 1000;

const isStatic = ({ config }) => config.probability === "static";
const dateOf = (time) => new Date(time).toISOString().slice(0, 10);
const minutesOf = (clock) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));

/** The dates by which an occurrence that is on at some moment of a day can go: its local start date. */
export function occurrencesOn({ config: { daily }, starts_at: startsAt }, day) {
  if (daily === null) return [dateOf(Date.parse(startsAt) + SHANGHAI_MS)];
  const [opens, closes] = [minutesOf(daily.from), minutesOf(daily.to)];
  const overnight = closes <= opens && closes > 0;
  return overnight ? [day, dateOf(Date.parse(day) - DAY_MS)] : [day];
}

/** When an occurrence is over, in milliseconds: what is settled later owes nothing to the time after. */
export function endOf({ config: { daily }, ends_at: endsAt }, occurrence) {
  const last = endsAt ? Date.parse(endsAt) : Infinity;
  if (daily === null) return last;
  const [opens, closes] = [minutesOf(daily.from), minutesOf(daily.to)];
  const midnight = Date.parse(`${occurrence}T00:00:00+08:00`);
  return Math.min(last, midnight + closes * 60_000 + (closes <= opens ? DAY_MS : 0));
}

function prizesAt({ rewards, config: { tables } }, node) {
  if (tables) return { prizes: (tables[node] ?? []).map((line) => withOdds(rewards, line)), nothing: null };
  const mine = rewards.filter((reward) => (reward.node ?? null) === node);
  const nothing = mine.find(({ kind }) => kind === "none")?.id ?? null;
  return { prizes: mine.filter(({ kind }) => kind !== "none"), nothing };
}

/** A line of what a choice may bring; terms that state such tables give each prize its odds there. */
const withOdds = (rewards, [rewardId, ppm]) => ({ ...rewards.find(({ id }) => id === rewardId), odds_ppm: ppm });

const isPossible = (reward, left) =>
  "quantity" in reward ? Number.isInteger(left) && left >= 0 && left <= reward.quantity : left === null;

/** Whether prizes and weights are those of the node, and what was left of each is possible. */
export function isOfTerms(terms, met) {
  const { prizes } = prizesAt(terms, met.node);
  const weights = prizes.map((reward) => (isStatic(terms) ? reward.odds_ppm : reward.weight) ?? 0);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const empty = isStatic(terms) ? Math.max(PPM - sum, 0) : terms.config.empty_weight;
  const listed = JSON.stringify([prizes.map(({ id }) => id), weights, empty, prizes.length]);
  const fits = listed === JSON.stringify([met.rewards, met.w, met.e, met.q.length]);
  return prizes.length > 0 && fits && prizes.every((reward, place) => isPossible(reward, met.q[place]));
}

/** Static odds stay what they are; dynamic ones follow what is left. */
const chancesOf = (terms, { q, w }) => (isStatic(terms) ? w : w.map((weight, place) => q[place] * weight));

export const belowOf = (terms, met) => chancesOf(terms, met).reduce((sum, chance) => sum + chance, 0) + met.e;

/** The prize that a roll leads to; what is not there is replaced by the fallback, else it is nothing. */
export function given(terms, met) {
  const { prizes, nothing } = prizesAt(terms, met.node);
  const instead = prizes.find((reward, place) => reward.is_fallback && met.q[place] !== 0)?.id ?? nothing;
  const below = belowOf(terms, met);
  if (met.roll === null) return below ? null : instead;
  if (!Number.isInteger(met.roll) || met.roll < 0 || met.roll >= below) return null;
  let reached = 0;
  const place = chancesOf(terms, met).findIndex((chance) => met.roll < (reached += chance));
  if (place < 0) return nothing;
  return met.q[place] === 0 ? instead : prizes[place].id;
}
