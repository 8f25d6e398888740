// The published algorithm (docs/fairness.md) in the browser: pure functions over WebCrypto, no DOM, no network.

const WORD_RANGE = 2n ** 64n;
const PLAYER_TAG_LENGTH = 32;

const encoder = new TextEncoder();
export const utf8 = (text) => encoder.encode(text);
export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export function unhex(text) {
  if (!/^([0-9a-f]{2})*$/.test(text)) throw new RangeError("not lower-case hex");
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

/** L(a, b, …): fields as UTF-8 lines, without a line feed after the last. */
export function lines(...fields) {
  if (!fields.length || fields.some((field) => field == null)) throw new RangeError("a field is missing");
  const texts = fields.map(String);
  if (texts.some((text) => text === "" || text.includes("\n"))) throw new RangeError("a field is empty or broken");
  return utf8(texts.join("\n"));
}

export const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
const digest = async (...fields) => hex(await sha256(lines(...fields)));

const HMAC = { name: "HMAC", hash: "SHA-256" };
const keyOf = (secret) => crypto.subtle.importKey("raw", unhex(secret), HMAC, false, ["sign"]);
const mac = async (key, bytes) => new Uint8Array(await crypto.subtle.sign(HMAC, key, bytes));

/** A committed stream of uniform integers; `fields` are its lines, the block number comes last. */
export class Stream {
  #key;
  #fields;
  #block = 0;
  #words = [];

  constructor(key, fields) {
    this.#key = key;
    this.#fields = fields;
  }

  static async open(secret, ...fields) {
    return new Stream(await keyOf(secret), fields);
  }

  /** The next integer of 0 … n-1, as a BigInt: words past the last full run of n are skipped. */
  async below(n) {
    const limit = WORD_RANGE - (WORD_RANGE % BigInt(n));
    let word;
    do word = await this.#word();
    while (word >= limit);
    return word % BigInt(n);
  }

  async #word() {
    if (!this.#words.length) {
      const block = await mac(this.#key, lines(...this.#fields, this.#block++));
      const view = new DataView(block.buffer);
      this.#words = [24, 16, 8, 0].map((offset) => view.getBigUint64(offset)); // taken from the end
    }
    return this.#words.pop();
  }
}

export async function shuffle(items, stream) {
  const shuffled = [...items];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = Number(await stream.below(i + 1));
    [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
  }
  return shuffled;
}

const repeated = (quantities) => quantities.flatMap(([id, quantity]) => Array(quantity).fill(id));

// --- a finite box -------------------------------------------------------------------------------------------------

/** The reward id of each position, position p at index p-1. */
export async function buildDeck(secret, issueId, quantities) {
  return shuffle(repeated(quantities), await Stream.open(secret, "blindbox/deck/1", issueId));
}

/**
 * Map of sale position → reward ids that come on top; `rewards` are [id, position, quantity, n], where the position is
 * "first", "last", "global", "nth", "every" or "repdigit", and n belongs to "nth" and "every".
 */
export async function positionPrizes(secret, issueId, total, rewards) {
  const prizes = new Map();
  for (const [id, kind, quantity, n] of rewards) {
    for (let unit = 0; unit < quantity; unit++) {
      const position = knownPosition(total, kind, n, unit) ?? (await drawnPosition(secret, issueId, total, id, kind, unit));
      prizes.set(position, [...(prizes.get(position) ?? []), id]);
    }
  }
  return prizes;
}

/** What the terms alone say: the last sale, the n-th, every n-th, every number of at least two equal digits. */
const knownPosition = (total, kind, n, unit) =>
  kind === "repdigit" ? repdigit(unit) : { last: total, nth: n, every: n * (unit + 1) }[kind];

/** 11, 22 … 99, 111, 222 …, counted from 0. */
const repdigit = (unit) => Number(String((unit % 9) + 1).repeat(Math.floor(unit / 9) + 2));

async function drawnPosition(secret, issueId, total, id, kind, unit) {
  const span = { first: Math.floor(total / 2), global: total }[kind];
  if (!span) throw new RangeError(`no such position: ${kind}`);
  const stream = await Stream.open(secret, "blindbox/position/1", issueId, id, unit);
  return 1 + Number(await stream.below(span));
}

export async function salts(secret, issueId, total) {
  const key = await keyOf(secret);
  const positions = Array.from({ length: total }, (_, i) => i + 1);
  return Promise.all(positions.map(async (p) => hex(await mac(key, lines("blindbox/salt/1", issueId, p)))));
}

export const leaf = (issueId, position, rewardId, salt) =>
  digest("blindbox/leaf/1", issueId, position, rewardId, salt);

async function node(left, right) {
  const bytes = new Uint8Array(65);
  bytes[0] = 1;
  bytes.set(unhex(left), 1);
  bytes.set(unhex(right), 33);
  return hex(await sha256(bytes));
}

export async function rootFrom(leafHex, path) {
  let climbed = leafHex;
  for (const [side, sibling] of path) {
    if (side !== "L" && side !== "R") throw new RangeError(`no such side: ${side}`);
    climbed = side === "L" ? await node(sibling, climbed) : await node(climbed, sibling);
  }
  return climbed;
}

export async function merkleRoot(leaves) {
  let level = leaves;
  while (level.length > 1) {
    const pairs = level.filter((_, i) => i % 2 === 0).map((left, i) => [left, level[2 * i + 1]]);
    level = await Promise.all(pairs.map(([left, right]) => (right === undefined ? left : node(left, right))));
  }
  return level[0];
}

/** The sides that a path of this position must show; any other shape belongs to another position. */
export function sidesOf(position, total) {
  const sides = [];
  for (let index = position - 1, width = total; width > 1; index >>= 1, width = (width + 1) >> 1) {
    if (index % 2) sides.push("L");
    else if (index + 1 < width) sides.push("R");
  }
  return sides;
}

export async function deckRoot(secret, issueId, deck) {
  const all = await salts(secret, issueId, deck.length);
  return merkleRoot(await Promise.all(deck.map((rewardId, i) => leaf(issueId, i + 1, rewardId, all[i]))));
}

// --- odds and cards -----------------------------------------------------------------------------------------------

export async function weightedRoll({ secret, purpose, day, issueId, player, seq, nonce, below }) {
  const stream = await Stream.open(secret, "blindbox/weighted/1", purpose, day, issueId, player, seq, nonce);
  return Number(await stream.below(below));
}

/** The first reward whose running sum exceeds the roll. */
export function pick(table, roll) {
  let reached = 0;
  return table.find(([, ppm]) => roll < (reached += ppm))?.[0];
}

export const playerTag = async (issueId, fairRef) =>
  (await digest("blindbox/player/1", issueId, fairRef)).slice(0, PLAYER_TAG_LENGTH);

export async function pairsDeck({ secret, day, issueId, player, seq, nonce, quantities }) {
  const stream = await Stream.open(secret, "blindbox/pairs/1", day, issueId, player, seq, nonce);
  return shuffle(repeated(quantities), stream);
}

export function countPairs(deck, hand, gain) {
  let [pairs, dealt, open] = [0, 0, new Set()];
  for (let due = hand; due > 0 && dealt < deck.length; due--) {
    const card = deck[dealt++];
    if (open.delete(card)) [pairs, due] = [pairs + 1, due + gain];
    else open.add(card);
  }
  return pairs;
}

export async function s3Roll({ secret, day, session, occurrence, version, uid, nonce, below }) {
  const stream = await Stream.open(secret, "blindbox/s3/1", day, session, occurrence, version, uid, nonce);
  return Number(await stream.below(below));
}

// --- what is published --------------------------------------------------------------------------------------------

export const termsHash = async (text) => hex(await sha256(utf8(text)));
export const issueCommitment = (issueId, terms, root, secret) =>
  digest("blindbox/commit/1", issueId, terms, root, secret);
export const dayCommitment = (day, secret) => digest("blindbox/day/1", day, secret);
export const entryHash = ({ seq, subject, commitment, published_at, prev_hash }) =>
  digest("blindbox/log/1", seq, subject, commitment, published_at, prev_hash);
