// Reads KQL queries, one JSON string per line, and answers each with a line of JSON:
// null where Kibana's parser accepts the query, otherwise its error as a string.
"use strict";

const readline = require("node:readline");
const { fromKueryExpression } = require("@cybernetex/kbn-es-query/target/server/kuery/ast");

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  let verdict = null;
  try {
    fromKueryExpression(JSON.parse(line));
  } catch (error) {
    verdict = error.shortMessage || error.message;
  }
  process.stdout.write(JSON.stringify(verdict) + "\n");
});
