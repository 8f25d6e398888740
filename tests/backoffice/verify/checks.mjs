// Runs the page's checks over proofs from standard input; prints a list of {verdict, steps}.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { checkDraw } = await import(pathToFileURL(process.argv[2]).href);
const proofs = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(await Promise.all(proofs.map(checkDraw))));
