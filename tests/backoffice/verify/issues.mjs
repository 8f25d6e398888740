// Runs the page's check of whole issues over {issue, draw} pairs from standard input; prints a list of steps for each.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { checkIssue } = await import(pathToFileURL(process.argv[2]).href);
const pairs = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(await Promise.all(pairs.map(({ issue, draw }) => checkIssue(issue, draw)))));
