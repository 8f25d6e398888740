// Recomputes every published vector with the page's own code; prints the same JSON as docs/verifier/vectors.json.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [module, vectorsFile] = process.argv.slice(2);
const f = await import(pathToFileURL(module).href);
const { played } = await import(new URL("cards.js", pathToFileURL(module)).href);
const { deck, rejection, day, player, weighted, pairs, s3, log } = JSON.parse(readFileSync(vectorsFile, "utf8"));

const terms = JSON.parse(deck.terms);
const ofPosition = (kinds) => terms.rewards.filter((r) => kinds.includes(r.position));
const tickets = ofPosition(["ticket"]).map((r) => [r.id, r.quantity]);
const bonuses = ofPosition(["last", "global", "first"]).map((r) => [r.id, r.position, r.quantity]);
const [dealt, slots] = [
  await f.buildDeck(deck.secret, 21, tickets),
  await f.shuffle(Array.from({ length: 20 }, (_, i) => i + 1), await f.Stream.open(deck.secret, "blindbox/deck/1", 21)),
];
const prizes = await f.positionPrizes(deck.secret, 21, 20, bonuses);
const positionOf = (id) => [...prizes].find(([, ids]) => ids.includes(id))[0];
const [salt1] = await f.salts(deck.secret, 21, 20);
const rejecting = await f.Stream.open(rejection.secret, ...rejection.lines);
const rejected = [];
for (const _ of rejection.values) rejected.push(String(await rejecting.below(BigInt(rejection.below))));
const session = { secret: day.secret, day: day.day, issueId: 21, player: weighted.player, nonce: weighted.nonce };
const roll = (purpose, seq, below) => f.weightedRoll({ ...session, purpose, seq, below });
const rolls = await Promise.all(weighted.rolls.map((_, seq) => roll("roll", seq, 1_000_000)));
const guarantee = await roll("guarantee", 0, weighted.guarantee.below);
const cards = await f.pairsDeck({ ...session, seq: pairs.seq, quantities: pairs.quantities });

console.log(JSON.stringify({
  terms_hash: await f.termsHash(deck.terms),
  slots: slots.slice(0, 10),
  deck: dealt,
  last: positionOf(304), global: positionOf(305), first: positionOf(306),
  salt_1: salt1,
  leaf_1: await f.leaf(21, 1, dealt[0], salt1),
  roots: [
    await f.deckRoot(deck.secret, 21, dealt),
    await f.rootFrom(deck.leaf_1, deck.path_1),
    await f.rootFrom(await f.leaf(21, 20, dealt[19], (await f.salts(deck.secret, 21, 20))[19]), deck.path_20),
  ],
  sides: [1, 20].map((position) => f.sidesOf(position, 20)),
  commitment: await f.issueCommitment(21, deck.terms_hash, deck.root, deck.secret),
  rejected,
  day: await f.dayCommitment(day.day, day.secret),
  tag: await f.playerTag(player.issue_id, player.fair_ref),
  rolls,
  rewards: rolls.map((u) => f.pick(weighted.table, u)),
  guarantee: [guarantee, f.pick(weighted.table, guarantee)],
  cards,
  pairs: pairs.pairs.map((play) => f.countPairs(cards, play.hand, play.gain)),
  events: played(cards, { hand: 4, gain: 1 }, null).events,
  s3: await f.s3Roll({ ...s3, secret: day.secret, day: day.day }),
  log: await Promise.all(log.map(f.entryHash)),
}));
